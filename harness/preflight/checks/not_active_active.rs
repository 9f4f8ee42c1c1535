//! Is the backend one that Cinder can take home again?

use super::super::{Check, Facts, Finding, Fix, Group};

pub(super) static CHECK: Check = Check {
    name: "not-active-active",
    question: "Is the backend one that Cinder can take home again?",
    group: Group::Cinder,
    essential: true,
    judge,
};

/// Cinder tells the driver of an active-active service to come home with an empty `backend_id`, which the RBD driver takes for
/// "choose one" and refuses: the service ends `disabled`, with `replication_status` `error` (`volume/manager.py`,
/// `failover`; `volume/drivers/rbd.py`, `_get_failover_target_config`; run on Cinder 28.0.0).
fn judge(facts: &Facts) -> Finding {
    let backend = &facts.expected.backend;
    match facts.service() {
        Err(unasked) => Finding::unasked(unasked),
        Ok(None) => Finding::not_checked("there is no such service: see service-up"),
        Ok(Some(service)) => match (service.cluster.as_deref(), &facts.expected.other_driver) {
            (None, _) => Finding::ok(format!("{backend} is in no cluster of active-active services")),
            (Some(cluster), None) => Finding::problem(format!(
                "{backend} is in cluster {cluster}: the RBD driver refuses the failback of an active-active service"
            ))
            .fix(Fix::Do(
                "run one cinder-volume for this backend, without `cluster` in cinder.conf, before you rely on a failback"
                    .to_owned(),
            )),
            (Some(cluster), Some(driver)) => Finding::warning(format!(
                "{backend} is in cluster {cluster}; whether {driver} comes home from an active-active failover is not known"
            )),
        },
    }
}
