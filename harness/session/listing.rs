//! One listing for all who wait: whoever is the first to want news asks for everything, and all who wait look at what came.
//!
//! So the requests do not grow with the number of waits, and nobody is told later than by asking alone: each wait keeps its own
//! pauses, and is woken earlier by the listing of another. A listing that was asked for before a wait began, or before it looked
//! last, says nothing to it.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::watch;
use tokio::time::Instant;

use super::context::{Context, RUN_KEY};
use crate::cloud::{ApiError, Server, ServerId, Volume, VolumeId};
use crate::event::Recorder;
use crate::failure::Failure;
use crate::names::SiteName;
use crate::site::MirrorStatus;
use crate::wait::{Awaited, Pace, Patience, Poll, WaitError, Waited, until_news};

/// What is listed for all who wait for one of a kind.
#[derive(Debug)]
struct Listing<T> {
    /// How many wait.
    waiting: AtomicUsize,
    /// How many listings were begun.
    begun: AtomicU64,
    /// Whose turn it is to ask.
    turn: tokio::sync::Mutex<()>,
    /// How fast the cloud answers, whoever asks: what was only looked up here took no time.
    pace: Pace,
    newest: watch::Sender<Arc<Listed<T>>>,
}

/// What a listing showed, by id.
#[derive(Debug)]
struct Listed<T> {
    /// Which listing it was, from 1; 0 for none.
    number: u64,
    /// None if it failed.
    things: Option<BTreeMap<String, T>>,
}

impl<T> Default for Listing<T> {
    fn default() -> Listing<T> {
        let none = Listed {
            number: 0,
            things: None,
        };
        Listing {
            waiting: AtomicUsize::new(0),
            begun: AtomicU64::new(0),
            turn: tokio::sync::Mutex::default(),
            pace: Pace::default(),
            newest: watch::Sender::new(Arc::new(none)),
        }
    }
}

/// One who waits.
struct Waiter<'a, T> {
    listing: &'a Listing<T>,
    /// The newest listing that was begun when it looked last: only later ones are news.
    looked: Mutex<u64>,
}

impl<T: Clone> Listed<T> {
    /// What it says of a thing, if it is in it; none if it failed.
    fn of(&self, id: &str) -> Option<Option<T>> {
        self.things.as_ref().map(|things| things.get(id).cloned())
    }
}

impl<T> Listing<T> {
    /// Joins those who wait.
    fn join(&self) -> Waiter<'_, T> {
        self.waiting.fetch_add(1, Ordering::SeqCst);
        Waiter {
            listing: self,
            looked: Mutex::new(self.begun.load(Ordering::SeqCst)),
        }
    }
}

impl<T> Drop for Waiter<'_, T> {
    fn drop(&mut self) {
        self.listing.waiting.fetch_sub(1, Ordering::SeqCst);
    }
}

