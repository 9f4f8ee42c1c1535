//! Commands in POSIX shells: on this machine, or over SSH. Nothing is concluded from a command whose exit status never
//! came.

mod command;
mod dialogue;
mod error;
mod handle;
mod host_key;
#[cfg(test)]
pub(crate) mod in_process;
mod local;
mod mark_fault;
mod marker;
mod quoting;
mod ssh;
mod stream;
#[cfg(test)]
pub(crate) mod tests;
mod trust;

pub use command::{Command, CommandObserver, CommandRecord, Output};
pub use dialogue::{Dialogue, Next, SharedDialogue};
pub use error::ShellError;
pub use handle::Shell;
pub use host_key::HostKey;
pub use mark_fault::MarkFault;
pub(crate) use marker::Marker;
pub use quoting::quote;
pub use ssh::SshOptions;
pub use trust::{HostKeyRule, Trust};
