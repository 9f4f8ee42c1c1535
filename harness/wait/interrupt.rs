//! Ctrl-C: once to stop and clean up, twice to stop now; and a run whose time is over, which stops as if it was pressed.

use std::fmt;
use std::time::Duration;

use tokio::sync::watch;

use crate::document::words_of;

/// Tells a run that it is to stop.
#[derive(Clone)]
pub struct Interrupt {
    pressed: watch::Receiver<Option<StoppedBy>>,
}

/// What stops a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StoppedBy {
    /// Ctrl-C, a signal, or a program.
    Signal,
    /// It has taken as long as it may.
    Timeout(Duration),
}

impl fmt::Display for StoppedBy {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            StoppedBy::Signal => formatter.write_str("interrupted by Ctrl-C or a signal"),
            StoppedBy::Timeout(limit) => {
                write!(formatter, "interrupted: the run may take {} at most", words_of(*limit))
            }
        }
    }
}

/// Stops a drill as Ctrl-C does: it then cleans up.
#[derive(Clone)]
pub struct Interrupter {
    press: watch::Sender<Option<StoppedBy>>,
}

impl Interrupter {
    /// Stops the runs.
    pub fn interrupt(&self) {
        self.stop(StoppedBy::Signal);
    }

    /// Stops the runs for this reason. A signal counts for more than a time that is over.
    pub(crate) fn stop(&self, by: StoppedBy) {
        self.press.send_if_modified(|pressed| {
            let counts = pressed.is_none() || by == StoppedBy::Signal;
            if counts {
                *pressed = Some(by);
            }
            counts
        });
    }
}

impl Interrupt {
    /// An interrupt and who triggers it.
    #[must_use]
    pub fn channel() -> (Interrupter, Interrupt) {
        let (press, pressed) = watch::channel(None);
        (Interrupter { press }, Interrupt { pressed })
    }

    /// Whether the run is to stop.
    #[must_use]
    pub fn is_pressed(&self) -> bool {
        self.by().is_some()
    }

    /// What stops the run, if anything does.
    #[must_use]
    pub fn by(&self) -> Option<StoppedBy> {
        *self.pressed.borrow()
    }

    /// Whether somebody waits for its end: who cleans up then waits less for the cloud. A run whose time is over cleans up in peace.
    #[must_use]
    pub(super) fn is_hurried(&self) -> bool {
        self.by() == Some(StoppedBy::Signal)
    }

    /// Returns when somebody waits for its end; never if nobody can any more.
    pub(super) async fn hurried(&self) {
        let mut pressed = self.pressed.clone();
        if pressed.wait_for(|by| *by == Some(StoppedBy::Signal)).await.is_err() {
            std::future::pending::<()>().await;
        }
    }

    /// Returns when the run is to stop; never if no signal can come any more.
    pub async fn pressed(&self) {
        if self.pressed.clone().wait_for(Option::is_some).await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}