impl<T: Clone> Waiter<'_, T> {
    /// What a listing that was asked for after the last look says of a thing, if it is in it: one that came meanwhile, or a new one.
    /// None if the listing failed, and for one that waits alone: the thing is to be looked at by itself then.
    async fn listed<E>(&self, id: &str, list: &impl AsyncFn() -> Result<Vec<(String, T)>, E>) -> Option<Option<T>> {
        let listing = self.listing;
        if listing.waiting.load(Ordering::SeqCst) < 2 {
            self.look(listing.begun.load(Ordering::SeqCst));
            return None;
        }
        if let Some(listed) = self.news() {
            return listed.of(id);
        }
        let _turn = listing.turn.lock().await;
        // Who had the turn before may have asked for it.
        if let Some(listed) = self.news() {
            return listed.of(id);
        }
        let number = listing.begun.fetch_add(1, Ordering::SeqCst) + 1;
        let things = listing
            .pace
            .of(Box::pin(list()))
            .await
            .ok()
            .map(|things| things.into_iter().collect());
        self.look(number);
        // One that failed, too: the others need not fail with it again.
        let listed = Arc::new(Listed { number, things });
        listing.newest.send_replace(listed.clone());
        listed.of(id)
    }

    /// Polls as [`until_hurried`](crate::wait::until_hurried) does, and glances at what was listed first; woken by each listing.
    #[expect(clippy::too_many_arguments, reason = "those of a wait, and of a listing")]
    async fn wait<R, E>(
        &self,
        recorder: &Recorder,
        patience: &Patience,
        awaited: Awaited<'_>,
        id: &str,
        list: impl AsyncFn() -> Result<Vec<(String, T)>, E>,
        glance: impl Fn(Option<&T>) -> Option<String>,
        mut poll: impl AsyncFnMut() -> Result<Poll<R>, Failure>,
    ) -> Result<(R, Waited), WaitError> {
        let (began, budget, pace) = (Instant::now(), awaited.budget, &self.listing.pace);
        let looks = async || {
            if began.elapsed() < budget
                && let Some(thing) = self.listed(id, &list).await
                && let Some(state) = glance(thing.as_ref())
            {
                return Ok(Poll::NotYet(state));
            }
            pace.of(Box::pin(poll())).await
        };
        until_news(recorder, patience, awaited, looks, async || self.told().await, pace).await
    }

    /// Waits until a listing came that is news.
    async fn told(&self) {
        let mut newest = self.listing.newest.subscribe();
        let is_news = |listed: &Arc<Listed<T>>| listed.number > self.looked();
        // The sender lives as long as the waiter.
        let _ = newest.wait_for(is_news).await;
    }

    /// The newest listing, if it is news.
    fn news(&self) -> Option<Arc<Listed<T>>> {
        let newest = self.listing.newest.borrow().clone();
        (newest.number > self.looked()).then(|| {
            self.look(newest.number);
            newest
        })
    }

    fn looked(&self) -> u64 {
        *self.looked.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn look(&self, number: u64) {
        *self.looked.lock().unwrap_or_else(PoisonError::into_inner) = number;
    }
}

/// The listings that the waits of a run share.
#[derive(Debug, Default)]
pub(super) struct Listings {
    volumes: Listing<Volume>,
    servers: Listing<Server>,
    /// The mirror statuses of the pool's images at each site.
    primary_mirrors: Listing<MirrorStatus>,
    secondary_mirrors: Listing<MirrorStatus>,
}

fn by_id<T>(things: Vec<T>, id: impl Fn(&T) -> String) -> Vec<(String, T)> {
    things.into_iter().map(|thing| (id(&thing), thing)).collect()
}

impl Context {
    /// Waits for a state of a volume of the run. `glance` tells from the list of all of them that it is not there yet, if that is
    /// certain, and the state in words; else, and at the end of the budget, `poll` looks at the volume itself: what ends a wait no
    /// list says.
    ///
    /// # Errors
    /// What a poll failed with, or that the time ran out.
    pub(crate) async fn wait_for_volume<R>(
        &self,
        patience: &Patience,
        awaited: Awaited<'_>,
        id: &VolumeId,
        glance: impl Fn(&Volume) -> Option<String>,
        poll: impl AsyncFnMut() -> Result<Poll<R>, Failure>,
    ) -> Result<(R, Waited), WaitError> {
        let waiter = self.backend_state.listings.volumes.join();
        let list = async || {
            let volumes = self.cloud.volumes_with(RUN_KEY, self.run.as_str()).await?;
            Ok::<_, ApiError>(by_id(volumes, |volume| volume.id.to_string()))
        };
        let glance = |listed: Option<&Volume>| listed.and_then(&glance);
        let id = id.as_str();
        waiter
            .wait(&self.recorder, patience, awaited, id, list, glance, poll)
            .await
    }

