//! Undoing what a run did to the backend itself: whether it may be failed back, or thawed, and by whom.

use std::time::Duration;

use super::inventory;
use super::ownership::owned;
use super::propagation::{Propagation, propagation};
use super::remedy::here;
use super::undone::Undone;
use crate::backend::{ImageAt, Judgement, PrimaryAt};
use crate::cloud::{FAILBACK_ID, Volume, VolumeId};
use crate::counted::counted;
use crate::event::{RemedyStep, Resource, ResourceKind};
use crate::failover::enabling::enable_again;
use crate::failover::failback::{fail_back, whereabouts};
use crate::failover::service;
use crate::failure::{Cause, Failure};
use crate::names::SiteName;
use crate::session::{Context, Unclear, Whereabouts};
use crate::wait::Poll;

/// Fails the backend back, if this run moved it, and it may.
///
/// # Errors
/// It is not on its primary site, or may still be moved by what this run sent; each says what a person does.
pub(super) async fn undo_failover(context: &Context) -> Result<(), Undone> {
    match whereabouts(context).await {
        // A failback that was interrupted may have left its service disabled.
        Whereabouts::AtPrimary => enable_again(context).await.map_err(without_command),
        Whereabouts::Away => fail_back_if_ready(context).await,
        Whereabouts::Unclear(unclear) => Err(by_storage(context, *unclear).await),
    }
}

/// A row that says enabled with the secondary's id is what a failback leaves whose cinder-volume was started again in its
/// middle. Cinder accepts `default` in that state, and its driver works at the secondary. Where no image of the backend is
/// primary on its primary site, that ends the failback; a person sends it, for it cannot be known that it is still this run's
/// to send.
async fn by_storage(context: &Context, unclear: Unclear) -> Undone {
    let says_both = unclear.judgement.as_ref().is_some_and(|judgement| {
        matches!(judgement.rows.as_slice(), [row]
            if row.state == "up" && row.frozen != Some(true)
                && row.replication_status.as_deref() == Some("enabled")
                && row.active_backend_id.as_deref().is_some_and(|id| !id.is_empty()))
    });
    if !says_both || context.withheld.is_some() {
        return without_command(unclear.failure);
    }
    let Some(images) = images_of_all(context).await else {
        return without_command(unclear.failure);
    };
    let is_not_at_primary =
        |image: &ImageAt| matches!(image.primary, PrimaryAt::Nowhere | PrimaryAt::Site(SiteName::Secondary));
    if !images.iter().all(is_not_at_primary) {
        return without_command(unclear.failure);
    }
    let name = |site| context.site_name(site);
    let seen = images.iter().fold(unclear.failure, |failure, image| {
        failure.detail(format!("image {}", image.image), image.primary.words(name))
    });
    Undone {
        failure: seen.help(format!(
            "its failback was cut short: none of the backend's {} is primary at {}. The next failback ends it; then \
             `cinder-drill recover {}` does the rest",
            counted(images.len(), "volume"),
            name(SiteName::Primary),
            context.run
        )),
        remedy: Some(by_hand(context)),
    }
}

/// How many images are looked at before a command is printed that moves them.
const LOOKED_AT: usize = 100;

/// Where each replicated volume of the backend is primary, whoever's it is; `None` if that cannot be said.
async fn images_of_all(context: &Context) -> Option<Vec<ImageAt>> {
    context.sites.as_ref()?;
    let volumes = context.cloud.volumes_on(&context.backend).await.ok()?;
    let is_replicated = |volume: &&Volume| {
        !matches!(
            volume.replication_status.as_deref(),
            None | Some("disabled" | "not-capable")
        )
    };
    let images: Vec<String> = volumes
        .iter()
        .filter(is_replicated)
        .map(|volume| context.image_of(volume.image_id()))
        .collect();
    if images.len() > LOOKED_AT {
        return None;
    }
    Some(service::primaries(context, &images).await)
}

/// What is left if this run's failover was refused, and the backend is not on its primary site: another user moved it, and it
/// cannot be known that it was not a proxy that repeated this run's own request.
///
/// # Errors
/// The backend is not on its primary site.
pub(super) async fn require_unmoved(context: &Context) -> Result<(), Undone> {
    match whereabouts(context).await {
        Whereabouts::AtPrimary => Ok(()),
        Whereabouts::Away if context.options.force => fail_back_if_ready(context).await,
        _ => Err(not_ours(context).await),
    }
}

async fn not_ours(context: &Context) -> Undone {
    let seen = match service::look(context).await {
        Ok(judgement) => judgement.words(),
        Err(failure) => failure.summary,
    };
    let failure = Failure::cloud(format!(
        "{} is not on its primary site, and this run's own failover was refused: someone else moved it, and it was not \
         failed back",
        context.backend
    ))
    .detail("this run's failover", "refused by Cinder")
    .detail("the backend now", seen)
    .help(format!(
        "ask who failed it over; if it is a disaster, leave it: `cinder-drill recover {0} --forget`; if nobody did, a \
         proxy sent this run's request twice: `cinder-drill recover {0} --force` fails it back",
        context.run
    ));
    without_command(failure)
}

