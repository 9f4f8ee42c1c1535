//! A test binary of scenarios, for `cargo test` and nextest.

#[cfg(test)]
mod tests;
mod together;
mod trials;
mod turn;

use std::io::{Write, stderr};
use std::path::PathBuf;
use std::process::exit;
use std::sync::Arc;

use libtest_mimic::Arguments;

use crate::launch::{Drill, TARGET_VARIABLE};

/// The exit code if the scenarios or the target are wrong; nothing was touched.
const USAGE: i32 = 2;

/// A whole test binary: each scenario is a test by its name.
///
/// In a repository with a folder of scenarios, `fn main()` in `tests/drills.rs` is one line:
///
/// ```no_run
/// cinder_drill::Suite::new("scenarios").target("targets/my-array.yaml").snapshots("snapshots").main()
/// ```
///
/// and `Cargo.toml` says that it brings its own harness:
///
/// ```toml
/// [[test]]
/// name = "drills"
/// harness = false
/// ```
///
/// Then `cargo test` drills them all, `cargo test --test drills failover` those whose name contains `failover`, and `--exact`,
/// `--skip`, `--list`, `--ignored` and `cargo nextest run` work as with other tests. What differs:
///
/// - The scenarios that are selected in one call share a run, and meet at one failover; each test reports the verdict of its
///   own scenario. nextest runs each test in a process of its own, so each is a run with a failover of its own.
/// - One backend is drilled by one process at a time: another one on this machine waits for its turn, also if it belongs to
///   another repository.
/// - A scenario is ignored, and the reason printed, if the target cannot do what it needs, or if it sets something up that
///   stays (`only-by-name`; `--ignored` runs those). On the embedded cloud, which ends with the run, nothing stays.
/// - Ctrl-C and SIGTERM stop the run, which cleans up and fails the backend back. Each run leaves its journal in `runs/`, from
///   which `cinder-drill report` makes reports and `cinder-drill recover` finishes what a run that was killed has left.
/// - `CINDER_DRILL_TARGET=targets/other.yaml cargo test` drills another target.
#[must_use = "a suite does nothing until its `main` is called"]
pub struct Suite {
    scenarios: PathBuf,
    target: Option<PathBuf>,
    snapshots: Option<PathBuf>,
    configure: Configure,
}

/// Other settings of a drill of the suite.
type Configure = Arc<dyn Fn(Drill) -> Drill + Send + Sync>;

impl Suite {
    /// A suite of the scenarios of a folder. It is done on the embedded cloud unless a target is named. Paths are relative to
    /// the package's folder, in which Cargo runs tests.
    pub fn new(scenarios: impl Into<PathBuf>) -> Suite {
        Suite {
            scenarios: scenarios.into(),
            target: None,
            snapshots: None,
            configure: Arc::new(|drill| drill),
        }
    }

    /// The target's file, unless `CINDER_DRILL_TARGET` names another.
    pub fn target(self, file: impl Into<PathBuf>) -> Suite {
        let target = Some(file.into());
        Suite { target, ..self }
    }

    /// The folder of the snapshots, as [`Drill::snapshots`] says. A test whose scenario names a snapshot that is not there
    /// fails, and says how to accept what was seen.
    pub fn snapshots(self, folder: impl Into<PathBuf>) -> Suite {
        let snapshots = Some(folder.into());
        Suite { snapshots, ..self }
    }

    /// Other settings of a drill, such as `|drill| drill.accept_blast_radius(2)`.
    pub fn drill(self, configure: impl Fn(Drill) -> Drill + Send + Sync + 'static) -> Suite {
        let configure: Configure = Arc::new(configure);
        Suite { configure, ..self }
    }

    /// Does what the command line of this process asks for, and ends the process: with 0 if every test passed, with 101 if
    /// one did not, and with 2 if the scenarios or the target are wrong, whatever was selected.
    pub fn main(self) -> ! {
        let arguments = Arguments::from_args();
        let named = std::env::var_os(TARGET_VARIABLE).filter(|file| !file.is_empty());
        let named = named.map(PathBuf::from);
        let note = named
            .as_ref()
            .map(|file| format!("note: {TARGET_VARIABLE} names the target {}\n", file.display()));
        match self.trials(&arguments, named) {
            Ok(trials) => libtest_mimic::run(&arguments, trials).exit(),
            Err(faults) => {
                // A closed output is no reason to go on.
                let _ = write!(stderr(), "{faults}{}", note.unwrap_or_default());
                exit(USAGE)
            }
        }
    }
}
