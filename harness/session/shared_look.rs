//! One look for all who ask at the same time.

use std::future::Future;
use std::sync::atomic::{AtomicU64, Ordering};

/// What many ask for, and one looks at. Each is told of a look that began after it asked, and never of an older one: what it did
/// before it asked is seen.
#[derive(Debug)]
pub(crate) struct SharedLook<Seen> {
    /// How many looks were begun.
    begun: AtomicU64,
    /// The last look that came to its end: which it was, from 1, and what it saw. Who looks holds it.
    newest: tokio::sync::Mutex<Option<(u64, Seen)>>,
}

impl<Seen> Default for SharedLook<Seen> {
    fn default() -> SharedLook<Seen> {
        SharedLook {
            begun: AtomicU64::new(0),
            newest: tokio::sync::Mutex::default(),
        }
    }
}

impl<Seen: Clone> SharedLook<Seen> {
    /// What a look sees that begins after this was called: another's, if one is about to begin, or this one. A look that is dropped
    /// before its end is nobody's.
    pub(crate) async fn ask(&self, look: impl Future<Output = Seen>) -> Seen {
        let asked = self.begun.load(Ordering::SeqCst);
        let mut newest = self.newest.lock().await;
        if let Some((number, seen)) = &*newest
            && *number > asked
        {
            return seen.clone();
        }
        let number = self.begun.fetch_add(1, Ordering::SeqCst) + 1;
        let seen = look.await;
        *newest = Some((number, seen.clone()));
        seen
    }
}

#[cfg(test)]
mod tests {
    use std::cell::{Cell, RefCell};
    use std::time::Duration;

    use futures_util::future::join_all;
    use tokio::time::{Instant, sleep, timeout};

    use super::*;

    /// Something that changes, and is looked at slowly: a look sees what was when it began.
    #[derive(Default)]
    struct Slow {
        shared: SharedLook<u32>,
        state: Cell<u32>,
        looks: RefCell<Vec<Instant>>,
    }

    impl Slow {
        async fn ask(&self) -> u32 {
            let look = async {
                self.looks.borrow_mut().push(Instant::now());
                let seen = self.state.get();
                sleep(Duration::from_secs(1)).await;
                seen
            };
            self.shared.ask(look).await
        }
    }

    #[tokio::test(start_paused = true)]
    async fn twenty_who_ask_at_once_cost_at_most_two_looks() {
        let slow = Slow::default();
        let began = Instant::now();
        join_all((0..20).map(|_| slow.ask())).await;
        assert!(slow.looks.borrow().len() <= 2, "{}", slow.looks.borrow().len());
        assert!(began.elapsed() <= Duration::from_secs(2));
        // Also those who come one after the other while one looks.
        slow.looks.borrow_mut().clear();
        join_all((0..20).map(|index| {
            let slow = &slow;
            async move {
                sleep(Duration::from_millis(index * 10)).await;
                slow.ask().await
            }
        }))
        .await;
        assert_eq!(slow.looks.borrow().len(), 2);
    }

    #[tokio::test(start_paused = true)]
    async fn nobody_is_told_of_a_look_from_before_it_asked() {
        let slow = Slow::default();
        let late = async {
            sleep(Duration::from_millis(500)).await;
            // Changed while the first looks, who has seen the old state.
            slow.state.set(7);
            slow.ask().await
        };
        assert_eq!(futures_util::join!(slow.ask(), late), (0, 7));
        // Nor of one that has ended.
        slow.state.set(8);
        assert_eq!(slow.ask().await, 8);
    }

    #[tokio::test(start_paused = true)]
    async fn a_look_that_was_given_up_is_taken_over() {
        let slow = Slow::default();
        let gives_up = timeout(Duration::from_millis(500), slow.ask());
        let stays = async {
            sleep(Duration::from_millis(100)).await;
            slow.ask().await
        };
        let (gave_up, stayed) = futures_util::join!(gives_up, stays);
        assert!(gave_up.is_err());
        assert_eq!((stayed, slow.looks.borrow().len()), (0, 2));
    }
}
