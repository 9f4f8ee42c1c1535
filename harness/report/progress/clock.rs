//! Times that go on, in few characters.

use jiff::{SignedDuration, Timestamp};

/// After how long in one state a line says why it does not move: nobody has begun to worry yet.
pub(super) const WORTH_A_REASON: SignedDuration = SignedDuration::from_secs(30);

/// How long ago it was.
pub(super) fn since(then: Timestamp, now: Timestamp) -> SignedDuration {
    // The clock of a machine may be set back.
    now.duration_since(then).max(SignedDuration::ZERO)
}

/// A time that goes on: `42s`, `3m 05s`, `1h 02m`.
pub(super) fn words(time: SignedDuration) -> String {
    let seconds = time.as_secs();
    match seconds {
        ..100 => format!("{seconds}s"),
        100..3600 => format!("{}m {:02}s", seconds / 60, seconds % 60),
        _ => format!("{}h {:02}m", seconds / 3600, seconds / 60 % 60),
    }
}

/// A time that was set: `60s`, `5m`.
pub(super) fn budget(time: SignedDuration) -> String {
    let words = words(time);
    words.strip_suffix(" 00s").map_or_else(|| words.clone(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_short_however_long_it_is() {
        let texts = [0, 99, 100, 185, 3599, 3600, 45_240].map(|seconds| words(SignedDuration::from_secs(seconds)));
        assert_eq!(texts, ["0s", "99s", "1m 40s", "3m 05s", "59m 59s", "1h 00m", "12h 34m"]);
        let budgets = [60, 300, 310].map(|seconds| budget(SignedDuration::from_secs(seconds)));
        assert_eq!(budgets, ["60s", "5m", "5m 10s"]);
    }

    #[test]
    fn a_clock_that_is_set_back_shows_no_time_before_zero() {
        let now = Timestamp::UNIX_EPOCH;
        assert_eq!(words(since(now + SignedDuration::from_secs(5), now)), "0s");
    }
}
