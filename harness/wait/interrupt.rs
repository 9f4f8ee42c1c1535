//! Ctrl-C: once to stop and clean up, twice to stop now.

use tokio::sync::watch;

/// Tells a run that it is to stop.
#[derive(Clone)]
pub struct Interrupt {
    pressed: watch::Receiver<bool>,
}

/// Stops a drill as Ctrl-C does: it then cleans up.
#[derive(Clone)]
pub struct Interrupter {
    press: watch::Sender<bool>,
}

impl Interrupter {
    /// Stops the runs.
    pub fn interrupt(&self) {
        self.press.send_replace(true);
    }
}

impl Interrupt {
    /// An interrupt and who triggers it.
    #[must_use]
    pub fn channel() -> (Interrupter, Interrupt) {
        let (press, pressed) = watch::channel(false);
        (Interrupter { press }, Interrupt { pressed })
    }

    /// Whether the run is to stop.
    #[must_use]
    pub fn is_pressed(&self) -> bool {
        *self.pressed.borrow()
    }

    /// Returns when the run is to stop; never if no signal can come any more.
    pub async fn pressed(&self) {
        if self.pressed.clone().wait_for(|pressed| *pressed).await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}
