//! How often and how soon a read is tried again.

use std::time::Duration;

/// The bounds within which a read is repeated. Changes are never repeated, whatever this says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RetryPolicy {
    /// The greatest number of attempts, the first included.
    pub attempts: u32,
    /// The longest wait before the second attempt; it doubles with every attempt.
    pub first_delay: Duration,
    /// The longest wait that doubling leads to; a `Retry-After` may ask for more.
    pub longest_delay: Duration,
    /// The longest time that all attempts and the waits between them may take.
    pub total: Duration,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self {
            attempts: 4,
            first_delay: Duration::from_millis(200),
            longest_delay: Duration::from_secs(5),
            total: Duration::from_secs(60),
        }
    }
}

impl RetryPolicy {
    /// How long to wait before the next attempt, or nothing when there shall be none.
    ///
    /// `attempt` is the number of the attempt that failed, `elapsed` the time since the first began, `jitter` a number from 0
    /// to 1: the upper half of the wait is random, so many readers do not come back at the same moment. `retry_after` is what
    /// the service requested; a wait shorter than that would only be refused again, so if it does not fit into the total, the
    /// read ends here.
    pub fn delay(
        &self,
        attempt: u32,
        elapsed: Duration,
        retry_after: Option<Duration>,
        jitter: f64,
    ) -> Option<Duration> {
        if attempt >= self.attempts {
            return None;
        }
        let doubled = self
            .first_delay
            .saturating_mul(2_u32.saturating_pow(attempt.saturating_sub(1)));
        let backoff = doubled
            .min(self.longest_delay)
            .mul_f64(0.5 + 0.5 * jitter.clamp(0.0, 1.0));
        let delay = backoff.max(retry_after.unwrap_or_default());
        (elapsed.checked_add(delay)? < self.total).then_some(delay)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const POLICY: RetryPolicy = RetryPolicy {
        attempts: 4,
        first_delay: Duration::from_millis(200),
        longest_delay: Duration::from_secs(5),
        total: Duration::from_secs(60),
    };

    #[test]
    fn the_wait_doubles_and_ends() {
        let delays: Vec<_> = (1..=5)
            .map(|attempt| POLICY.delay(attempt, Duration::ZERO, None, 1.0))
            .collect();
        let milliseconds = |number| Some(Duration::from_millis(number));
        assert_eq!(
            delays,
            [milliseconds(200), milliseconds(400), milliseconds(800), None, None]
        );
    }

    #[test]
    fn retry_after_is_honoured_or_ends_the_attempts() {
        let asked = |seconds| POLICY.delay(1, Duration::from_secs(10), Some(Duration::from_secs(seconds)), 0.0);
        assert_eq!(asked(30), Some(Duration::from_secs(30)));
        assert_eq!(asked(50), None);
        assert_eq!(asked(0), Some(Duration::from_millis(100)));
    }

    proptest! {
        #[test]
        fn every_wait_is_within_the_bounds(
            attempts in 1_u32..50, attempt in 1_u32..60, first in 0_u64..10_000, longest in 0_u64..10_000,
            total in 0_u64..100_000, elapsed in 0_u64..100_000, retry_after in proptest::option::of(0_u64..100_000),
            jitter in -1.0..2.0_f64,
        ) {
            let policy = RetryPolicy {
                attempts,
                first_delay: Duration::from_millis(first),
                longest_delay: Duration::from_millis(longest),
                total: Duration::from_millis(total),
            };
            let retry_after = retry_after.map(Duration::from_millis);
            let elapsed = Duration::from_millis(elapsed);
            if let Some(delay) = policy.delay(attempt, elapsed, retry_after, jitter) {
                prop_assert!(attempt < attempts);
                prop_assert!(elapsed + delay < policy.total);
                prop_assert!(delay >= retry_after.unwrap_or_default());
                prop_assert!(delay <= policy.longest_delay.max(retry_after.unwrap_or_default()));
            }
        }
    }
}
