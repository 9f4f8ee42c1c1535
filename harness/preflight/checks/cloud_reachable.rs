//! Does the cloud let one in, as an administrator?

use super::super::{Check, Facts, Finding, Fix, Group, Unasked, Why};

pub(super) static CHECK: Check = Check {
    name: "cloud-reachable",
    question: "Does the cloud answer, and is the user an administrator of Cinder?",
    group: Group::Cinder,
    essential: true,
    judge,
};

fn judge(facts: &Facts) -> Finding {
    let problem = |unasked: &Unasked| {
        let finding = Finding::problem(unasked.reason.clone());
        match &unasked.help {
            Some(help) => finding.fix(Fix::Do(help.clone())),
            None => finding,
        }
    };
    match (&facts.cloud.login, &facts.cloud.services) {
        (Err(unasked), _) => problem(unasked),
        (Ok(login), Err(unasked)) if unasked.why == Why::Forbidden => Finding::problem(format!(
            "{login} may not ask for Cinder's services: failover-host needs an administrator"
        ))
        .fix(Fix::Do("name a cloud with an administrator in the target".to_owned())),
        (Ok(_), Err(unasked)) => problem(unasked),
        (Ok(login), Ok(_)) => Finding::ok(format!("{login} may ask for Cinder's services")),
    }
}
