//! What a step does, once it is compiled.

use serde::Serialize;

use super::{
    Attach, Detach, ExpectConnection, ExpectMirrored, ExpectReplicated, Failback, Failover, Format, Mount, Read,
    Reconnect, Unmount, Write,
};

/// What a step does: one variant a verb.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Action {
    /// `write`
    Write(Write),
    /// `read`
    Read(Read),
    /// `expect-connection`
    ExpectConnection(ExpectConnection),
    /// `expect-mirrored`
    ExpectMirrored(ExpectMirrored),
    /// `expect-replicated`
    ExpectReplicated(ExpectReplicated),
    /// `failover`
    Failover(Failover),
    /// `failback`
    Failback(Failback),
    /// `reconnect`
    Reconnect(Reconnect),
    /// `attach`
    Attach(Attach),
    /// `detach`
    Detach(Detach),
    /// `format`
    Format(Format),
    /// `mount`
    Mount(Mount),
    /// `unmount`
    Unmount(Unmount),
}

impl Action {
    /// What it does, in one line of plain words.
    #[must_use]
    pub fn describe(&self) -> String {
        match self {
            Action::Write(write) => write.describe(),
            Action::Read(read) => read.describe(),
            Action::ExpectConnection(expect) => expect.describe(),
            Action::ExpectMirrored(expect) => expect.describe(),
            Action::ExpectReplicated(expect) => expect.describe(),
            Action::Failover(failover) => failover.describe(),
            Action::Failback(failback) => failback.describe(),
            Action::Reconnect(reconnect) => reconnect.describe(),
            Action::Attach(attach) => attach.describe(),
            Action::Detach(detach) => detach.describe(),
            Action::Format(format) => format.describe(),
            Action::Mount(mount) => mount.describe(),
            Action::Unmount(unmount) => unmount.describe(),
        }
    }
}
