//! The one launcher of a run: from files to plans, the cloud if it is the embedded one, the journal, and who may stop it. The
//! command line, the test harness and this crate's users begin their runs here.

mod cloud;
mod drill;
mod embedded;
mod faults;
mod inputs;
mod leftovers;
mod like;
#[cfg(feature = "simcloud")]
mod played;
mod selection;
mod signals;

#[cfg(not(feature = "simcloud"))]
pub(crate) use cloud::no_embedded_cloud;
pub(crate) use cloud::{with_embedded, within_runtime};
pub use drill::{Checked, Drill};
pub(crate) use drill::{Launched, not_read_again};
#[cfg(feature = "simcloud")]
pub(crate) use embedded::target as embedded_target;
pub(crate) use embedded::{BuiltIn, by_folder as built_in_by_folder, scenario as built_in_scenario};
pub use faults::{DrillError, Faults};
pub(crate) use inputs::{Inputs, Prepared, prepare};
pub(crate) use leftovers::{all as all_runs, in_words, recover_command};
pub(crate) use like::{LIKES, like};
#[cfg(feature = "simcloud")]
pub use played::target_of;
#[cfg(feature = "simcloud")]
pub(crate) use played::{played, played_by_name};
pub(crate) use selection::{Listed, Selection};

/// What the embedded cloud plays for a target: nothing, in a build without one.
#[cfg(not(feature = "simcloud"))]
pub(crate) fn played(_: &crate::targets::Target) -> Option<crate::embedded::Played> {
    None
}

/// The environment variable that names the target of a command, or of a suite of tests.
pub(crate) const TARGET_VARIABLE: &str = "CINDER_DRILL_TARGET";

/// Where runs leave their journals unless configured otherwise.
pub(crate) const RUNS: &str = "runs";
