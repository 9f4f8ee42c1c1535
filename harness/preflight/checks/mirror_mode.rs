//! Is the pool mirrored image by image?

use super::super::{Check, Facts, Finding, Group, SiteFacts};
use super::storage::{each_site, no_answer, rbd};
use crate::names::SiteName;

pub(super) static CHECK: Check = Check {
    name: "mirror-mode",
    question: "Do both sites mirror the pool in mode image?",
    group: Group::Storage,
    essential: true,
    judge: |facts| each_site(facts, |name, site| judge(facts, name, site)),
};

fn judge(facts: &Facts, name: SiteName, site: &SiteFacts) -> Finding {
    let (called, pool) = (facts.site_name(name), facts.pool_name(name));
    let enable = rbd(&format!("mirror pool enable {pool} image"));
    match &site.pool {
        Ok(info) if info.mode == "image" => Finding::ok(format!("pool {pool} is mirrored in mode image on both sites")),
        Ok(info) if info.mode == "disabled" => {
            Finding::problem(format!("{called} does not mirror pool {pool} (mode disabled)")).run(called, enable)
        }
        Ok(info) if info.mode == "pool" => Finding::problem(format!(
            "{called} mirrors pool {pool} in mode pool; expected image, in which Cinder enables each volume's image"
        ))
        .run(called, enable),
        Ok(info) => Finding::not_checked(format!(
            "{called} mirrors pool {pool} in mode {}, which is not understood: check yourself whether images are \
             enabled one by one in it",
            info.mode
        )),
        Err(unasked) => no_answer(facts, name, unasked),
    }
}
