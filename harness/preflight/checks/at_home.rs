//! Is the backend at home, and nothing under way?

use super::super::{Check, Facts, Finding, Fix, Group};
use crate::backend::{Judgement, Place, Standing};

pub(super) static CHECK: Check = Check {
    name: "at-home",
    question: "Is the backend at home, with no failover under way and no failed one behind it?",
    group: Group::Cinder,
    essential: true,
    judge,
};

fn judge(facts: &Facts) -> Finding {
    let backend = &facts.expected.backend;
    let judgement = match facts.backend() {
        Err(unasked) => return Finding::unasked(&unasked),
        Ok(judgement) => judgement,
    };
    let service = match judgement.rows.as_slice() {
        [] => return Finding::not_checked("there is no such service: see service-up"),
        [service] => service,
        _ => return contradiction(&judgement),
    };
    let status = service.replication_status.as_deref().unwrap_or("none");
    let active = service.active_backend_id.as_deref().unwrap_or_default();
    let seen = format!(
        "replication_status {status}, active_backend_id {}",
        if active.is_empty() { "empty" } else { active }
    );
    match (&judgement.standing, status) {
        (Standing::Home | Standing::Unfit { place: Place::Home, .. }, _) => {
            Finding::ok(format!("{backend} is at home: {seen}"))
        }
        // Whether it replicates at all is asked by pool-capabilities.
        (
            Standing::Unfit {
                place: Place::Neither, ..
            },
            "disabled" | "not-capable" | "none",
        ) => Finding::ok(format!("{backend} is not away: {seen}")),
        (
            Standing::Away(_)
            | Standing::Unfit {
                place: Place::Away(_), ..
            },
            "failed-over",
        ) => Finding::problem(format!("{backend} is failed over: {seen}"))
            .fix(Fix::Do(
                "when the primary site replays every image (up+replaying), take the backend home:".to_owned(),
            ))
            .run("here", format!("cinder failover-host {backend} --backend_id default")),
        (Standing::Moving, _) => Finding::problem(format!("a failover of {backend} is under way: {seen}"))
            .fix(Fix::Do("wait until it has ended, and look again".to_owned())),
        // cinder-volume starts as `enabled` after a failover that failed, and keeps the active_backend_id.
        (Standing::Contradiction(_), "enabled") if !active.is_empty() => Finding::problem(format!(
            "{backend} says it is at home, and that it runs on {active}: {seen}"
        ))
        .fix(Fix::Do(
            "find out on which site its images are primary, before anything else".to_owned(),
        )),
        (Standing::Contradiction(_), _) => contradiction(&judgement),
        _ => Finding::problem(format!("a failover of {backend} failed: {seen}"))
            .fix(Fix::Do(
                "the cinder-volume log says why; set right what it names, then restart cinder-volume".to_owned(),
            ))
            .run("controller", "systemctl restart cinder-volume"),
    }
}

/// Rows that contradict each other, or one that contradicts itself: all readings.
fn contradiction(judgement: &Judgement) -> Finding {
    let Standing::Contradiction(found) = &judgement.standing else {
        return Finding::not_checked("there is no one service: see service-up");
    };
    let finding = Finding::problem(found.summary.clone());
    let finding = found.readings.iter().fold(finding, |finding, reading| {
        finding.and(format!("{}: {}", reading.of, reading.says))
    });
    finding.fix(Fix::Do(
        "find out which of them is true, and where the images are primary, before anything else: \
         `cinder-manage service remove` takes away a row that is stale"
            .to_owned(),
    ))
}