async fn fail_back_if_ready(context: &Context) -> Result<(), Undone> {
    if let Some(withheld) = &context.withheld {
        return Err(Undone {
            failure: withheld.clone(),
            remedy: Some(by_hand(context)),
        });
    }
    // A volume that was left a moment ago was waited for already.
    let patience = match context.timed_out_waits.has_waited_for(None) {
        true => Duration::ZERO,
        false => context.target.budgets.replication,
    };
    require_primary_ready(context, patience)
        .await
        .map_err(without_command)?;
    fail_back(context).await.map_err(without_command)
}

/// Looks whether the primary site answers, and whether each volume that this run still has there may move: one
/// that is being deleted, or that does not replay on its primary site, would be damaged by the failback. A mirror that does
/// not replay yet is waited for as long as `patience`.
///
/// # Errors
/// It may not fail back now.
pub(super) async fn require_primary_ready(context: &Context, patience: Duration) -> Result<(), Failure> {
    let Some(sites) = &context.sites else { return Ok(()) };
    let primary = &sites.primary;
    let refused = |summary: String| {
        Failure::cloud(summary).help(format!(
            "the backend was not failed back; when the cause is fixed: cinder-drill recover {}",
            context.run
        ))
    };
    if let Some(pool) = &context.target.sites.primary.pool
        && let Err(error) = primary.images(pool).await
    {
        let cause = Failure::from(error);
        return Err(refused(format!(
            "{} does not answer, so {} cannot fail back",
            primary.name(),
            context.backend
        ))
        .caused_by(Cause::SiteSilent)
        .detail("seen", cause.summary));
    }
    for resource in owned(context, &[ResourceKind::Volume]).await? {
        let Some(id) = resource.id.map(VolumeId::new) else {
            continue;
        };
        let Some(volume) = context.cloud.volume_if_exists(&id).await? else {
            continue;
        };
        if volume.status == "deleting" {
            return Err(refused(format!(
                "volume {} of this run is still being deleted: a failback now would leave its image behind",
                resource.name
            )));
        }
        if volume.replication_status.as_deref() != Some("failed-over") {
            continue;
        }
        let image = context.image_of(id.as_str());
        let mirror = format!("the mirror of volume {}", resource.name);
        let mut awaited = super::gone::awaited(context, &mirror, "replaying on the primary site before the failback");
        awaited.budget = patience;
        let mut last = None;
        let waited = context
            .wait(awaited, async || {
                let seen = propagation(context, &image).await;
                let words = seen.as_ref().map(|seen| seen.words(|site| context.site_name(site)));
                last.clone_from(&words);
                Ok(match seen {
                    None | Some(Propagation::Replays(SiteName::Secondary) | Propagation::NoImage) => Poll::Ready(()),
                    Some(seen) if seen.stays() => return Err(Failure::cloud("waiting does not fix it")),
                    Some(_) => Poll::NotYet(words.unwrap_or_default()),
                })
            })
            .await;
        if waited.is_err() {
            return Err(refused(format!(
                "volume {} of this run does not replay on {}: a failback now would cause split-brain",
                resource.name,
                primary.name()
            ))
            .detail("seen", last.unwrap_or_default()));
        }
    }
    Ok(())
}

/// Thaws the backend, if it is frozen and this run froze it.
///
/// # Errors
/// It is still frozen, or may still be frozen by what this run sent.
pub(super) async fn thaw(context: &Context) -> Result<(), Undone> {
    let recorded = context.recorder.leftovers();
    let leftover = Resource {
        kind: ResourceKind::Freeze,
        name: context.backend.to_string(),
        id: None,
    };
    let may_come = recorded.may_come(&leftover) && recorded.resources.contains(&leftover);
    if !is_frozen(&service::look(context).await?) {
        return match may_come {
            true => Err(without_command(inventory::may_come(context, &leftover))),
            false => Ok(()),
        };
    }
    if let Some(withheld) = &context.withheld {
        return Err(Undone {
            failure: withheld.clone(),
            remedy: Some(vec![here(format!("cinder thaw-host {}", context.backend))]),
        });
    }
    let what = format!("the backend {}", context.backend);
    super::gone::asked(
        context,
        &format!("the freeze of {what}"),
        context.cloud.thaw_host(&context.backend).await,
    )?;
    context
        .wait(super::gone::awaited(context, &what, "thawed"), async || {
            let judgement = service::look(context).await?;
            Ok(if is_frozen(&judgement) {
                Poll::NotYet(judgement.words())
            } else {
                Poll::Ready(())
            })
        })
        .await?;
    Ok(())
}

fn is_frozen(judgement: &Judgement) -> bool {
    judgement.rows.iter().any(|row| row.frozen == Some(true))
}

/// A failure for which no command is printed: what helps is in its words.
fn without_command(failure: Failure) -> Undone {
    Undone {
        failure,
        remedy: Some(Vec::new()),
    }
}

/// How a person fails a backend back that says that it is failed over.
fn by_hand(context: &Context) -> Vec<RemedyStep> {
    vec![here(format!(
        "cinder failover-host {} --backend_id {FAILBACK_ID}",
        context.backend
    ))]
}
