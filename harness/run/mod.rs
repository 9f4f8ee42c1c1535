//! The only part that talks to the world: it runs plans and tells events.

mod attachment;
mod blast_radius;
mod bystanders;
mod chain;
mod cleanup;
mod context;
mod drill;
mod failover;
mod home;
mod interrupt;
mod keypair;
mod ledger;
mod mirror;
mod prepare;
mod reach;
mod reconnected;
mod service;
mod silence;
mod volume_log;
mod wait;

pub use attachment::{AttachmentChange, wait_attachment, wait_disk, wait_no_disk};
pub use bystanders::Bystanders;
pub use chain::{Chain, Link};
pub use context::{Context, MadeServer, MadeVolume, SitePair, World, WrittenFile};
pub use drill::drill;
pub use failover::fail_over;
pub use interrupt::{Interrupt, Interrupter};
pub use ledger::{Condition, Ledger, Ledgers, RECORDS, SyncedWrite, lines, record, within};
pub use mirror::{Mirrored, mirrored};
pub use reach::{connect, device, server_error, state, wait_status};
pub use reconnected::{declared, explain, judge_connection};
pub use silence::explain_silence;
pub use volume_log::connection_info_in_log;
pub use wait::{Awaited, Poll, Waited, milliseconds, until};
