//! Can Cinder fail the backend back?

use super::super::{Check, Facts, Finding, Fix, Group};
use crate::backend::ActiveActive;

pub(super) static CHECK: Check = Check {
    name: "not-active-active",
    question: "Can Cinder fail the backend back?",
    group: Group::Cinder,
    essential: true,
    judge,
};

/// The same question as `run` asks before it makes anything.
fn judge(facts: &Facts) -> Finding {
    let backend = &facts.expected.backend;
    let judgement = match facts.judgement() {
        Err(unasked) => return Finding::unasked(&unasked),
        Ok(judgement) if judgement.rows.is_empty() => {
            return Finding::not_checked("there is no such service: see service-up");
        }
        Ok(judgement) => judgement,
    };
    let driver = &facts.expected.profile;
    match judgement.active_active(driver.active_active.fails_back) {
        ActiveActive::No => Finding::ok(format!("{backend} is in no cluster of active-active services")),
        ActiveActive::FailsBack(cluster) => Finding::ok(format!(
            "{backend} is in cluster {cluster}, from whose failover the driver {} fails back",
            driver.driver
        )),
        ActiveActive::Stranded(cluster) => Finding::problem(format!(
            "{backend} is in cluster {cluster}: the driver {} does not fail back from the failover of an active-active service, \
             and a drill refuses to begin",
            driver.driver
        ))
        .and_all(driver.active_active.because.iter().cloned())
        .and_all(judgement.members.iter().map(|member| format!("{} is in it too, and moves with it", member.host)))
        .fix(Fix::Do(
            "run one cinder-volume for this backend, without `cluster` in cinder.conf, before you rely on a failback"
                .to_owned(),
        )),
        ActiveActive::Unknown(cluster) => Finding::warning(format!(
            "{backend} is in cluster {cluster}; it is not known whether {} can fail back from an active-active failover",
            driver.driver
        )),
    }
}
