//! Waits that timed out are not repeated. A dead site answers each question with silence, and each silence lasts as long as a
//! command may take.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// For how many times as long as a silence lasted the site is not asked again, where an answer would prove something and
/// silence proves nothing.
const SPARED: u32 = 4;

/// What did not come.
#[derive(Debug, Default)]
pub struct TimedOutWaits {
    silences: Mutex<BTreeMap<String, Silence>>,
    not_propagated: Mutex<BTreeSet<String>>,
}

#[derive(Clone, Debug)]
struct Silence {
    since: Instant,
    lasted: Duration,
    why: String,
}

impl TimedOutWaits {
    /// Why a site need not be asked now: it was silent a moment ago.
    pub(crate) fn silent(&self, site: &str) -> Option<String> {
        let silences = lock(&self.silences);
        let silence = silences.get(site)?;
        (silence.since.elapsed() < silence.lasted * SPARED).then(|| silence.why.clone())
    }

    /// Notes that a site was silent for so long.
    pub(crate) fn was_silent(&self, site: &str, lasted: Duration, why: &str) {
        let silence = Silence {
            since: Instant::now(),
            lasted,
            why: why.to_owned(),
        };
        lock(&self.silences).insert(site.to_owned(), silence);
    }

    /// Notes that a site answered.
    pub(crate) fn answered(&self, site: &str) {
        lock(&self.silences).remove(site);
    }

    /// Notes that a volume was not deleted, after its mirror had been waited for.
    pub(crate) fn not_propagated(&self, volume: &str) {
        lock(&self.not_propagated).insert(volume.to_owned());
    }

    /// Whether the mirror of a volume, or of any, was waited for already.
    pub(crate) fn has_waited_for(&self, volume: Option<&str>) -> bool {
        let not_propagated = lock(&self.not_propagated);
        volume.map_or(!not_propagated.is_empty(), |volume| not_propagated.contains(volume))
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_silent_site_is_spared_for_a_while_and_no_longer() {
        let waits = TimedOutWaits::default();
        assert_eq!(waits.silent("a"), None);
        waits.was_silent("a", Duration::from_secs(60), "dead");
        assert_eq!(waits.silent("a").as_deref(), Some("dead"));
        assert_eq!(waits.silent("b"), None);
        waits.answered("a");
        assert_eq!(waits.silent("a"), None);
        // One that was refused at once costs nothing to ask again.
        waits.was_silent("a", Duration::ZERO, "refused");
        assert_eq!(waits.silent("a"), None);
    }

    #[test]
    fn a_volume_is_waited_for_once() {
        let waits = TimedOutWaits::default();
        assert!(!waits.has_waited_for(None) && !waits.has_waited_for(Some("1")));
        waits.not_propagated("1");
        assert!(waits.has_waited_for(None) && waits.has_waited_for(Some("1")) && !waits.has_waited_for(Some("2")));
    }
}
