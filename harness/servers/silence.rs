//! Why a guest does not answer: the machine is gone, or only the command waits.

use super::reach;
use crate::cloud::ServerId;
use crate::failure::{Failure, FailureKind, SilenceKind};
use crate::session::Context;
use crate::shell::{Shell, ShellError};

/// Adds to the failure of a command that a guest did not answer whether the guest answers anybody: a new connection tells a
/// machine that is cut off from a command that waits for its storage.
pub async fn explain_silence(context: &Context, failure: Failure) -> Failure {
    let Some(silence) = failure.silence.clone().filter(|_| failure.kind == FailureKind::Cloud) else {
        return failure;
    };
    let mut servers = context.resources.servers.iter().map(|(name, made)| {
        let options = reach::ssh_options(context, &made.address, made.host_key.clone());
        (name, made, options)
    });
    let silent = servers.find(|(_, _, options)| options.address() == silence.address);
    let Some((name, made, options)) = silent else {
        return failure;
    };
    let status = nova_status(context, &made.id).await;
    match Shell::connect_ssh(options).await {
        Ok(_) => failure
            .detail("a new connection", answered(silence.kind))
            .detail("Nova says", status),
        // Somebody answers, and the failure says who.
        Err(ShellError::HostKeyChanged { .. }) => failure,
        Err(error) => {
            let cause = format!("guest {name} does not answer any more, though Nova says {status}");
            failure.because(cause).detail("a new connection", error.summary()).help(
                "the machine is unreachable or hangs: check its console (`openstack console log show`), its port \
                     and its security group; this says nothing about the data",
            )
        }
    }
}

/// What it means that a new connection is answered.
fn answered(silence: SilenceKind) -> &'static str {
    match silence {
        SilenceKind::CommandWaits => "is answered: the machine runs, and the command waits",
        SilenceKind::NoConnection => "is answered: the machine runs, and ended the connection",
    }
}

async fn nova_status(context: &Context, server: &ServerId) -> String {
    match context.cloud.server(server).await {
        Ok(server) => reach::state(&server),
        Err(error) => error.summary(),
    }
}
