//! Does Nova take shelved servers off their host?

use super::super::{Check, Facts, Finding, Fix, Group, NovaSetting};

pub(super) static CHECK: Check = Check {
    name: "shelve-offload",
    question: "Does Nova offload shelved servers by itself?",
    group: Group::Drill,
    essential: false,
    judge,
};

/// A server that boots from a volume is offloaded at once whatever the setting says (nova/compute/api.py, `shelve`);
/// others stay on the host for `shelved_offload_time` seconds, for ever if that is -1.
fn judge(facts: &Facts) -> Finding {
    let always = "a server that boots from a volume is offloaded at once, whatever the setting";
    if facts.compute.is_empty() {
        return Finding::not_checked("the target names no compute-shells, and Nova's API does not show the setting")
            .and(always)
            .fix(Fix::Do("add `compute-shells` to the target".to_owned()));
    }
    let findings = facts
        .compute
        .iter()
        .map(|(host, said)| match &said.shelved_offload_time {
            Err(unasked) => Finding::unasked(unasked),
            Ok(NovaSetting::Default) => Finding::ok(format!(
                "{host}: shelved_offload_time is not set (Nova's default is 0), so shelved servers leave it at once"
            )),
            Ok(NovaSetting::Set { seconds: 0, .. }) => Finding::ok(format!(
                "{host}: shelved_offload_time is 0, so shelved servers leave it at once"
            )),
            Ok(NovaSetting::Set { seconds, file }) => {
                let how_long = if *seconds < 0 {
                    "for ever".to_owned()
                } else {
                    format!("for {seconds} s")
                };
                Finding::warning(format!(
                    "{host} keeps shelved servers {how_long} (shelved_offload_time = {seconds}), so their volumes stay \
                 connected to the old site"
                ))
                .and(always)
                .fix(Fix::Write {
                    file: format!("{file} of {host}, section [DEFAULT]"),
                    line: "shelved_offload_time = 0".to_owned(),
                })
            }
        });
    Finding::worst(findings.collect())
}
