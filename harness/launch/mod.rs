//! The one launcher of a run: from files to plans, the cloud if it is the embedded one, the journal, and who may stop it. The
//! command line, the test harness and this crate's users begin their runs here.

mod cloud;
mod drill;
mod embedded;
mod faults;
mod inputs;
mod leftovers;
mod selection;
mod signals;

#[cfg(not(feature = "simcloud"))]
pub(crate) use cloud::no_embedded_cloud;
pub(crate) use cloud::{with_embedded, within_runtime};
pub use drill::{Checked, Drill};
pub(crate) use drill::{Launched, not_read_again};
#[cfg(feature = "simcloud")]
pub(crate) use embedded::{SCENARIOS, files as embedded_files, target as embedded_target};
pub use faults::{DrillError, Faults};
pub(crate) use inputs::{Inputs, Prepared, prepare};
pub(crate) use leftovers::{all as all_runs, in_words, recover_command};
pub(crate) use selection::{Listed, Selection};

/// Where runs leave their journals unless configured otherwise.
pub(crate) const RUNS: &str = "runs";
