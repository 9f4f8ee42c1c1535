//! Checks the foreign volumes that a failover moves, where the target allows that.

use super::blast_radius;
use crate::cloud::{BackendHost, Volume};
use crate::counted::{by_count, counted};
use crate::event::{Resource, ResourceKind};
use crate::failure::Failure;
use crate::names::SiteName;
use crate::session::Context;

/// How many broken volumes a failure lists.
const LISTED: usize = 20;

/// Notes the foreign volumes before the first failover of a chain.
///
/// # Errors
/// The API did not answer.
pub async fn note(context: &Context) -> Result<(), Failure> {
    if context.target.shared && context.backend_state.moves() == 0 {
        let foreign = blast_radius::foreign(context).await?;
        let noted = foreign.into_iter().map(|volume| (volume.id.clone(), volume)).collect();
        context.backend_state.with(|state| state.foreign_volumes = noted);
    }
    Ok(())
}

/// What a move did to a foreign volume.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Damage {
    /// It is in error, and was replicated: the driver could not move it.
    Replicated,
    /// It is in error, as Cinder sets all that is not replicated at a failover; a failback leaves it so.
    NotReplicated,
    /// It did not go where the backend went, or came from where it was.
    Elsewhere,
}

/// After a move of the backend: reports the foreign volumes that it broke. After a failover the scenario goes on, since its
/// own data is worth a look, and fails at its end; after a failback it fails now.
///
/// # Errors
/// The backend is back and foreign volumes are not as they were, or the API did not answer.
pub async fn require_intact(context: &mut Context, is_failback: bool) -> Result<(), Failure> {
    let broken = broken_now(context).await?;
    if broken.is_empty() || is_failback {
        return judge(context, &broken);
    }
    context.notice(format!(
        "{}; the scenario continues, and fails at its end",
        words(&context.backend.to_string(), &broken)
    ));
    Ok(())
}

/// At the end of a scenario, wherever the backend is: foreign volumes that broke make it fail.
///
/// # Errors
/// As [`require_intact`].
pub async fn require_intact_at_end(context: &mut Context) -> Result<(), Failure> {
    let broken = broken_now(context).await?;
    judge(context, &broken)
}

/// After the clean-up has failed the backend back, when every scenario has its verdict: what is wrong with foreign volumes for
/// which none of them has failed, each with what is to be done. An API that does not answer says nothing.
pub async fn broken_by_failback(context: &Context) -> Vec<(Resource, Failure)> {
    let Ok(broken) = broken_now(context).await else {
        return Vec::new();
    };
    let left = |(volume, damage): &(Volume, Damage)| {
        let resource = Resource {
            kind: ResourceKind::Volume,
            name: volume.name.clone().unwrap_or_default(),
            id: Some(volume.id.to_string()),
        };
        let one = [(volume.clone(), *damage)];
        (resource, failure(&context.backend.to_string(), &one, true))
    };
    let told = context.backend_state.with(|state| state.broken_foreign_volumes.clone());
    let is_new = |(volume, _): &&(Volume, Damage)| !told.contains(&volume.id);
    broken.iter().filter(is_new).map(left).collect()
}

fn judge(context: &mut Context, broken: &[(Volume, Damage)]) -> Result<(), Failure> {
    if broken.is_empty() {
        return Ok(());
    }
    let ids = broken.iter().map(|(volume, _)| volume.id.clone());
    context
        .backend_state
        .with(|state| state.broken_foreign_volumes.extend(ids));
    let is_back = context.backend_state.active() == SiteName::Primary;
    Err(failure(&context.backend.to_string(), broken, is_back))
}

