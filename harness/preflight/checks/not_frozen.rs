//! Is the backend not frozen?

use super::super::{At, Check, Facts, Finding, Group};

pub(super) static CHECK: Check = Check {
    name: "not-frozen",
    question: "Is the backend not frozen?",
    group: Group::Cinder,
    essential: true,
    judge,
};

fn judge(facts: &Facts) -> Finding {
    let backend = &facts.expected.backend;
    match facts.service() {
        Err(unasked) => Finding::unasked(unasked),
        Ok(None) => Finding::not_checked("there is no such service: see service-up"),
        Ok(Some(service)) if service.frozen == Some(true) => Finding::problem(format!(
            "{backend} is frozen: no volume can be made or deleted on it, and it stays disabled after a failback"
        ))
        .run(At::Here, format!("cinder thaw-host {backend}")),
        Ok(Some(service)) if service.frozen.is_none() => {
            Finding::not_checked("Cinder does not say whether the backend is frozen")
        }
        Ok(Some(_)) => Finding::ok(format!("{backend} is not frozen")),
    }
}
