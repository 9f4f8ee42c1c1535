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
    let rows = match facts.judgement() {
        Err(unasked) => return Finding::unasked(&unasked),
        Ok(judgement) => judgement.rows,
    };
    if rows.is_empty() {
        return Finding::not_checked("there is no such service: see service-up");
    }
    if rows.iter().any(|row| row.frozen == Some(true)) {
        return Finding::problem(format!(
            "{backend} is frozen: no volume can be made or deleted on it, and it stays disabled after a failback"
        ))
        .run(At::Here, format!("cinder thaw-host {backend}"));
    }
    if rows.iter().any(|row| row.frozen.is_none()) {
        return Finding::not_checked("Cinder does not say whether the backend is frozen");
    }
    Finding::ok(format!("{backend} is not frozen"))
}