async fn broken_now(context: &Context) -> Result<Vec<(Volume, Damage)>, Failure> {
    let before = context.backend_state.with(|state| state.foreign_volumes.clone());
    if before.is_empty() {
        return Ok(Vec::new());
    }
    let mut now = blast_radius::foreign(context).await?;
    for id in before.keys() {
        // One that is not on the backend any more is somewhere else, or its owner has deleted it.
        if !now.iter().any(|volume| volume.id == *id)
            && let Some(volume) = context.cloud.volume_if_exists(id).await?
        {
            now.push(volume);
        }
    }
    let active = context.backend_state.active();
    let broken = now.into_iter().filter_map(|volume| {
        let damage = damage(before.get(&volume.id)?, &volume, &context.backend, active)?;
        Some((volume, damage))
    });
    Ok(broken.collect())
}

/// What was done to a volume, by how it was before and how it is now.
fn damage(before: &Volume, now: &Volume, backend: &BackendHost, active: SiteName) -> Option<Damage> {
    let replication = |volume: &Volume| volume.replication_status.clone().unwrap_or_default();
    // Cinder takes a volume without a replication_status for one that is replicated.
    let was_replicated = matches!(replication(before).as_str(), "enabled" | "failed-over" | "");
    if is_in_error(now) && !is_in_error(before) {
        return Some(if was_replicated {
            Damage::Replicated
        } else {
            Damage::NotReplicated
        });
    }
    let moved_off = now.host().is_some_and(|host| !backend.holds(host));
    let expected = match active {
        SiteName::Primary => "enabled",
        SiteName::Secondary => "failed-over",
    };
    let stayed = replication(before) == "enabled" && replication(now) != expected;
    (moved_off || (stayed && !is_in_error(before))).then_some(Damage::Elsewhere)
}

/// `not-capable` is no error of a volume that said so before, and what a failover makes of one that was `disabled`.
fn is_in_error(volume: &Volume) -> bool {
    let replication = volume.replication_status.as_deref().unwrap_or_default();
    volume.status.starts_with("error") || matches!(replication, "failover-error" | "error")
}

/// What happened, and why, in one sentence without a full stop.
fn words(backend: &str, broken: &[(Volume, Damage)]) -> String {
    let mut parts = Vec::new();
    for (damage, why) in [
        (
            Damage::Replicated,
            "in error now although replicated: the driver failed",
        ),
        (
            Damage::NotReplicated,
            "in error now, because not replicated; a failback does not change that",
        ),
        (Damage::Elsewhere, "on the wrong site: not moved with the backend"),
    ] {
        let count = broken.iter().filter(|(_, of)| *of == damage).count();
        if count > 0 {
            parts.push(format!(
                "{} on {backend} {} {why}",
                counted(count, "foreign volume"),
                by_count(count, "is", "are")
            ));
        }
    }
    parts.join("; ")
}

fn failure(backend: &str, broken: &[(Volume, Damage)], is_back: bool) -> Failure {
    let place = if is_back {
        "back on its primary site"
    } else {
        "failed over"
    };
    let errors = broken.iter().any(|(_, damage)| *damage != Damage::Elsewhere);
    let state = if errors { "left in error" } else { "on the wrong site" };
    let failure = Failure::expectation(format!(
        "{backend} is {place}, and {} {} healthy before {} {state}",
        counted(broken.len(), "foreign volume"),
        by_count(broken.len(), "that was", "that were"),
        by_count(broken.len(), "is", "are")
    ));
    let failure = broken.iter().take(LISTED).fold(failure, |failure, (volume, _)| {
        failure.detail(
            "volume",
            format!(
                "{} ({}, {}, replication_status {}, on {})",
                volume.id,
                volume.name.as_deref().unwrap_or("without a name"),
                volume.status,
                volume.replication_status.as_deref().unwrap_or("none"),
                volume.host().unwrap_or("no host that is known"),
            ),
        )
    });
    let failure = if broken.len() > LISTED {
        failure.detail("and", format!("{} more", broken.len() - LISTED))
    } else {
        failure
    };
    failure
        .detail("because", words(backend, broken))
        .help(help(broken, true))
        .elsewhere(help(broken, false))
}

