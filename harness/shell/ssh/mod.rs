//! Commands over SSH.

mod connect;
mod exchange;
mod options;
mod session;
mod ssh_shell;

pub use options::SshOptions;
pub(super) use ssh_shell::{LateShell, SshShell};
