//! Is cinder-volume up and enabled?

use super::super::{At, Check, Facts, Finding, Fix, Group};
use super::storage::did_you_mean;
use crate::cloud::Service;

pub(super) static CHECK: Check = Check {
    name: "service-up",
    question: "Is the backend's cinder-volume up and enabled?",
    group: Group::Cinder,
    essential: true,
    judge,
};

fn judge(facts: &Facts) -> Finding {
    let backend = &facts.expected.backend;
    let rows = match facts.judgement() {
        Err(unasked) => return Finding::unasked(&unasked),
        Ok(judgement) => judgement.rows,
    };
    // Of several the worst counts: whether they may be several is asked by at-primary.
    let is_down = |row: &&Service| row.state != "up";
    let is_off = |row: &&Service| row.status != "enabled";
    let worst = rows.iter().find(is_down).or_else(|| rows.iter().find(is_off));
    let Some(service) = worst.or(rows.first()) else {
        return no_such_service(facts);
    };
    if service.state != "up" {
        return Finding::problem(format!(
            "cinder-volume {backend} is {}; its last sign of life is of {} UTC",
            service.state,
            service.updated_at.as_deref().unwrap_or("no known time")
        ))
        .run(At::Controller, "systemctl status cinder-volume")
        .fix(Fix::Do(
            "Cinder refuses a failover of a service that is down (400)".to_owned(),
        ));
    }
    let reason = service.disabled_reason.as_deref().unwrap_or_default();
    match service.status.as_str() {
        "enabled" => Finding::ok(format!("cinder-volume {backend} is up and enabled")),
        // These two have a check of their own, which says what to do.
        _ if service.frozen == Some(true) => Finding::ok(format!(
            "cinder-volume {backend} is up; it is disabled because it is frozen: see not-frozen"
        )),
        // One that says so at its primary site was left so by a failback, and gets no volumes.
        _ if reason == "failed-over" && service.replication_status.as_deref() != Some("enabled") => Finding::ok(
            format!("cinder-volume {backend} is up; it is disabled because it is failed over: see at-primary"),
        ),
        status => Finding::problem(format!(
            "cinder-volume {backend} is {status}{}",
            if reason.is_empty() {
                String::new()
            } else {
                format!(" because: {reason}")
            }
        ))
        .run(
            At::Here,
            format!("openstack volume service set --enable {backend} cinder-volume"),
        ),
    }
}

fn no_such_service(facts: &Facts) -> Finding {
    let services = facts.cloud.services.as_deref().unwrap_or_default();
    let hosts: Vec<&str> = services
        .iter()
        .filter(|service| service.binary == "cinder-volume")
        .map(|service| service.host.as_str())
        .collect();
    let mean = did_you_mean(&facts.expected.backend.to_string(), &hosts);
    Finding::problem(format!(
        "Cinder has no cinder-volume service {}",
        facts.expected.backend
    ))
    .and(if hosts.is_empty() {
        "it has none at all".to_owned()
    } else {
        format!("it has {}", hosts.join(", "))
    })
    .fix(Fix::Do(
        "set `backend` in the target to one of these, as `host@backend`".to_owned(),
    ))
    .fix_if(mean.map(Fix::Do))
}
