//! Commands over SSH.

mod agent;
mod connect;
mod entry;
mod exchange;
pub(crate) mod key_file;
mod options;
mod proxy;
mod session;
mod ssh_shell;
mod unlock;

pub use entry::SshEntry;
pub(crate) use entry::{Unheard, what_ssh_makes_of};
#[cfg(test)]
pub(crate) use options::{Agent, KnownHosts};
pub use options::{Keys, SshOptions, Via};
pub(super) use ssh_shell::{LateShell, SshShell};
pub(crate) use unlock::{is_locked_for_us, unlock};
