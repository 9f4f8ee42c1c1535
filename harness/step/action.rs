//! What a step does, once it is compiled.

use serde::Serialize;

use crate::failure::Failure;
use crate::run::Context;

use super::{
    Attach, Detach, ExpectConnection, ExpectMirrored, ExpectReplicated, Failback, Failover, Format, MakeMistakes,
    Mount, Read, Reconnect, Unmount, Write,
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
    /// `make-mistakes`
    MakeMistakes(MakeMistakes),
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
            Action::MakeMistakes(mistakes) => mistakes.describe(),
        }
    }
}

impl Action {
    /// Does it. The answer says what was done, in words.
    ///
    /// # Errors
    /// As the verb's own `run`.
    pub async fn run(&self, context: &mut Context) -> Result<String, Failure> {
        match self {
            Action::Write(step) => step.run(context).await,
            Action::Read(step) => step.run(context).await,
            Action::ExpectConnection(step) => step.run(context).await,
            Action::ExpectMirrored(step) => step.run(context).await,
            Action::ExpectReplicated(step) => step.run(context).await,
            Action::Failover(step) => step.run(context).await,
            Action::Failback(step) => step.run(context).await,
            Action::Reconnect(step) => step.run(context).await,
            Action::Attach(step) => step.run(context).await,
            Action::Detach(step) => step.run(context).await,
            Action::Format(step) => step.run(context).await,
            Action::Mount(step) => step.run(context).await,
            Action::Unmount(step) => step.run(context).await,
            Action::MakeMistakes(step) => step.run(context).await,
        }
    }
}
