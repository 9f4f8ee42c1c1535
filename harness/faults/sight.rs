//! What the run itself sees of a fault, whatever the command that made it says: a site is silent, a daemon or a service is
//! reported down. What nobody can see proves nothing in either direction.

use std::time::Duration;

use tokio::time::Instant;

use super::commands::is_so;
use crate::backend;
use crate::event::EventKind;
use crate::failure::{Failure, FailureKind};
use crate::names::SiteName;
use crate::session::Context;
use crate::site::{MirrorStatus, Site, SiteError};
use crate::targets::{DeclaredFault, Fault, ServiceFault, SiteFault};
use crate::wait::{Awaited, Poll, WaitError, Waited};

/// What was seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Sight {
    /// It is in force; how that is seen.
    InForce(String),
    /// It is not; what is seen in its place.
    Not(String),
    /// Nobody can see it; why.
    Unseen(String),
}

/// How often in a row something must be seen. A silent site was hunted for as long as a command may take; all else is one word.
const LOOKS: usize = 2;

/// How it was seen that a fault is in force, or is over.
pub(super) struct Seen {
    /// How.
    pub words: String,
    /// How long it was waited for.
    pub waited: Waited,
    /// How long ago it was last asked for in vain: it came after that.
    pub since: Duration,
}

/// Waits until a fault is in force, or is over; `None` where nobody can see it but the command that did it.
///
/// # Errors
/// It is not seen within the budget of a failover.
pub(super) async fn wait(context: &Context, fault: Fault, in_force: bool) -> Result<Option<Seen>, Failure> {
    let name = |site| context.site_name(site);
    let declared = context.target.faults.get(&fault);
    let what = fault.words(name);
    let expected = if in_force { "seen to be so" } else { "seen to be over" };
    let awaited = Awaited {
        what: &what,
        expected,
        budget: context.target.budgets.failover,
        on_timeout: FailureKind::Cloud,
    };
    let mut in_a_row = 0;
    let mut unseen = None;
    let mut in_vain = Instant::now();
    let waited = context
        .wait(awaited, async || {
            let asked = Instant::now();
            let own = own_sight(context, fault).await;
            let said = said_by_target(context, declared, in_force).await;
            let (so, words) = match (&own, &said) {
                (Sight::Unseen(why), None) => {
                    unseen = Some(why.clone());
                    return Ok(Poll::Ready(None));
                }
                (_, Some(Err(words))) => (false, words.clone()),
                (Sight::Unseen(_), Some(Ok(words))) => (true, words.clone()),
                (Sight::InForce(words), _) => (in_force, words.clone()),
                (Sight::Not(words), _) => (!in_force, words.clone()),
            };
            in_a_row = if so { in_a_row + 1 } else { 0 };
            if !so {
                in_vain = asked;
            }
            let looks = if in_force && fault.lost_site().is_some() {
                1
            } else {
                LOOKS
            };
            Ok(if in_a_row >= looks {
                Poll::Ready(Some(words))
            } else {
                Poll::NotYet(words)
            })
        })
        .await;
    match waited {
        Ok((Some(words), waited)) => Ok(Some(Seen {
            words,
            waited,
            since: in_vain.elapsed(),
        })),
        Ok((None, _)) => {
            let why = unseen.unwrap_or_default();
            context.recorder.record(EventKind::Noticed {
                text: match in_force {
                    true => format!("only the command that did it says that {what}: {why}"),
                    false => format!("only the command that did it says that it is over that {what}"),
                },
            });
            Ok(None)
        }
        Err(error) => Err(not_seen(&what, in_force, error)),
    }
}

fn not_seen(what: &str, in_force: bool, error: WaitError) -> Failure {
    let seen = match &error {
        WaitError::TimedOut(timed_out) => timed_out.last().unwrap_or("nothing").to_owned(),
        WaitError::Failed(_) => return error.into(),
    };
    let failure = Failure::from(error);
    match in_force {
        true => failure
            .because(format!(
                "the fault is not in effect: {what}"
            ))
            .detail("seen", seen)
            .help(
                "what follows would prove nothing of it: run the commands of the target's `faults` by hand, and look whether they \
                 break what they name",
            ),
        false => failure
            .because(format!("a fault that was undone is still seen: {what}"))
            .detail("seen", seen),
    }
}

