//! A disk that does not answer. librbd waits for a cluster that is dead or unreachable without end: what reads, writes or unmounts
//! in the guest waits with it, in a sleep that no signal ends, and the guest gives the disk up to nobody. On the lab, with Ceph 16
//! and Nova 26, no hot detach from a dead site ever ended, 5 of 5 times, also after a lazy unmount; the volume stays `detaching`
//! until libvirt has tried often enough, and Nova does nothing else with the server meanwhile. Stopping the server ends it.

use std::time::Duration;

use super::unreachable_site::silent_sites;
use crate::failure::{Cause, Failure, FailureKind};
use crate::names::{ServerName, VolumeName};
use crate::session::Context;

/// How long a read of a few bytes may take before its disk is taken to hang: a slow cluster answers within that.
const LONGEST_READ: Duration = Duration::from_secs(10);

/// A disk that was seen not to answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct HangingDisk {
    server: ServerName,
    volume: VolumeName,
    /// What the guest calls it.
    device: String,
    /// How long a read of it was waited for.
    waited: Duration,
    /// The sites that do not answer, each with why.
    silent: Vec<(String, String)>,
}

/// Looks whether a volume's disk hangs in a guest: whether a read of it, past all caches and over a session of its own, ends. What
/// cannot be asked hangs no more than what answers.
pub(crate) async fn look(context: &Context, server: &ServerName, volume: &VolumeName) -> Option<HangingDisk> {
    let id = context.volume(volume).ok()?.id.to_string();
    let guest = context.guest(server).ok()?.apart().await.ok()?;
    let device = guest.device_of(&id).await.ok()??;
    let waited = context.target.budgets.command.min(LONGEST_READ);
    if guest.disk_answers(&device, waited).await.unwrap_or(true) {
        return None;
    }
    let silent = silent_sites(context).await.into_iter();
    Some(HangingDisk {
        server: server.clone(),
        volume: volume.clone(),
        device,
        waited,
        silent: silent
            .map(|(site, why)| (context.site_name(site).to_owned(), why))
            .collect(),
    })
}

/// Puts the disk that hangs before the failure of what could not be done with it, if it does.
pub(crate) async fn explain(context: &Context, server: &ServerName, volume: &VolumeName, failure: Failure) -> Failure {
    if matches!(failure.kind, FailureKind::Interrupted | FailureKind::Harness) {
        return failure;
    }
    match look(context, server, volume).await {
        Some(hanging) => hanging.failure().explains(failure),
        None => failure,
    }
}

impl HangingDisk {
    /// Why nothing more can be done with it while its guest runs.
    pub(crate) fn failure(&self) -> Failure {
        let HangingDisk {
            server,
            volume,
            device,
            waited,
            silent,
        } = self;
        let sites: String = silent
            .iter()
            .map(|(site, _)| format!("; {site} does not answer"))
            .collect();
        let failure = Failure::expectation(format!(
            "the disk of volume {volume} hangs in guest {server}, which cannot give it up while it runs{sites}"
        ))
        .caused_by(Cause::DiskHangs)
        .detail("expected", "a disk that answers a read, be it with an error")
        .detail(
            "seen",
            format!("a read of {device} past the guest's caches did not end within {waited:?}"),
        );
        let silent = silent.iter();
        let failure = silent.fold(failure, |failure, (site, why)| failure.detail(site, why));
        failure.help(format!(
            "use `reconnect: {{ server: {server}, by: cold-detach-attach }}` in place of `unmount`, `detach` and `attach`: it stops the \
             server, which ends what hangs. By hand: `openstack server stop`, `openstack server remove volume`, `openstack server \
             add volume`, `openstack server start`. If the site that holds the disk comes back, the guest goes on by itself"
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_disk_that_hangs_comes_before_what_could_not_be_done_with_it() {
        let hanging = HangingDisk {
            server: ServerName::new("app").expect("a name"),
            volume: VolumeName::new("data").expect("a name"),
            device: "/dev/vdb".to_owned(),
            waited: LONGEST_READ,
            silent: vec![("site-a".to_owned(), "it is lost, and was not asked".to_owned())],
        };
        let stuck =
            Failure::expectation("volume data is stuck in detaching: Nova announced a detach and does not finish it")
                .detail("states seen", "detaching")
                .help("see the nova-compute log");
        let failure = hanging.failure().explains(stuck);
        assert_eq!(failure.cause, Some(Cause::DiskHangs));
        insta::assert_snapshot!(failure.to_string());
    }
}
