//! The expected outcome of each trial.

use simcloud::{Flow, Outcome, Saboteur};

use crate::failure::Failure;

use super::trial::{Seen, Trial, TrialOutcome, UNDER_LOAD};

/// What a trial's outcome is, and what is wrong with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judgement {
    /// What happened, in one line.
    pub words: String,
    /// Why that is not what must happen.
    pub wrong: Option<String>,
}

/// Judges a trial: a control passes; what a saboteur does is caught, with words that name its cause, or survived where it
/// should be, or cannot be seen by the flow.
#[must_use]
pub fn judge(trial: &Trial, outcome: &Result<TrialOutcome, String>) -> Judgement {
    let outcome = match outcome {
        Ok(outcome) => outcome,
        Err(reason) => {
            return Judgement {
                words: format!("not run: {reason}"),
                wrong: Some(format!("{} could not be run: {reason}", name(trial))),
            };
        }
    };
    let [sabotage] = trial.sabotage.as_slice() else {
        return must_pass(trial, outcome, "passed");
    };
    let saboteur = sabotage.saboteur;
    if let Some(because) = trial.flow.and_then(|flow| saboteur.unseen_in(flow)) {
        return must_pass(trial, outcome, &format!("cannot be seen: {because}"));
    }
    match saboteur.outcome() {
        Outcome::Survived => must_pass(trial, outcome, "survived"),
        Outcome::Caught => must_be_caught(trial, outcome, &causes(saboteur, trial)),
    }
}

fn name(trial: &Trial) -> String {
    let sabotage: Vec<String> = trial.sabotage.iter().map(ToString::to_string).collect();
    let who = if sabotage.is_empty() {
        "nobody".to_owned()
    } else {
        sabotage.join(" ")
    };
    format!("{} under {who}", trial.scenario)
}

fn must_pass(trial: &Trial, outcome: &TrialOutcome, words: &str) -> Judgement {
    match &outcome.seen {
        Seen::Passed if outcome.left.is_empty() => Judgement {
            words: words.to_owned(),
            wrong: None,
        },
        Seen::Passed => Judgement {
            words: format!("passed, and left {}", outcome.left.join("; ")),
            wrong: Some(format!("{} left {}", name(trial), outcome.left.join("; "))),
        },
        Seen::Failed { verb, failure, .. } => Judgement {
            words: format!("failed in {verb}: {}", failure.summary),
            wrong: Some(format!("{} should pass, and failed in {verb}: {failure}", name(trial))),
        },
    }
}

fn must_be_caught(trial: &Trial, outcome: &TrialOutcome, causes: &[&str]) -> Judgement {
    let Seen::Failed {
        scenario,
        verb,
        failure,
    } = &outcome.seen
    else {
        return Judgement {
            words: "NOT CAUGHT: the drill passed".to_owned(),
            wrong: Some(format!("{} passed: that is a false pass", name(trial))),
        };
    };
    let words = format!("caught by {verb}: {}", failure.summary);
    // What only follows from the cause does not count: a diagnosis must not name a symptom.
    let without_symptom = Failure {
        symptom: None,
        ..failure.clone()
    };
    let text = without_symptom.to_string();
    let missing: Vec<&&str> = causes.iter().filter(|cause| !text.contains(**cause)).collect();
    // A flow that fails back is sabotaged during the failback, and the scenario before it must not be what fails.
    let late = trial.sabotage.iter().any(|sabotage| sabotage.leg.is_some());
    let wrong = if !missing.is_empty() || causes.is_empty() {
        Some(format!(
            "{} failed in {verb}, and does not say {missing:?}: {text}",
            name(trial)
        ))
    } else if late && scenario != trial.scenario {
        Some(format!("{} failed too early, in {scenario}: {text}", name(trial)))
    } else {
        None
    };
    Judgement { words, wrong }
}

