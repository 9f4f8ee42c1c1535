//! What the verbs do with servers, their guests and what is attached to them.

pub(crate) mod attached;
pub(crate) mod attachment;
pub(crate) mod machine;
pub(crate) mod reach;
pub(crate) mod reconnected;
pub(crate) mod shelving;
pub(crate) mod silence;
pub(crate) mod snapshot;
pub(crate) mod volume_log;

pub use attached::{attachment_failure, attachment_of, give_up};
pub use attachment::{attach_to, detach_from, wait_disk, wait_no_disk};
pub use machine::require_restarted;
pub use reach::{NotConnected, connect, device, state};
pub use reconnected::{declared, explain, judge_connection};
pub use shelving::{wait_offloaded, wait_started, wait_stopped, wait_unshelved};
pub use silence::explain_silence;
pub(crate) use snapshot::has_new_snapshots;
pub use snapshot::{require_snapshot, snapshot_evidence};
pub use volume_log::connection_info_in_log;
