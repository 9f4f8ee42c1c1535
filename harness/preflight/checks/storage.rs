//! What the checks of the storage have in common.

use super::super::{Facts, Finding, SiteFacts, Unasked, Why};
use crate::diagnostic::near_miss;
use crate::names::SiteName;

/// Judges both sites one by one, unless there is nothing to ask behind the backend's driver.
pub(super) fn each_site(facts: &Facts, judge: impl Fn(SiteName, &SiteFacts) -> Finding) -> Finding {
    match not_rbd(facts) {
        Some(finding) => finding,
        None => Finding::worst(SiteName::ALL.map(|name| judge(name, facts.site(name))).to_vec()),
    }
}

/// The finding for a driver whose storage cannot be asked.
pub(super) fn not_rbd(facts: &Facts) -> Option<Finding> {
    let driver = facts.expected.other_driver.as_ref()?;
    Some(Finding::not_applicable(format!(
        "the driver is {driver}; only RBD storage can be checked"
    )))
}

/// The finding where a site could not be asked for its pool: whichever check names the cause, this one only says that it
/// knows nothing.
pub(super) fn no_answer(facts: &Facts, name: SiteName, unasked: &Unasked) -> Finding {
    let site = facts.site_name(name);
    if facts.site(name).cluster.is_err() && unasked.why != Why::NoWay {
        return Finding::not_checked(format!("{site} could not be asked: see sites-reachable"));
    }
    match unasked.why {
        Why::NoSuchPool => Finding::not_checked(format!("{site} has no such pool: see same-pool")),
        Why::NotMirrored => Finding::not_checked(format!("{site} does not mirror the pool: see mirror-mode")),
        _ => Finding::unasked(unasked),
    }
}

/// The command line of `rbd` for people, who have their own way to reach the cluster.
pub(super) fn rbd(arguments: &str) -> String {
    format!("rbd {arguments}")
}

/// A question, if a name that is not there looks like a slip of the pen for one that is. What changes the cloud is advised
/// only where it does not.
pub(super) fn did_you_mean(wanted: &str, known: &[&str]) -> Option<String> {
    let near = near_miss(wanted, known.iter().copied());
    // `volume` for `volumes-ssd` is no slip by letters, but is read as one.
    let part = || {
        let shares =
            |name: &&&str| name.len() >= 3 && wanted.len() >= 3 && (name.contains(wanted) || wanted.contains(**name));
        known.iter().find(shares).copied()
    };
    near.or_else(part).map(|near| format!("did you mean {near}?"))
}