/// What the target's own command says: `None` if it declares none, `Err` with words if it is not so or cannot be asked.
async fn said_by_target(
    context: &Context,
    declared: Option<&DeclaredFault>,
    in_force: bool,
) -> Option<Result<String, String>> {
    let declared = declared?;
    let command = if in_force { &declared.seen } else { &declared.undone };
    let command = command.as_ref()?;
    Some(match is_so(context, declared, command).await {
        Ok(true) => Ok(format!("`{command}` succeeds")),
        Ok(false) => Err(format!("`{command}` fails")),
        Err(why) => Err(format!("`{command}` says nothing: {why}")),
    })
}

/// Whether the run can see a fault by itself, before it is made: where it cannot, the target must say how.
pub(super) async fn own_sight(context: &Context, fault: Fault) -> Sight {
    match fault {
        Fault::Site(site, SiteFault::Power | SiteFault::Network) => match &context.sites {
            Some(sites) => of_site(sites.at(site)).await,
            None => Sight::Unseen("the target gives no shells and pools of both sites".to_owned()),
        },
        Fault::Site(_, SiteFault::Slow) => Sight::Unseen("there is no direct measure of how slow a site is".to_owned()),
        Fault::Link => of_link(context).await,
        Fault::MirrorDaemon(site) => of_daemon(context, site).await,
        Fault::VolumeService(ServiceFault::KilledInFailover) => {
            Sight::Unseen("it shows in the failover that follows".to_owned())
        }
        Fault::VolumeService(_) => of_service(context).await,
    }
}

async fn of_site(site: &Site) -> Sight {
    match site.answers().await {
        Ok(()) => Sight::Not(format!("{} answers", site.name())),
        Err(error) if error.is_silent() => Sight::InForce(format!("{} is silent", site.name())),
        // A jump host that lets nobody in says nothing of the site behind it.
        Err(error) if error.is_of_the_way() => Sight::Unseen(error.summary()),
        Err(error) => Sight::Not(error.summary()),
    }
}

/// What a site says of an image of this run, which a daemon of either site must report.
async fn status(context: &Context, site: SiteName) -> Result<MirrorStatus, Sight> {
    let Some(sites) = &context.sites else {
        return Err(Sight::Unseen(
            "the target gives no shells and pools of both sites".to_owned(),
        ));
    };
    let images: Vec<String> = context.backend_state.with(|state| {
        let replicated = state.volumes.iter().filter(|own| own.made.replicated);
        replicated.map(|own| own.made.image()).collect()
    });
    let Some(image) = images.first() else {
        return Err(Sight::Unseen(
            "the run has no replicated volume whose mirror could be asked".to_owned(),
        ));
    };
    let unknown = |error: SiteError| match error.is_no_such_image() {
        true => Sight::Unseen(format!("{} has no image of this run", context.site_name(site))),
        false => Sight::Not(error.summary()),
    };
    sites.at(site).mirror_status(image).await.map_err(unknown)
}

/// Neither side hears of the other: the site that works says `down` of its peer, after half a minute on a real Ceph.
async fn of_link(context: &Context) -> Sight {
    let site = context.backend_state.active();
    match status(context, site).await {
        Err(sight) => sight,
        Ok(status) if status.peer_sites.is_empty() => {
            Sight::Unseen(format!("{} reports no peers", context.site_name(site)))
        }
        Ok(status) => {
            let here = context.site_name(site);
            match status.lost_peers() {
                Some(says) => Sight::InForce(format!("{here} says {says} of its peer")),
                None => {
                    let states: Vec<&str> = status.peer_sites.iter().map(|peer| peer.state.as_str()).collect();
                    Sight::Not(format!("{here} says {} of its peer", states.join(", ")))
                }
            }
        }
    }
}

async fn of_daemon(context: &Context, site: SiteName) -> Sight {
    match status(context, site).await {
        Err(sight) => sight,
        Ok(status) => {
            let words = format!("{} says {}", context.site_name(site), status.state);
            match status.is_down() {
                true => Sight::InForce(words),
                false => Sight::Not(words),
            }
        }
    }
}

async fn of_service(context: &Context) -> Sight {
    match context.cloud.services(None).await {
        Err(error) => Sight::Not(error.summary()),
        Ok(services) => {
            let judgement = backend::judge(&context.backend, context.target.primary_id(), &services);
            let words = judgement.words();
            let is_down = !judgement.rows.is_empty() && judgement.rows.iter().all(|row| row.state == "down");
            match is_down {
                true => Sight::InForce(words),
                false => Sight::Not(words),
            }
        }
    }
}
