//! rbd-mirror on both sites.

use super::{EnabledSite, Enabler, Told};
use crate::event::Recorder;
use crate::failure::{Failure, FailureKind};
use crate::site::Orchestrator;
use crate::wait::{Awaited, Poll, until};

/// Lets rbd-mirror run on both sites: through the orchestrator where there is one, else it says what the operator has to
/// start. Does nothing where one runs.
///
/// # Errors
/// A site cannot be asked as an administrator, or the daemon did not start within the patience.
pub async fn run_daemons(enabler: &Enabler<'_>) -> Result<(), Failure> {
    for site in enabler.sites() {
        run_daemon(enabler, site).await?;
    }
    Ok(())
}

async fn run_daemon(enabler: &Enabler<'_>, site: &EnabledSite) -> Result<(), Failure> {
    let called = site.name();
    let running = site.site.mirror_daemons().await.map_err(as_administrator)?;
    if !running.hosts.is_empty() {
        enabler.tell(Told::Already(format!(
            "rbd-mirror runs at {called} on {}",
            running.hosts.join(", ")
        )));
        return Ok(());
    }
    if site.site.orchestrator().await? == Orchestrator::None {
        enabler.tell(Told::Left(format!(
            "{called} has no orchestrator: start rbd-mirror there yourself, on one machine: `systemctl enable --now \
             ceph-rbd-mirror@rbd-mirror.NAME`, where client.rbd-mirror.NAME has `mon 'profile rbd-mirror' osd 'profile rbd'`"
        )));
        return Ok(());
    }
    let line = site.site.ceph("orch apply rbd-mirror --placement=1");
    enabler.run(site, "let rbd-mirror run", &line).await?;
    if enabler.is_dry() {
        return Ok(());
    }
    let what = format!("rbd-mirror at {called}");
    let awaited = Awaited {
        what: &what,
        expected: "running",
        budget: enabler.patience(),
        on_timeout: FailureKind::Cloud,
    };
    until(&Recorder::without_journal(Vec::new()), awaited, async || {
        let running = site.site.mirror_daemons().await?;
        Ok(if running.hosts.is_empty() {
            Poll::NotYet("no daemon is known to the managers".to_owned())
        } else {
            Poll::Ready(())
        })
    })
    .await?;
    Ok(())
}

/// A refusal, with the target's field that helps.
fn as_administrator(error: crate::site::SiteError) -> Failure {
    let failure = Failure::from(error);
    failure.help(
        "set `admin-arguments` of the site in the target to an administrator, such as `--cluster ceph --id admin`",
    )
}
