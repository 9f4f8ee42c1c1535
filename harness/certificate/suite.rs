//! The suite: its tests, each a scenario of its own, and which of them a driver claims to pass.

use std::fmt;

use crate::drivers::{BackendIdRule, DriverProfile, FailbackBy, Identity, Moves, WithoutPreparation};

/// What a certificate calls the suite.
pub const SUITE: &str = "cinder-drill-certification";
/// The version of the suite: it grows when a test comes, goes or checks something else.
pub const VERSION: u64 = 3;

/// A level: tests that belong together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, clap::ValueEnum)]
pub enum Level {
    /// What every driver claims that fails a backend over
    Core,
    /// Servers and their connections
    Boot,
    /// What an operator lives through: restarts of cinder-volume, and movements again and again
    Operator,
}

impl Level {
    /// All of them.
    pub const ALL: [Level; 3] = [Level::Core, Level::Boot, Level::Operator];

    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Level::Core => "core",
            Level::Boot => "boot",
            Level::Operator => "operator",
        }
    }

    /// The level of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Level> {
        Level::ALL.into_iter().find(|level| level.name() == name)
    }
}

impl fmt::Display for Level {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

/// A test.
#[derive(Debug)]
pub struct Test {
    /// Its id and name, which stay: `C10 planned-failover`.
    pub title: &'static str,
    /// Its level.
    pub level: Level,
    /// The scenario that is the test.
    pub scenario: &'static str,
    /// The scenario's text.
    pub text: &'static str,
    /// The verbs without which it proves nothing: if one of them is skipped, so is the test.
    pub proves: &'static [&'static str],
    /// Whether a driver claims it.
    pub claimed: fn(&DriverProfile) -> bool,
}

macro_rules! test {
    ($title:literal, $level:ident, $scenario:literal, $proves:expr, $claimed:expr) => {
        Test {
            title: $title,
            level: Level::$level,
            scenario: $scenario,
            text: include_str!(concat!("../../scenarios/certification/", $scenario, ".yaml")),
            proves: &$proves,
            claimed: $claimed,
        }
    };
}

/// The tests, in the order in which they are shown.
pub static TESTS: [Test; 20] = [
    test!(
        "C01 capability-report",
        Core,
        "c01-capability-report",
        ["expect-replication-enabled"],
        moves
    ),
    test!("C02 type-create", Core, "c02-type-create", ["write", "read"], moves),
    test!("C05 from-image", Core, "c05-from-image", ["failover", "read"], moves),
    test!(
        "C05 from-snapshot",
        Core,
        "c05-from-snapshot",
        ["snapshot", "clone", "failover", "read"],
        moves
    ),
    test!("C05 clone", Core, "c05-clone", ["clone", "failover", "read"], moves),
    test!(
        "C06 retype-in",
        Core,
        "c06-retype-in",
        ["retype", "failover", "read"],
        retypes
    ),
    test!(
        "C06 retype-out",
        Core,
        "c06-retype-out",
        ["retype", "failover", "read"],
        retypes
    ),
    test!(
        "C08 extend-replicated",
        Core,
        "c08-extend-replicated",
        ["extend", "failover", "expect-size"],
        moves
    ),
    test!(
        "C10 planned-failover",
        Core,
        "c10-planned-failover",
        ["failover", "read"],
        moves
    ),
    test!(
        "C12 auto-target",
        Core,
        "c12-auto-target",
        ["failover", "read"],
        chooses
    ),
    test!("C20 failback", Core, "c20-failback", ["failback", "read"], fails_back),
    test!(
        "C23 replication-resumes",
        Core,
        "c23-replication-resumes",
        ["failover", "read"],
        replicates_again
    ),
    test!(
        "C40 freeze-thaw",
        Core,
        "c40-freeze-thaw",
        ["freeze", "expect-refused", "read", "thaw"],
        moves
    ),
    test!(
        "C50 away-refused",
        Core,
        "c50-away-refused",
        ["failover", "expect-refused", "read"],
        moves
    ),
    test!(
        "C50 away-work",
        Core,
        "c50-away-work",
        ["extend", "snapshot", "clone", "failback", "expect-size", "read"],
        works_away
    ),
    test!("B01 boot-volume", Boot, "b01-boot-volume", ["failover", "read"], moves),
    test!("B02 data-volume", Boot, "b02-data-volume", ["failover", "read"], moves),
    test!(
        "B05 connection-info",
        Boot,
        "b05-connection-info",
        ["expect-connection", "failover"],
        names_site
    ),
    test!(
        "C24 soak",
        Operator,
        "c24-soak",
        ["failover", "failback", "read"],
        replicates_again
    ),
    test!(
        "C30 restart-away",
        Operator,
        "c30-restart-away",
        ["failover", "lose", "restore", "read"],
        moves
    ),
];

/// The tests of some levels that a driver claims to pass, in order.
pub fn claimed<'a>(profile: &'a DriverProfile, levels: &'a [Level]) -> impl Iterator<Item = &'static Test> + 'a {
    let is_claimed = move |test: &&Test| levels.contains(&test.level) && (test.claimed)(profile);
    TESTS.iter().filter(is_claimed)
}

fn moves(profile: &DriverProfile) -> bool {
    profile.moves == Moves::Backend
}

fn chooses(profile: &DriverProfile) -> bool {
    moves(profile) && profile.backend_id != BackendIdRule::Required
}

fn fails_back(profile: &DriverProfile) -> bool {
    let failback = &profile.failback;
    let volumes_fail_back = failback.only_unplanned || failback.without != WithoutPreparation::VolumesFail;
    moves(profile) && failback.by != FailbackBy::Never && volumes_fail_back
}

/// A driver whose volumes say after the failback that they are not replicated claims no more.
fn replicates_again(profile: &DriverProfile) -> bool {
    let says = !matches!(profile.failback.status.as_str(), "disabled" | "not-capable");
    fails_back(profile) && says
}

fn retypes(profile: &DriverProfile) -> bool {
    moves(profile) && profile.retypes
}

fn works_away(profile: &DriverProfile) -> bool {
    fails_back(profile) && profile.works_away
}

fn names_site(profile: &DriverProfile) -> bool {
    moves(profile) && profile.identity() == Identity::ConnectionInfo
}