/// The words that a diagnosis must have, by which an operator knows the cause.
fn causes(saboteur: Saboteur, trial: &Trial) -> Vec<&'static str> {
    let flow = trial.flow;
    let boots_from_volume = matches!(flow, Some(Flow::BfvFailover | Flow::BfvFailback));
    let ends_at_primary = flow.is_some_and(Flow::ends_at_primary);
    match saboteur {
        Saboteur::RecordDropped => vec![
            "no beginning of what was written",
            "missing before others that are there",
        ],
        Saboteur::OlderContent | Saboteur::PageCacheReads if trial.scenario == UNDER_LOAD => {
            vec!["acknowledged record", "lost on", "nothing may be lost"]
        }
        Saboteur::StaleConnection => vec!["the connection leads to"],
        Saboteur::StaleHosts => vec!["the connection is of both sites", "but hosts still names"],
        Saboteur::StaleClusterName => vec!["but cluster_name still names"],
        Saboteur::StaleAuthUsername => vec!["but auth_username still names"],
        Saboteur::StaleSecret => vec!["but secret_uuid still names"],
        Saboteur::StaleConnectionInApi => vec!["in the attachments API", "the connection leads to"],
        Saboteur::StaleConnectionInLog => vec!["in the cinder-volume log", "the connection leads to"],
        Saboteur::ApiLogDisagree => vec!["the attachments API and the cinder-volume log disagree", "3300"],
        Saboteur::EmptyVolume if boots_from_volume => vec!["holds no root file system"],
        Saboteur::EmptyVolume => vec!["there is no file system that can be mounted", "its data is lost"],
        Saboteur::OlderContent => vec!["holds older data", "that were synced"],
        Saboteur::PageCacheReads if ends_at_primary => vec!["as it was before the failover"],
        Saboteur::PageCacheReads => vec!["holds older data", "that were synced"],
        Saboteur::TornLastWrite => vec!["is torn"],
        Saboteur::ReorderedWrites => vec!["out of order"],
        Saboteur::OneVolumeMissed => vec!["was not moved: its primary is still site-a"],
        Saboteur::FailoverIgnored => vec!["accepted the request (202)", "nothing happened"],
        Saboteur::StuckFailingOver => vec!["failing-over", "cinder-volume"],
        Saboteur::VolumeFailoverError => vec!["failover-error", "though the service says"],
        Saboteur::WrongActiveBackendId if ends_at_primary => vec!["active_backend_id ceph2"],
        Saboteur::WrongActiveBackendId => vec!["another backend than was requested", "ceph3"],
        Saboteur::StaleFailback => vec!["as it was before the failover", "never resynchronized"],
        Saboteur::SplitBrainAfterFailback => vec!["split-brain"],
        Saboteur::MirrorLies => vec!["does not arrive", "though the mirror says that it replays"],
        Saboteur::StuckDetaching => vec!["is stuck in detaching"],
        Saboteur::StuckReserved => vec!["is stuck in reserved"],
        Saboteur::ShelveNeverOffloads => vec!["was not SHELVED_OFFLOADED", "shelving"],
        Saboteur::ServerUnreachable if boots_from_volume => vec!["was not reachable over SSH", "ACTIVE"],
        Saboteur::ServerUnreachable => vec!["does not answer any more", "ACTIVE"],
        Saboteur::ChangedHostKey => vec!["host key"],
        Saboteur::SshNoExitStatus => vec!["exit status"],
        Saboteur::SshHangs => vec!["did not end"],
        Saboteur::Api500Forever => vec!["500"],
        Saboteur::ApiHtml500 => vec!["500", "HTML"],
        Saboteur::ApiHtml200 => vec!["something that is not JSON", "text/html"],
        Saboteur::UnreplicatedLeftInError if trial.shared => {
            vec![
                "1 foreign volume that was healthy before is left in error",
                "somebody-elses-database",
            ]
        }
        Saboteur::UnreplicatedLeftInError => {
            vec!["foreign volume", "failover-host would move", "somebody-elses-database"]
        }
        Saboteur::BadBackendId => vec!["can fail over to ceph3", "not to ceph2"],
        Saboteur::LeftSiteDies if ends_at_primary => vec!["site-b does not answer"],
        Saboteur::LeftSiteDies => vec!["site-a does not answer"],
        Saboteur::StaleWhenStopped => vec!["the connection leads to site-a and not to site-b"],
        Saboteur::DetachForgottenWhenStopped => vec!["is stuck in detaching"],
        Saboteur::OtherContentWhenStarted => {
            vec!["the guest finds none of the", "holds the bytes of all of them"]
        }
        Saboteur::ShutoffInName => vec!["was not restarted", "the one from before the reconnect"],
        Saboteur::ReachedSiteDies if ends_at_primary => vec!["site-a does not answer"],
        Saboteur::ReachedSiteDies => vec!["site-b does not answer"],
        Saboteur::LinkCut => vec!["failover-error", "though the service says"],
        Saboteur::MirrorDaemonDies => vec!["down+"],
        Saboteur::VolumeServiceKilled => vec!["failing-over", "cinder-volume", "primary on neither site"],
        Saboteur::VolumeServiceRestarted => {
            vec!["cinder-volume was restarted in the middle", "primary on neither site"]
        }
        Saboteur::OutageWithoutEffect => vec!["the fault is not in effect", "site-a answers"],
        Saboteur::ResyncIgnored => vec!["is in split-brain", "was flagged for a resync"],
        Saboteur::OldPrimaryWins => vec!["while-away is missing", "was written out of order"],
        Saboteur::ExtendInName => vec!["has another size", "1073741824 bytes on"],
        Saboteur::ExtendNotMirrored => vec!["have different sizes", "1073741824 bytes at site-b"],
        Saboteur::SnapshotIsLive => vec!["after it was made from it, or its snapshot was"],
        Saboteur::CloneIsEmpty => vec!["there is no file system that can be mounted"],
        Saboteur::RetypeInName => vec!["was not readable in the image", "site-b has no image"],
        Saboteur::FreezeWithoutEffect => vec!["a step succeeded that must fail"],
        Saboteur::SnapshotReappears => vec!["is available again, though Cinder accepted its deletion"],
        Saboteur::LogRotated
        | Saboteur::DuplicateLogLines
        | Saboteur::Api500Once
        | Saboteur::TokenRevoked
        | Saboteur::ClockJumps
        | Saboteur::ConnectionReset => Vec::new(),
    }
}
