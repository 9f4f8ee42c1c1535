//! Times as the formats' crates want them.

use chrono::{DateTime, Utc};
use jiff::Timestamp;

/// A time in the crate that JUnit's and subunit's writers use.
pub(super) fn chrono(time: Timestamp) -> DateTime<Utc> {
    let nanoseconds = u32::try_from(time.subsec_nanosecond()).unwrap_or(0);
    DateTime::from_timestamp(time.as_second(), nanoseconds).unwrap_or_default()
}

/// The time some milliseconds after another.
pub(super) fn after(time: Timestamp, milliseconds: u64) -> Timestamp {
    let span = jiff::SignedDuration::from_millis(i64::try_from(milliseconds).unwrap_or(i64::MAX));
    time.checked_add(span).unwrap_or(time)
}
