//! The only part that talks to the world: it runs plans and tells events.

mod attachment;
mod blast_radius;
mod bystanders;
mod chain;
mod cleanup;
mod cohort;
mod context;
mod describe;
mod drill;
mod evidence;
mod failover;
mod guard;
mod home;
mod interrupt;
mod keypair;
mod ledger;
mod lock;
mod log_in;
mod lookup;
mod meeting;
mod member;
mod mirror;
mod mistakes;
mod options;
mod place;
mod preconditions;
mod prepare;
mod reach;
mod reconnected;
mod recover;
mod redact;
mod service;
mod silence;
mod snapshot;
mod volume_log;
mod wait;

pub use attachment::{AttachmentChange, wait_attachment, wait_disk, wait_no_disk};
pub use bystanders::Bystanders;
pub use chain::{Chain, Link};
pub use context::{
    Common, Context, MadeServer, MadeVolume, SitePair, VOLUME_NAME_TEMPLATE, World, WrittenFile, image_name,
    image_name_of,
};
pub use describe::Asked;
pub use drill::{drill, drill_with, shell, site};
pub use failover::{Movement, fail_over};
pub use interrupt::{Interrupt, Interrupter};
pub use ledger::{Condition, Ledger, Ledgers, RECORDS, SyncedWrite, lines, record, within};
pub use log_in::log_in;
pub use meeting::{Meeting, Moved, Outcome};
pub use mirror::{Mirrored, mirrored};
pub use mistakes::make_mistakes;
pub use options::{OnFailure, RunOptions};
pub use place::{cloud_name, is_on};
pub use reach::{connect, device, server_error, state, wait_status};
pub use reconnected::{declared, explain, judge_connection};
pub use recover::{recover, recovery_starts};
pub use silence::explain_silence;
pub use snapshot::{require_snapshot, snapshot_evidence};
pub use volume_log::connection_info_in_log;
pub use wait::{Awaited, Poll, Waited, milliseconds, until};
