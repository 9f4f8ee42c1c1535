//! What a run has at hand while its steps run, as plain data: nothing here asks a cloud.

mod before;
mod ground;
mod in_vain;
mod log_place;
mod movement;
mod options;
mod sent;
mod traces;
mod whereabouts;

pub use before::{AttachmentsBefore, Bystanders};
pub use ground::Ground;
pub use in_vain::InVain;
pub use log_place::{Mark, VolumeLogPlace};
pub use movement::Movement;
pub use options::{Asked, OnFailure, RunOptions};
pub(crate) use sent::Outcome;
pub use sent::{Answer, Sent};
pub use traces::{Arrival, Held, Wanted, Witness, held};
pub use whereabouts::{Doubt, Unclear, Whereabouts};
