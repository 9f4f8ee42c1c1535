//! The verbs of scenarios: one file a verb, with its arguments, what it compiles to and how it runs.

mod action;
mod attach;
mod detach;
mod expect_connection;
mod expect_mirrored;
mod expect_replicated;
mod failback;
mod failover;
mod format;
mod make_mistakes;
mod mount;
mod read;
mod reconnect;
mod unmount;
mod verb;
mod write;

pub use action::Action;
pub use attach::Attach;
pub use detach::Detach;
pub use expect_connection::ExpectConnection;
pub use expect_mirrored::ExpectMirrored;
pub use expect_replicated::ExpectReplicated;
pub use failback::Failback;
pub use failover::Failover;
pub use format::{Filesystem, Format};
pub use make_mistakes::MakeMistakes;
pub use mount::Mount;
pub use read::{Expected, Read};
pub use reconnect::{Reconnect, ReconnectBy};
pub use unmount::Unmount;
pub(crate) use verb::{FIELDS, Step, Verb, verb};
pub use write::{Disk, Write};
