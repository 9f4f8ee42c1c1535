//! Is the backend on its primary site, and nothing under way?

use super::super::{At, Check, Facts, Finding, Fix, Group};
use crate::backend::{Place, Standing, Unfit};
use crate::cloud::FAILBACK_ID;

pub(super) static CHECK: Check = Check {
    name: "at-primary",
    question: "Is the backend on its primary site, with no failover running or failed?",
    group: Group::Cinder,
    essential: true,
    judge,
};

fn judge(facts: &Facts) -> Finding {
    let backend = &facts.expected.backend;
    let judgement = match facts.judgement() {
        Ok(judgement) => judgement,
        Err(unasked) => return Finding::unasked(&unasked),
    };
    let Some(service) = judgement.rows.first() else {
        return Finding::not_checked("there is no such service: see service-up");
    };
    let status = service.replication_status.as_deref().unwrap_or("none");
    let active = service.active_backend_id.as_deref().unwrap_or_default();
    let seen = format!(
        "replication_status {status}, active_backend_id {}",
        if active.is_empty() { "empty" } else { active }
    );
    let failed_over = || {
        Finding::problem(format!("{backend} is failed over: {seen}"))
            .fix(Fix::Do(
                "when the primary site replays every image (up+replaying), fail the backend back:".to_owned(),
            ))
            .run(
                At::Here,
                format!("cinder failover-host {backend} --backend_id {FAILBACK_ID}"),
            )
    };
    match &judgement.standing {
        Standing::AtPrimary
        | Standing::Unfit {
            place: Place::AtPrimary,
            ..
        } => Finding::ok(format!("{backend} is on its primary site: {seen}")),
        Standing::Moving => Finding::problem(format!("a failover of {backend} is under way: {seen}"))
            .fix(Fix::Do("wait until it has ended, and check again".to_owned())),
        Standing::Contradiction(contradiction) => {
            let readings = contradiction
                .readings
                .iter()
                .map(|reading| format!("{}: {}", reading.of, reading.says));
            Finding::problem(contradiction.summary.clone())
                .and_all(readings)
                .fix(Fix::Do(if judgement.rows.len() > 1 {
                    "find out which of them is true, and where the images are primary, before anything else: \
                     `cinder-manage service remove` removes a stale row"
                        .to_owned()
                } else {
                    "find out on which site its images are primary, before anything else".to_owned()
                }))
        }
        Standing::Away(_) => failed_over(),
        Standing::Unfit { because, place } => {
            let never_replicated = |because: &Unfit| {
                matches!(because, Unfit::Replication(status)
                    if matches!(status.as_deref(), None | Some("disabled" | "not-capable")))
            };
            match place {
                Place::Away(_) if status == "failed-over" => failed_over(),
                // Whether it replicates at all is asked by pool-capabilities.
                Place::Neither if because.iter().any(never_replicated) => {
                    Finding::ok(format!("{backend} is not failed over: {seen}"))
                }
                _ => Finding::problem(format!("a failover of {backend} failed: {seen}"))
                    .fix(Fix::Do(
                        "the cinder-volume log says why; fix what it names, then restart cinder-volume".to_owned(),
                    ))
                    .run(At::Controller, "systemctl restart cinder-volume"),
            }
        }
        Standing::Absent => Finding::not_checked("there is no such service: see service-up"),
    }
}