    /// The same for a server.
    ///
    /// # Errors
    /// As [`wait_for_volume`](Self::wait_for_volume).
    pub(crate) async fn wait_for_server<R>(
        &self,
        patience: &Patience,
        awaited: Awaited<'_>,
        id: &ServerId,
        glance: impl Fn(&Server) -> Option<String>,
        poll: impl AsyncFnMut() -> Result<Poll<R>, Failure>,
    ) -> Result<(R, Waited), WaitError> {
        let waiter = self.backend_state.listings.servers.join();
        // Every server of the run has such a name; whose it is, its id says.
        let name = format!("^{}", self.shared_name(""));
        let list = async || {
            let servers = self.cloud.servers_named(&name).await?;
            Ok::<_, ApiError>(by_id(servers, |server| server.id.to_string()))
        };
        let glance = |listed: Option<&Server>| listed.and_then(&glance);
        let id = id.as_str();
        waiter
            .wait(&self.recorder, patience, awaited, id, list, glance, poll)
            .await
    }

    /// The same for the mirror of an image of the run's pool, by what a site's `rbd mirror pool status --verbose` says of all its
    /// images at once. `glance` is given nothing for an image that is not among them.
    ///
    /// # Errors
    /// As [`wait_for_volume`](Self::wait_for_volume).
    pub(crate) async fn wait_for_mirror<R>(
        &self,
        at: SiteName,
        awaited: Awaited<'_>,
        image: &str,
        glance: impl Fn(Option<&MirrorStatus>) -> Option<String>,
        poll: impl AsyncFnMut() -> Result<Poll<R>, Failure>,
    ) -> Result<(R, Waited), WaitError> {
        let listings = &self.backend_state.listings;
        let listing = match at {
            SiteName::Primary => &listings.primary_mirrors,
            SiteName::Secondary => &listings.secondary_mirrors,
        };
        let list = async || {
            let site = self.sites()?.at(at);
            let status = site.pool_status(site.pool()).await?;
            let images = status.images.into_iter();
            Ok::<_, Failure>(images.map(|image| (image.name, image.status)).collect())
        };
        let patience = Patience::default();
        listing
            .join()
            .wait(&self.recorder, &patience, awaited, image, list, glance, poll)
            .await
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::time::Duration;

    use futures_util::future::join_all;

    use super::*;
    use crate::event::{Event, EventKind, Listener};
    use crate::failure::FailureKind;

    /// A cloud of things that all go through the same states, one further with each listing that was requested.
    #[derive(Default)]
    struct Fake {
        listings: RefCell<usize>,
        looks: RefCell<Vec<String>>,
    }

    const STATES: [&str; 4] = ["creating", "downloading", "attaching", "available"];

    impl Fake {
        fn state(&self, listing: usize) -> &'static str {
            STATES[listing.min(STATES.len()) - 1]
        }

        async fn list(&self, things: usize) -> Result<Vec<(String, &'static str)>, Failure> {
            tokio::time::sleep(Duration::from_millis(5)).await;
            *self.listings.borrow_mut() += 1;
            let state = self.state(*self.listings.borrow());
            Ok((0..things).map(|thing| (thing.to_string(), state)).collect())
        }

        async fn look(&self, id: &str) -> Result<Poll<()>, Failure> {
            self.looks.borrow_mut().push(id.to_owned());
            Ok(match self.state((*self.listings.borrow()).max(1)) {
                "available" => Poll::Ready(()),
                state => Poll::NotYet(state.to_owned()),
            })
        }
    }

    /// The states that each wait has seen.
    #[derive(Clone, Default)]
    struct Hears(Arc<Mutex<Vec<Vec<String>>>>);

    impl Listener for Hears {
        fn event(&mut self, event: &Event) {
            if let EventKind::Waited { states, .. } = &event.kind {
                self.0.lock().expect("no panic").push(states.clone());
            }
        }
    }