fn help(broken: &[(Volume, Damage)], is_ceph: bool) -> String {
    let has = |wanted: Damage| broken.iter().any(|(_, damage)| *damage == wanted);
    let mut help = Vec::new();
    if has(Damage::NotReplicated) {
        help.push(
            "a failover sets volumes that are not replicated to error, and no failback undoes that: check whether \
             their data is intact, then `cinder reset-state --state available ID` (or `in-use`), and keep such volumes \
             off this backend",
        );
    }
    if has(Damage::Replicated) {
        help.push(match is_ceph {
            true => {
                "of those that are replicated, check `rbd mirror image status` on both sites first: which side is primary, \
                 and whether it is the newer one. A reset-state before that may show users stale data"
            }
            false => {
                "of those that are replicated, check both arrays first: which side can be written to, and whether it is the newer \
                 one. A reset-state before that may show users stale data"
            }
        });
    }
    if has(Damage::Elsewhere) {
        help.push("of those that are elsewhere, the cinder-volume log says why: search it for their ids");
    }
    help.join("; ")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn volume(status: &str, replication: Option<&str>, host: &str) -> Volume {
        let volume = json!({
            "id": "00000000-0000-4000-8000-000000000001", "name": "database", "size": 10, "status": status,
            "replication_status": replication, "os-vol-host-attr:host": host,
        });
        serde_json::from_value(volume).expect("a volume")
    }

    fn harm_of(before: (&str, Option<&str>), now: (&str, Option<&str>), active: SiteName) -> Option<Damage> {
        let on = "box@ceph#ceph";
        let backend = "box@ceph".parse().expect("a backend");
        damage(
            &volume(before.0, before.1, on),
            &volume(now.0, now.1, on),
            &backend,
            active,
        )
    }

    #[test]
    fn what_a_movement_does_to_others_is_named_for_what_it_is() {
        let (primary, secondary) = (SiteName::Primary, SiteName::Secondary);
        let enabled = ("in-use", Some("enabled"));
        let plain = ("in-use", Some("disabled"));
        assert_eq!(harm_of(enabled, ("in-use", Some("failed-over")), secondary), None);
        assert_eq!(harm_of(enabled, enabled, primary), None);
        assert_eq!(harm_of(enabled, ("available", Some("enabled")), primary), None);
        // A status that is kept hides what its replication says.
        let error = ("in-use", Some("failover-error"));
        assert_eq!(harm_of(enabled, error, secondary), Some(Damage::Replicated));
        assert_eq!(harm_of(enabled, error, primary), Some(Damage::Replicated));
        assert_eq!(
            harm_of(("in-use", None), ("error", Some("failover-error")), primary),
            Some(Damage::Replicated)
        );
        for place in [primary, secondary] {
            assert_eq!(
                harm_of(plain, ("error", Some("not-capable")), place),
                Some(Damage::NotReplicated)
            );
            assert_eq!(harm_of(plain, plain, place), None);
            // What was broken before is not this run's.
            assert_eq!(harm_of(("error", Some("error")), ("error", Some("error")), place), None);
        }
        assert_eq!(harm_of(enabled, enabled, secondary), Some(Damage::Elsewhere));
        assert_eq!(
            harm_of(enabled, ("in-use", Some("failed-over")), primary),
            Some(Damage::Elsewhere)
        );
        let backend = "box@ceph".parse().expect("a backend");
        let moved = volume("in-use", Some("enabled"), "box@other#other");
        let before = volume("in-use", Some("enabled"), "box@ceph#ceph");
        assert_eq!(damage(&before, &moved, &backend, primary), Some(Damage::Elsewhere));
    }

    #[test]
    fn broken_foreign_volumes_are_listed_with_the_true_reason() {
        let on = "box@ceph#ceph";
        let replicated = (volume("in-use", Some("failover-error"), on), Damage::Replicated);
        let plain = (volume("error", Some("not-capable"), on), Damage::NotReplicated);
        let texts = [
            failure("box@ceph", std::slice::from_ref(&replicated), true),
            failure("box@ceph", &[plain, replicated], false),
        ];
        insta::assert_snapshot!(texts.map(|failure| failure.to_string()).join("\n\n"));
    }
}
