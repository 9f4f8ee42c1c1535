//! What a run has at hand while its steps run: the target, the cloud and the sites, what the run made, what it knows of the
//! backend, and what the user chose.

mod before;
mod context;
mod ground;
mod in_vain;
mod judges;
pub(crate) mod log_in;
mod log_place;
mod made;
pub(crate) mod meeting;
mod movement;
pub(crate) mod open;
mod options;
pub(crate) mod place;
mod sent;
mod shared;
mod whereabouts;
mod workloads;

pub use before::{AttachmentsBefore, Bystanders};
pub use context::{Context, Session, SitePair, World};
pub use ground::Ground;
pub use in_vain::InVain;
pub use judges::Judges;
pub use log_in::log_in;
pub use log_place::{Mark, VolumeLogPlace};
pub use made::{MadeServer, MadeVolume, WrittenFile};
pub use meeting::Moved;

pub use movement::Movement;
pub use open::{shell, site};
pub use options::{Asked, OnFailure, RunOptions};
pub(crate) use place::backend_key;
pub use place::{cloud_name, is_on};
pub(crate) use sent::Outcome;
pub use sent::{Answer, Sent};
pub use shared::{BackendState, Owed, OwnVolume, Shared};
pub use whereabouts::{Doubt, Unclear, Whereabouts};
pub use workloads::{RunWorkload, Struck};
