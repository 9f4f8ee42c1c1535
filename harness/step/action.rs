//! What a step does, once it is compiled.

use serde::Serialize;

use crate::failure::Failure;
use crate::run::{Context, Judges, Movement, explain_silence};

use super::{
    Attach, Detach, ExpectConnection, ExpectMirrored, ExpectPoolMirrored, ExpectReplicated, ExpectReplicationEnabled,
    Failback, Failover, Format, MakeMistakes, MirrorPool, Mount, PeerSites, Read, Reconnect, RunMirrorDaemons, Unmount,
    Write,
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
    /// `expect-pool-mirrored`
    ExpectPoolMirrored(ExpectPoolMirrored),
    /// `expect-replication-enabled`
    ExpectReplicationEnabled(ExpectReplicationEnabled),
    /// `run-mirror-daemons`
    RunMirrorDaemons(RunMirrorDaemons),
    /// `mirror-pool`
    MirrorPool(MirrorPool),
    /// `peer-sites`
    PeerSites(PeerSites),
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
            Action::ExpectPoolMirrored(step) => step.describe(),
            Action::ExpectReplicationEnabled(step) => step.describe(),
            Action::RunMirrorDaemons(step) => step.describe(),
            Action::MirrorPool(step) => step.describe(),
            Action::PeerSites(step) => step.describe(),
            Action::MakeMistakes(mistakes) => mistakes.describe(),
        }
    }
}

impl Action {
    /// What it does to the backend as a whole, if that is what it does: scenarios that do the same can meet there.
    #[must_use]
    pub fn movement(&self) -> Option<Movement> {
        match self {
            Action::Failover(failover) => Some(failover.movement()),
            Action::Failback(failback) => Some(failback.movement()),
            _ => None,
        }
    }

    /// What it judges itself, so that nobody else has to say it when it fails.
    #[must_use]
    pub fn judges(&self) -> Judges {
        match self {
            Action::Failover(_)
            | Action::Failback(_)
            | Action::ExpectPoolMirrored(_)
            | Action::ExpectReplicationEnabled(_)
            | Action::RunMirrorDaemons(_)
            | Action::MirrorPool(_)
            | Action::PeerSites(_)
            | Action::MakeMistakes(_) => Judges::Backend,
            Action::ExpectMirrored(_) => Judges::Images,
            Action::ExpectConnection(_) => Judges::Connections,
            Action::Reconnect(_) | Action::Attach(_) | Action::Detach(_) => Judges::Renewals,
            Action::Write(_)
            | Action::Read(_)
            | Action::ExpectReplicated(_)
            | Action::Format(_)
            | Action::Mount(_)
            | Action::Unmount(_) => Judges::Nothing,
        }
    }

    /// Does it. The answer says what was done, in words.
    ///
    /// # Errors
    /// As the verb's own `run`.
    pub async fn run(&self, context: &mut Context) -> Result<String, Failure> {
        if self.movement().is_none() {
            context.witness_arrival().await;
        }
        match self.act(context).await {
            Err(failure) => Err(explain_silence(context, failure).await),
            done => done,
        }
    }

    async fn act(&self, context: &mut Context) -> Result<String, Failure> {
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
            Action::ExpectPoolMirrored(step) => step.run(context).await,
            Action::ExpectReplicationEnabled(step) => step.run(context).await,
            Action::RunMirrorDaemons(step) => step.run(context).await,
            Action::MirrorPool(step) => step.run(context).await,
            Action::PeerSites(step) => step.run(context).await,
            Action::MakeMistakes(step) => step.run(context).await,
        }
    }
}
