//! What a run has at hand while its steps run: the target, the cloud and the sites, what the run made, what it knows of the
//! backend, and what the user chose.

mod backend_state;
mod before;
mod context;
mod judges;
mod listing;
pub(crate) mod log_in;
mod log_place;
mod log_source;
mod made;
mod movement;
mod observer;
pub(crate) mod open;
mod options;
pub(crate) mod place;
mod prerequisites;
mod rotation;
mod sent;
pub(crate) mod shared_failover;
mod shared_look;
mod timed_out_waits;
mod whereabouts;
mod workloads;

pub use before::{AttachmentsBefore, ForeignVolumes};
pub use context::{ChainResources, Context, SitePair};
pub(crate) use context::{RUN_KEY, RUN_SPEC};
pub use judges::Judges;
pub use log_in::log_in;
pub use log_place::{Mark, VolumeLogPlace};
pub use log_source::LogPlace;
pub(crate) use log_source::{Reading, unread};
pub use made::{MadeServer, MadeSnapshot, MadeVolume, WrittenFile};
pub use prerequisites::Prerequisites;
pub use shared_failover::Moved;
pub use timed_out_waits::TimedOutWaits;

pub use backend_state::{Leftover, OwnVolume, SharedBackend};
pub use movement::{Because, Movement};
pub use observer::{Before, Observer};
pub use open::{shell, site};
pub use options::{Asked, OnFailure, RunOptions, Skipped};
pub(crate) use place::backend_key;
pub use place::{cloud_name, is_on};
pub(crate) use sent::Outcome;
pub use sent::{Answer, Sent};
pub use whereabouts::{Unclear, Undecided, Whereabouts};
pub use workloads::{RunWorkload, Struck};
