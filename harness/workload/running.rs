//! A workload that runs: its task, and how it ended.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::task::JoinHandle;

use super::record::Origin;
use super::writer::{Acknowledgements, MOST_RECORDS, Writer};
use crate::event::Position;
use crate::guest::{Guest, GuestError};
use crate::shell::Output;

/// How long after its start a workload is told of first; each pause after that is twice as long, up to the longest.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// How a workload ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ended {
    /// Why, in words, after `it ended: `.
    pub because: String,
    /// How long after it began.
    pub after: Duration,
    /// Whether the drill ended it.
    pub asked: bool,
}

/// A workload. Dropping it ends its session, and with that the writer in the guest.
#[derive(Debug)]
pub struct Workload {
    shared: Arc<Shared>,
    task: JoinHandle<()>,
}

#[derive(Debug)]
struct Shared {
    writer: Arc<Mutex<Writer>>,
    ended: Mutex<Option<Ended>>,
}

fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Shared {
    fn end(&self, because: impl Into<String>, asked: bool) {
        let after = held(&self.writer).elapsed();
        let because = because.into();
        held(&self.ended).get_or_insert(Ended { because, after, asked });
    }
}

impl Drop for Workload {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Workload {
    /// Starts a writer in a guest, over a session of its own. `tell` is called now and then while it runs, and at its end.
    #[must_use]
    pub fn start(
        guest: Guest,
        place: String,
        writer: Writer,
        tell: impl Fn(&Acknowledgements, Option<&str>) + Send + 'static,
    ) -> Workload {
        let shared = Arc::new(Shared {
            writer: Arc::new(Mutex::new(writer)),
            ended: Mutex::new(None),
        });
        let task = tokio::spawn(Position::kept(work(guest, place, Arc::clone(&shared), tell)));
        Workload { shared, task }
    }

    /// Whose records it writes.
    #[must_use]
    pub fn origin(&self) -> Origin {
        held(&self.shared.writer).origin().clone()
    }

    /// The first record, as it was sent.
    #[must_use]
    pub fn first(&self) -> Option<String> {
        held(&self.shared.writer).first().map(str::to_owned)
    }

    /// What was acknowledged by now.
    #[must_use]
    pub fn acknowledgements(&self) -> Acknowledgements {
        held(&self.shared.writer).acknowledgements().clone()
    }

    /// How long ago the last record was acknowledged, or the writer began if none was.
    #[must_use]
    pub fn silent_for(&self) -> Duration {
        let writer = held(&self.shared.writer);
        let last = writer.acknowledgements().last().map(|(_, time)| time);
        writer.elapsed().saturating_sub(last.unwrap_or_default())
    }

    /// How it ended; none while it runs.
    #[must_use]
    pub fn ended(&self) -> Option<Ended> {
        held(&self.shared.ended).clone()
    }

    /// Lets it send no more, and waits a while until what is on its way is acknowledged. Then it is over, whatever the guest does.
    pub async fn stop(&mut self, patience: Duration, because: &str) {
        if self.ended().is_some() {
            return;
        }
        held(&self.shared.writer).stop();
        // A task that panicked has nothing more to say; one that takes too long is ended next.
        let _ = tokio::time::timeout(patience, &mut self.task).await;
        self.end(because);
    }

    /// Ends it at once.
    pub fn end(&mut self, because: &str) {
        self.task.abort();
        self.shared.end(because, true);
    }
}

/// Runs a writer to its end.
async fn work(
    guest: Guest,
    place: String,
    shared: Arc<Shared>,
    tell: impl Fn(&Acknowledgements, Option<&str>) + Send + 'static,
) {
    let mut running = Box::pin(guest.write_records(&place, shared.writer.clone()));
    let mut pause = FIRST_PAUSE;
    let outcome = loop {
        tokio::select! {
            outcome = &mut running => break outcome,
            () = tokio::time::sleep(pause) => {
                let acknowledgements = held(&shared.writer).acknowledgements().clone();
                tell(&acknowledgements, None);
                pause = (pause * 2).min(LONGEST_PAUSE);
            }
        }
    };
    let (because, asked) = why(&held(&shared.writer), outcome);
    shared.end(because, asked);
    let acknowledgements = held(&shared.writer).acknowledgements().clone();
    let because = held(&shared.ended).as_ref().map(|ended| ended.because.clone());
    tell(&acknowledgements, because.as_deref());
}

/// Why a writer ended, and whether it was to.
fn why(writer: &Writer, outcome: Result<Output, GuestError>) -> (String, bool) {
    if let Some(reason) = writer.failed() {
        return (format!("the guest could not write and sync a record: {reason}"), false);
    }
    match outcome {
        Err(error) => (format!("its session ended: {}", error.summary()), false),
        Ok(_) if writer.is_full() => (format!("it wrote all of its {MOST_RECORDS} records"), false),
        Ok(output) if !output.success() => (format!("its shell ended with status {}", output.exit_code), false),
        Ok(_) => ("it was stopped".to_owned(), true),
    }
}

#[cfg(test)]
#[path = "running_tests.rs"]
mod tests;