    fn awaited(budget: Duration) -> Awaited<'static> {
        Awaited {
            what: "volume root",
            expected: "available",
            budget,
            on_timeout: FailureKind::Cloud,
        }
    }

    fn glance(state: Option<&&'static str>) -> Option<String> {
        state
            .filter(|state| **state != "available")
            .map(|state| (*state).to_owned())
    }

    /// Lets some wait together; the states that each has seen.
    async fn wait_together(fake: &Fake, waiters: usize) -> Vec<Vec<String>> {
        let listing = Listing::default();
        let seen = Hears::default();
        let recorder = Recorder::without_journal(vec![Box::new(seen.clone())]);
        let joined: Vec<_> = (0..waiters).map(|_| listing.join()).collect();
        let waits = joined.iter().enumerate().map(|(number, waiter)| {
            let recorder = recorder.clone();
            async move {
                let id = number.to_string();
                let (list, look) = (async || fake.list(waiters).await, async || fake.look(&id).await);
                let (patience, budget) = (Patience::default(), Duration::from_secs(60));
                let waited = waiter.wait(&recorder, &patience, awaited(budget), &id, list, glance, look);
                waited.await.map_err(Failure::from).expect("available");
            }
        });
        join_all(waits).await;
        let seen = seen.0.lock().expect("no panic");
        seen.clone()
    }

    #[tokio::test(start_paused = true)]
    async fn many_wait_with_the_requests_of_one_and_see_every_state() {
        for waiters in [2, 50] {
            let fake = Fake::default();
            let seen = wait_together(&fake, waiters).await;
            assert_eq!(*fake.listings.borrow(), STATES.len(), "listings of {waiters}");
            assert_eq!(fake.looks.borrow().len(), waiters, "each ends by a look of its own");
            assert_eq!(seen, vec![STATES[..3].to_vec(); waiters]);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn one_that_waits_alone_lists_nothing() {
        let fake = Fake {
            listings: RefCell::new(STATES.len()),
            ..Fake::default()
        };
        wait_together(&fake, 1).await;
        assert_eq!((*fake.listings.borrow(), fake.looks.borrow().len()), (STATES.len(), 1));
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_not_listed_or_cannot_be_is_looked_at_by_itself() {
        let listing: Listing<&'static str> = Listing::default();
        let (one, other) = (listing.join(), listing.join());
        let empty = async || Ok::<_, Failure>(Vec::new());
        assert_eq!(one.listed("1", &empty).await, Some(None));
        let fails = async || Err::<Vec<(String, &'static str)>, _>(Failure::cloud("no list"));
        assert_eq!(one.listed("1", &fails).await, None);
        // That it failed is news for the other, which does not ask again for that.
        assert_eq!(
            other
                .listed("1", &async || panic!("asked again") as Result<_, Failure>)
                .await,
            None
        );
    }

    #[tokio::test(start_paused = true)]
    async fn a_listing_from_before_a_wait_says_nothing_to_it() {
        let listing = Listing::default();
        let (one, _other) = (listing.join(), listing.join());
        let old = async || Ok::<_, Failure>(vec![("1".to_owned(), "before")]);
        // Asked for before the third one waits, and answered afterwards.
        let slow = async || {
            tokio::time::sleep(Duration::from_millis(100)).await;
            old().await
        };
        let new = async || Ok::<_, Failure>(vec![("1".to_owned(), "after")]);
        let late = async {
            tokio::time::sleep(Duration::from_millis(20)).await;
            listing.join().listed("1", &new).await
        };
        assert_eq!(
            futures_util::join!(one.listed("1", &slow), late),
            (Some(Some("before")), Some(Some("after")))
        );
    }

    #[tokio::test(start_paused = true)]
    async fn the_end_of_a_budget_is_judged_by_a_look_and_by_no_list() {
        let fake = Fake {
            listings: RefCell::new(STATES.len()),
            ..Fake::default()
        };
        let listing: Listing<&'static str> = Listing::default();
        let (one, _other) = (listing.join(), listing.join());
        let stale = async || Ok::<_, Failure>(vec![("1".to_owned(), "creating")]);
        let recorder = Recorder::without_journal(Vec::new());
        let (patience, nothing) = (Patience::default(), awaited(Duration::ZERO));
        let look = async || fake.look("1").await;
        let waited = one.wait(&recorder, &patience, nothing, "1", stale, glance, look);
        assert!(waited.await.is_ok());
    }
}
