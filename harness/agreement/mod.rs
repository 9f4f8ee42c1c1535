//! Whether two clouds behave alike: what two runs of the same scenarios saw, compared. A pure function of what the runs
//! left on disk.

mod accepted;
mod compare;
mod compare_answers;
mod compare_commands;
mod compare_mistakes;
mod compare_states;
mod difference;
mod evidence;
mod judge;
mod read;
#[cfg(test)]
mod tests;
mod text;

pub use accepted::Accepted;
pub use compare::compare;
pub use difference::{Comparison, Difference, Kind};
pub use evidence::Evidence;
pub use judge::{Judged, judge};
pub use read::read_run;
pub use text::as_text;
