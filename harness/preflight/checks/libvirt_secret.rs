//! Do the compute hosts have the key to the secondary cluster?

use super::super::{Check, Facts, Finding, Fix, Group};
use super::storage::not_rbd;

pub(super) static CHECK: Check = Check {
    name: "libvirt-secret",
    question: "Do the compute hosts have libvirt's secret for the secondary cluster?",
    group: Group::Drill,
    essential: false,
    judge,
};

fn judge(facts: &Facts) -> Finding {
    if let Some(finding) = not_rbd(facts) {
        return finding;
    }
    if facts.compute.is_empty() {
        return Finding::not_checked("the target names no compute-shells").fix(Fix::Do(
            "add `compute-shells` to the target, or check on each compute host: `virsh secret-list`".to_owned(),
        ));
    }
    let secondary = facts.expected.secondary.as_ref();
    let Some(secret) = secondary.and_then(|site| site.secret.as_deref()) else {
        return Finding::not_checked("the target does not say which secret it is").fix(Fix::Do(
            "give sites.secondary `libvirt-secret` in the target: `secret_uuid` of replication_device".to_owned(),
        ));
    };
    let user = secondary.and_then(|site| site.user.as_deref()).unwrap_or("USER");
    let findings = facts.compute.iter().map(|(host, said)| match &said.secrets {
        Err(unasked) => Finding::unasked(unasked),
        Ok(secrets) if secrets.iter().any(|known| known.eq_ignore_ascii_case(secret)) => {
            Finding::ok(format!("{host} has secret {secret}"))
        }
        Ok(_) => Finding::problem(format!(
            "libvirt on {host} has no secret {secret}: no server there can connect to the secondary cluster"
        ))
        .fix(Fix::Do(format!(
            "define it with this UUID and the usage `ceph client.{user} secret`, and give it the key:"
        )))
        .run(host.as_str(), "virsh secret-define --file secret.xml")
        .run(
            host.as_str(),
            format!("virsh secret-set-value --secret {secret} --file KEYFILE"),
        ),
    });
    Finding::worst(findings.collect())
}
