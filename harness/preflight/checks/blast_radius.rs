//! Which volumes would a failover move, and which would it ruin?

use super::super::{At, Check, Facts, Finding, Fix, Group};
use crate::cloud::{Replication, Volume};
use crate::counted::{by_count, counted};

/// How many volumes are listed before they are only counted.
const LISTED: usize = 20;

pub(super) static CHECK: Check = Check {
    name: "blast-radius",
    question: "Which volumes would a failover move, and which would it set to error?",
    group: Group::Volumes,
    essential: true,
    judge,
};

/// Cinder sets volumes whose `replication_status` is `disabled` or `not-capable` to `error` before it calls the driver,
/// and leaves them there after the failback (`volume/manager.py`, `failover`). One without any is handed to the driver, which
/// fails it.
fn judge(facts: &Facts) -> Finding {
    let backend = &facts.expected.backend;
    let volumes = match &facts.cloud.volumes {
        Ok(volumes) => volumes,
        Err(unasked) => return Finding::unasked(unasked),
    };
    let is_not = |replication: Replication| move |volume: &&Volume| volume.replication() == replication;
    let not: Vec<&Volume> = volumes.iter().filter(is_not(Replication::Not)).collect();
    let unknown: Vec<&Volume> = volumes.iter().filter(is_not(Replication::Unknown)).collect();
    let finding = if !not.is_empty() || !unknown.is_empty() {
        ruined(facts, volumes.len(), &not, &unknown)
    } else if let Some(finding) = hurt(facts, volumes).filter(|_| facts.expected.shared) {
        finding
    } else if volumes.is_empty() && facts.cloud.in_flight.is_empty() && facts.cloud.unseen.is_empty() {
        Finding::ok(format!("no volume is on {backend}"))
    } else {
        moving(facts, volumes)
    };
    match &facts.cloud.uncounted {
        Some(why) => finding.and(format!("the volumes of all projects could not be counted: {why}")),
        None => finding,
    }
}

/// Volumes that a failover would set to error, or that the driver could not move.
fn ruined(facts: &Facts, all: usize, not: &[&Volume], unknown: &[&Volume]) -> Finding {
    let backend = &facts.expected.backend;
    let volumes = counted(all, "volume");
    let set = |number: usize| {
        format!("a failover would set {number} of {volumes} on {backend} to error permanently: they are not replicated")
    };
    let words = match (not.len(), unknown.len()) {
        (not, 0) => set(not),
        (0, unknown) => format!(
            "{unknown} of {volumes} on {backend} {} not known to be replicated: Cinder would have the driver move \
             them, and the driver may leave them in error",
            by_count(unknown, "is", "are")
        ),
        (not, unknown) => format!(
            "{}; {unknown} more {} not known to be",
            set(not),
            by_count(unknown, "is", "are")
        ),
    };
    let ruined: Vec<&Volume> = not.iter().chain(unknown).copied().collect();
    listed(Finding::problem(words), facts, &ruined)
        .fix(Fix::Do(
            "retype each to a replicated type (in place, if it is on the same backend), or move it to another backend:"
                .to_owned(),
        ))
        .run(
            At::Here,
            format!(
                "openstack volume set --type TYPE --retype-policy on-demand {}",
                ruined[0].id
            ),
        )
}

fn is_hurt(volume: &&Volume) -> bool {
    volume.status.starts_with("error") || volume.replication() == Replication::Broken
}

fn hurt(facts: &Facts, volumes: &[Volume]) -> Option<Finding> {
    let hurt: Vec<&Volume> = volumes.iter().filter(is_hurt).collect();
    if hurt.is_empty() {
        return None;
    }
    let words = format!(
        "{} of {} on {} {} in error",
        hurt.len(),
        counted(volumes.len(), "volume"),
        facts.expected.backend,
        by_count(hurt.len(), "is", "are")
    );
    let finding = listed(Finding::warning(words), facts, &hurt);
    Some(finding.fix(Fix::Do("find out why before a failover adds to it".to_owned())))
}

/// What would move is replicated, as far as it is in order. A drill refuses what the target does not call shared
/// (`run/blast_radius.rs`), and so does this.
fn moving(facts: &Facts, volumes: &[Volume]) -> Finding {
    let backend = &facts.expected.backend;
    let (in_flight, unseen) = (&facts.cloud.in_flight, &facts.cloud.unseen);
    let mut words = match volumes.len() {
        0 => format!("no volume is on {backend} for certain"),
        number => format!(
            "a failover would move {} of {backend}, {}",
            counted(number, "volume"),
            match volumes.iter().filter(is_hurt).count() {
                0 => "all replicated".to_owned(),
                hurt => format!("{hurt} of them in error"),
            }
        ),
    };
    if !in_flight.is_empty() {
        words.push_str(&format!(
            "; {} may come to it by then",
            counted(in_flight.len(), "volume")
        ));
    }
    if !unseen.is_empty() {
        words.push_str(&format!(
            "; its pool has images of {} that Cinder does not list",
            counted(unseen.len(), "volume")
        ));
    }
    let all: Vec<&Volume> = volumes.iter().collect();
    let finding = if facts.expected.shared && unseen.is_empty() {
        Finding::ok(words)
    } else if facts.expected.shared {
        Finding::warning(words)
    } else {
        Finding::problem(format!(
            "{words}; a drill refuses, because the target does not set `shared: true`"
        ))
        .fix(Fix::Do(
            "use a dedicated backend, or set `shared: true` if these volumes may move too".to_owned(),
        ))
    };
    listed(finding, facts, &all)
        .and_all(in_flight.iter().take(LISTED).map(|counted| {
            let name = counted.volume.name.as_deref().unwrap_or("without a name");
            format!(
                "{} ({name}, {}): {}",
                counted.volume.id, counted.volume.status, counted.why
            )
        }))
        .and_all(unseen.iter().take(LISTED).map(|image| {
            format!(
                "{image}: Cinder hides it from this user, or does not know it (then `rbd rm` removes it, if it is not \
                 needed)"
            )
        }))
}

fn listed(finding: Finding, facts: &Facts, volumes: &[&Volume]) -> Finding {
    let shown = volumes.iter().take(LISTED).map(|volume| words(facts, volume));
    let finding = finding.and_all(shown);
    match volumes.len().checked_sub(LISTED) {
        Some(more @ 1..) => finding.and(format!("and {more} more")),
        _ => finding,
    }
}

/// A volume: what it is called, how large, whose, and where it is attached.
fn words(facts: &Facts, volume: &Volume) -> String {
    let name = volume
        .name
        .as_deref()
        .filter(|name| !name.is_empty())
        .unwrap_or("without a name");
    let whose = match (&volume.project_id, &facts.cloud.project) {
        (Some(project), Some(own)) if project == own => "this project".to_owned(),
        (Some(project), _) => format!("project {project}"),
        (None, _) => "project unknown".to_owned(),
    };
    let servers: Vec<String> = volume
        .attachments
        .iter()
        .map(|attachment| match (&attachment.server_id, &attachment.host_name) {
            (Some(server), _) => format!("server {server}"),
            (None, Some(host)) => format!("host {host}"),
            (None, None) => "somebody".to_owned(),
        })
        .collect();
    let attached = if servers.is_empty() {
        format!("not attached ({})", volume.status)
    } else {
        format!("attached to {}", servers.join(", "))
    };
    format!(
        "{} ({name}, {} GiB), of {whose}, {attached}, replication_status {}",
        volume.id,
        volume.size_gib,
        volume.replication_status.as_deref().unwrap_or("none")
    )
}
