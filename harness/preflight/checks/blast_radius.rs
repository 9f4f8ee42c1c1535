//! Which volumes would a failover move, and which would it ruin?

use super::super::facts::is_replicated;
use super::super::{Check, Facts, Finding, Fix, Group};
use crate::cloud::Volume;

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
/// and leaves them there after the failback (`volume/manager.py`, `failover`). One without any counts as replicated.
fn judge(facts: &Facts) -> Finding {
    let backend = &facts.expected.backend;
    let volumes = match &facts.cloud.volumes {
        Ok(volumes) => volumes,
        Err(unasked) => return Finding::unasked(unasked),
    };
    if volumes.is_empty() {
        return Finding::ok(format!("no volume is on {backend}"));
    }
    let is_hurt = |volume: &&Volume| {
        volume.status.starts_with("error")
            || matches!(volume.replication_status.as_deref(), Some("error" | "failover-error"))
    };
    let ruined: Vec<&Volume> = volumes.iter().filter(|volume| !is_replicated(volume)).collect();
    let hurt: Vec<&Volume> = volumes
        .iter()
        .filter(|volume| is_replicated(volume) && is_hurt(volume))
        .collect();
    if !ruined.is_empty() {
        let finding = Finding::problem(format!(
            "a failover would set {} of {} volumes on {backend} to error for good: they are not replicated",
            ruined.len(),
            volumes.len()
        ));
        return listed(finding, facts, &ruined)
            .fix(Fix::Do(
                "retype each to a replicated type (in place, if it is on the same backend), or move it to another backend:"
                    .to_owned(),
            ))
            .run("here", format!("openstack volume set --type TYPE --retype-policy on-demand {}", ruined[0].id));
    }
    if !hurt.is_empty() {
        let finding = Finding::warning(format!(
            "{} of {} volumes on {backend} are in error",
            hurt.len(),
            volumes.len()
        ));
        return listed(finding, facts, &hurt).fix(Fix::Do("find out why before a failover adds to it".to_owned()));
    }
    let all: Vec<&Volume> = volumes.iter().collect();
    let words = format!(
        "a failover would move {} of {backend}, all replicated",
        count(volumes.len())
    );
    if facts.expected.shared {
        listed(Finding::ok(words), facts, &all)
    } else {
        listed(
            Finding::warning(format!(
                "{words}; a drill refuses, as the target does not say `shared: true`"
            )),
            facts,
            &all,
        )
        .fix(Fix::Do(
            "drill a backend of its own, or say `shared: true` if these may move too".to_owned(),
        ))
    }
}

fn count(number: usize) -> String {
    format!("{number} volume{}", if number == 1 { "" } else { "s" })
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
