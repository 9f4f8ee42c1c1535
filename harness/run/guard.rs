//! Work that neither an interruption nor a panic may tear: it ends as a failure, and the clean-up follows.

use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::task::Poll;

use crate::cloud::ChangesUnderWay;
use crate::failure::{Failure, FailureKind};
use crate::wait::{Interrupt, StoppedBy};

/// Does work until it is done or the run is interrupted. A change that is on its way is waited for: if it were dropped, nobody
/// would know whether the cloud does it a moment later, after the clean-up has found nothing of it. A panic is a failure, so
/// it does not keep the run from cleaning up.
pub(super) async fn until_interrupted<T>(
    work: impl Future<Output = Result<T, Failure>>,
    changes: &ChangesUnderWay,
    interrupt: &Interrupt,
) -> Result<T, Failure> {
    let stop = async {
        interrupt.pressed().await;
        changes.none().await;
    };
    tokio::select! {
        result = without_panic(work) => result,
        () = stop => Err(interrupted(interrupt)),
    }
}

/// Turns a panic into a failure of the harness. What the work was about is judged by the cloud afterwards, and not by
/// what it left in memory.
pub(super) async fn without_panic<T>(work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    let mut work = pin!(work);
    poll_fn(|waker| {
        catch_unwind(AssertUnwindSafe(|| work.as_mut().poll(waker))).unwrap_or_else(|panic| {
            let message = panic
                .downcast_ref::<String>()
                .map(String::as_str)
                .or_else(|| panic.downcast_ref::<&str>().copied());
            Poll::Ready(Err(Failure::harness(
                "cinder-drill itself failed: this is a defect in it",
            )
            .detail("panic", message.unwrap_or("without a message"))
            .help("report it with the journal")))
        })
    })
    .await
}

pub(super) fn interrupted(interrupt: &Interrupt) -> Failure {
    Failure::new(FailureKind::Interrupted, stopped_by(interrupt).to_string())
        .help("created resources were removed, except those listed as LEFT")
}

/// What stops the run; who asks knows that something does.
pub(super) fn stopped_by(interrupt: &Interrupt) -> StoppedBy {
    interrupt.by().unwrap_or(StoppedBy::Signal)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_panic_is_a_failure_of_the_harness_and_ends_nothing_else() {
        let failure = without_panic::<()>(async { panic!("out of bounds") })
            .await
            .expect_err("a panic");
        assert_eq!(failure.kind, FailureKind::Harness);
        assert!(failure.to_string().contains("out of bounds"), "{failure}");
    }
}
