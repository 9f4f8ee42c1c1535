//! Is there what the target's servers are made from?

use super::super::{Check, Facts, Finding, Fix, Group, Unasked, Why};

pub(super) static CHECK: Check = Check {
    name: "guest-resources",
    question: "Are the image, flavor, network and key of the target's servers there?",
    group: Group::Drill,
    essential: true,
    judge,
};

fn judge(facts: &Facts) -> Finding {
    let guest = &facts.cloud.guest;
    let asked = guest.things.iter().map(|(_, asked)| asked).chain([&guest.key]);
    let findings: Vec<Finding> = asked.filter_map(|asked| asked.as_ref().err()).map(missing).collect();
    if findings.is_empty() {
        let names: Vec<&str> = guest.things.iter().map(|(name, _)| name.as_str()).collect();
        return Finding::ok(format!("{}, and the private key", names.join(", ")));
    }
    Finding::worst(findings)
}

fn missing(unasked: &Unasked) -> Finding {
    if unasked.why != Why::NoSuchName {
        return Finding::unasked(unasked);
    }
    Finding::problem(unasked.reason.clone()).fix_if(unasked.help.clone().map(Fix::Do))
}
