//! What one lie cannot tell: who dies or acts in the middle of a drill, and what `recover` does afterwards. The crash tests
//! kill at entries of the journal; here it is the clock that kills, and there are others beside the drill.

mod deaths;
mod locks;
mod people;

/// A story: a test of several commands.
pub struct Story {
    pub name: &'static str,
    /// Whether `cargo test` tells it.
    pub sample: bool,
    /// Panics if it does not end well.
    pub tell: fn(),
}

const fn story(name: &'static str, tell: fn()) -> Story {
    Story {
        name,
        sample: false,
        tell,
    }
}

/// All of them.
pub const ALL: &[Story] = &[
    story("story-killed-at-any-moment", deaths::killed_at_any_moment),
    story(
        "story-killed-under-expiring-tokens",
        deaths::killed_under_expiring_tokens,
    ),
    story("story-interrupted-at-any-moment", deaths::interrupted_at_any_moment),
    story("story-killed-before-a-late-volume", deaths::killed_before_a_late_volume),
    story(
        "story-killed-before-a-late-failover",
        deaths::killed_before_a_late_failover,
    ),
    story("story-two-runs-that-see-no-lock", locks::two_runs_that_see_no_lock),
    story(
        "story-a-late-lock-and-the-next-run",
        locks::a_late_lock_and_the_next_run,
    ),
    story("story-recover-beside-another-run", people::recover_beside_another_run),
    Story {
        sample: true,
        ..story("story-recover-in-a-disaster", people::recover_in_a_disaster)
    },
    story("story-refused-and-killed", people::refused_and_killed),
    story("story-failed-back-by-somebody", people::failed_back_by_somebody),
    story("story-plain-volumes-of-others", people::plain_volumes_of_others),
    story("story-a-volume-that-nobody-uses", people::a_volume_that_nobody_uses),
];
