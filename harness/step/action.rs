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
