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
pub(crate) mod passphrase;
mod program;
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
pub(crate) use quoting::behind;
pub use quoting::quote;
pub(crate) use ssh::key_file::{KeyFile, NoKey};
#[cfg(test)]
pub(crate) use ssh::{Agent, KnownHosts};
pub use ssh::{Keys, SshEntry, SshOptions, Via};
pub(crate) use ssh::{Unheard, is_locked_for_us, unlock, what_ssh_makes_of};
pub use trust::{HostKeyRule, Trust};
