//! `cinder-drill selftest`: drills the flows under every saboteur, and shows what caught each.

mod command;
mod expected;
mod trial;
mod trials;

pub(super) use command::{Arguments, selftest};
pub use expected::{Judgement, judge};
pub use trial::{Seen, Trial, TrialOutcome};
pub use trials::{Options, control, run_all, table};
