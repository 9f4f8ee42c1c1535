//! The only part that talks to the world: it runs plans and tells events.

mod attachment;
mod blast_radius;
mod chain;
mod cleanup;
mod context;
mod drill;
mod failover;
mod home;
mod interrupt;
mod keypair;
mod mirror;
mod mistakes;
mod prepare;
mod reach;
mod service;
mod volume_log;
mod wait;

pub use attachment::{AttachmentChange, wait_attachment, wait_disk, wait_no_disk};
pub use chain::{Chain, Link};
pub use context::{Context, MadeServer, MadeVolume, SitePair, World, WrittenFile};
pub use drill::drill;
pub use failover::fail_over;
pub use interrupt::{Interrupt, Interrupter};
pub use mirror::{Mirrored, mirrored};
pub use mistakes::make_mistakes;
pub use reach::{connect, device, server_error, state, wait_status};
pub use volume_log::connection_info_in_log;
pub use wait::{Awaited, Poll, Waited, milliseconds, until};
