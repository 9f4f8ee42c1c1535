//! What was proven, in words.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::Value;

use crate::connection::FieldChange;
use crate::counted::{by_count, counted};
use crate::event::{
    BootEvidence, LogEvidence, MoveWitness, Proof, SecondWitness, SnapshotEvidence, WorkloadFindings, plain,
};

/// What was proven: a word for the kind of proof and the lines that say what it is.
#[must_use]
pub fn proof_lines(proof: &Proof) -> (&'static str, Vec<String>) {
    match proof {
        Proof::FileRead {
            guest,
            path,
            bytes,
            sha256_before,
            sha256_after,
            device,
            direct,
            second_witness,
        } => {
            let digest = short(sha256_after);
            let same = if sha256_before.is_some() {
                ", the same as when it was written"
            } else {
                ""
            };
            let on = device
                .as_ref()
                .map(|device| format!(" on {device}"))
                .unwrap_or_default();
            let from = match direct {
                Some(true) => ", from the disk",
                Some(false) => ", perhaps from memory: the guest cannot read past its caches",
                None => "",
            };
            let mut lines = vec![format!(
                "{guest} reads {path}{on}: {}, sha256 {digest}{same}{from}",
                counted(*bytes, "byte")
            )];
            lines.extend(second_witness.as_ref().map(witness_line));
            ("data", lines)
        }
        Proof::Workload {
            guest,
            place,
            rpo,
            findings,
            direct,
            second_witness,
        } => {
            let mut lines = vec![workload_line(guest, place, rpo, findings, *direct)];
            lines.extend(second_witness.as_ref().map(|witness| match witness {
                SecondWitness::Storage { site, writes } => {
                    format!("{site} held all {writes} of them when the backend arrived")
                }
                SecondWitness::Nobody { because } => format!("no second witness beside the guest: {because}"),
            }));
            ("workload", lines)
        }
        Proof::Connection {
            volume,
            site,
            fields,
            changes,
            log,
            snapshot,
        } => (
            "connection",
            connection_lines(volume, site, fields, changes, log, snapshot),
        ),
        Proof::Mirrored {
            volume,
            primary,
            global_id,
            mode,
            replaying,
            milliseconds,
        } => (
            "mirror",
            vec![format!(
                "{volume} is primary on {primary}, the other side is {replaying} (mode {mode}, global id {}, after {})",
                short(global_id),
                seconds(*milliseconds)
            )],
        ),
        Proof::PrimaryAlone {
            volume,
            primary,
            mode,
            unknown,
        } => (
            "mirror",
            vec![
                format!("{volume} is primary on {primary} (mode {mode})"),
                unknown.clone(),
            ],
        ),
        Proof::PoolMirrored { pool, sites, snapshot } => {
            let mut lines = vec![format!(
                "pool {pool} is mirrored in mode image, rx-tx, between {}",
                sites.join(" and ")
            )];
            lines.extend(snapshot_line(snapshot));
            ("pool", lines)
        }
        Proof::Replicates { backend, targets } => (
            "backend",
            vec![format!(
                "{backend} has replication_enabled, and targets {}",
                targets.join(", ")
            )],
        ),
        Proof::Replicated {
            volume,
            to,
            milliseconds,
        } => (
            "replay",
            vec![format!(
                "a marker written on {volume} was readable on {to} after {}",
                seconds(*milliseconds)
            )],
        ),
        Proof::Size {
            guest,
            volume,
            device,
            bytes,
        } => (
            "size",
            vec![format!("{guest} sees volume {volume} on {device} with {bytes} bytes")],
        ),
        Proof::FailedOver {
            backend,
            active_backend_id,
            volumes,
            together_with,
            witness,
            api_milliseconds,
            settled_milliseconds,
            ..
        } => {
            let now = if active_backend_id.is_empty() {
                "its primary site"
            } else {
                active_backend_id
            };
            let mut lines = vec![format!(
                "{backend} runs on {now} with {} of this scenario (accepted in {}, settled in {})",
                counted(*volumes, "volume"),
                seconds(*api_milliseconds),
                seconds(*settled_milliseconds)
            )];
            if !together_with.is_empty() {
                lines.push(format!("sent once, together with {}", together_with.join(", ")));
            }
            lines.extend(match witness {
                MoveWitness::Storage { site, images, unasked } => {
                    let images = format!("{} {}", counted(*images, "image"), by_count(*images, "is", "are"));
                    Some(match unasked.as_slice() {
                        [] => format!("its {images} primary on {site} and nowhere else"),
                        lost => format!(
                            "its {images} primary on {site}; {} is lost, and was not asked",
                            lost.join(" and ")
                        ),
                    })
                }
                MoveWitness::Nobody { because } => Some(format!("API only: {because}")),
                MoveWitness::NotAsked => None,
            });
            ("failover", lines)
        }
        Proof::Reconnected {
            server,
            by,
            shelve_milliseconds,
            unshelve_milliseconds,
            boot_milliseconds,
            boot,
        } => {
            let mut lines = vec![format!(
                "{server} was {} in {}, ACTIVE again in {}, reachable in {}",
                by.words(),
                seconds(*shelve_milliseconds),
                seconds(*unshelve_milliseconds),
                seconds(*boot_milliseconds)
            )];
            lines.extend(boot_line(*boot));
            ("reconnect", lines)
        }
    }
}

/// What is known of whether a guest was restarted; nothing where it was not asked.
fn boot_line(boot: BootEvidence) -> Option<String> {
    match boot {
        BootEvidence::Restarted => Some("a new boot: the guest's boot id changed".to_owned()),
        BootEvidence::Untold => Some("only Nova says that it was restarted: the guest has no boot id".to_owned()),
        BootEvidence::NotAsked => None,
    }
}

/// Milliseconds as seconds with two places, for example `0.38s`.
#[must_use]
pub(super) fn seconds(milliseconds: u64) -> String {
    format!("{:.2}s", Duration::from_millis(milliseconds).as_secs_f64())
}

fn connection_lines(
    volume: &str,
    site: &str,
    fields: &BTreeMap<String, Value>,
    changes: &[FieldChange],
    log: &LogEvidence,
    snapshot: &SnapshotEvidence,
) -> Vec<String> {
    let mut lines = if changes.is_empty() {
        let fields: Vec<String> = fields
            .iter()
            .map(|(field, value)| format!("{field} {}", plain(value)))
            .collect();
        vec![format!("{volume} leads to {site}: {}", fields.join(", "))]
    } else {
        let changed =
            |change: &FieldChange| format!("{} {} → {}", change.field, plain(&change.before), plain(&change.after));
        vec![format!(
            "{volume} leads to {site}: {}",
            changes.iter().map(changed).collect::<Vec<_>>().join(", ")
        )]
    };
    lines.push(match log {
        LogEvidence::Agrees { fields, masked } => {
            let masked = match masked.as_slice() {
                [] => String::new(),
                masked => format!(" (masked in the log: {})", masked.join(", ")),
            };
            format!("API and log agree on {}{masked}", counted(*fields, "field"))
        }
        LogEvidence::NotConfigured => "API only: the target names no volume-log".to_owned(),
    });
    lines.extend(snapshot_line(snapshot));
    lines
}

fn snapshot_line(snapshot: &SnapshotEvidence) -> Option<String> {
    match snapshot {
        SnapshotEvidence::Matched { checkpoint } => Some(format!("snapshot {checkpoint} matches")),
        SnapshotEvidence::New { checkpoint, .. } => Some(format!(
            "no snapshot {checkpoint} yet: nothing to compare with; what was seen is kept with the run"
        )),
        SnapshotEvidence::NotAsked => None,
        SnapshotEvidence::NotConfigured => {
            Some("no snapshot compared: the target names no snapshots folder".to_owned())
        }
    }
}

/// The first characters of a digest or id, enough to distinguish two by eye.
fn short(digest: &str) -> String {
    if digest.chars().count() <= 12 {
        digest.to_owned()
    } else {
        digest.chars().take(12).collect::<String>() + "…"
    }
}

fn witness_line(witness: &SecondWitness) -> String {
    match witness {
        SecondWitness::Storage { site, writes } => {
            format!(
                "{site} held all {} when the backend arrived",
                counted(*writes, "synced write")
            )
        }
        SecondWitness::Nobody { because } => format!("no second witness beside the guest: {because}"),
    }
}

/// What a disk holds of a workload.
fn workload_line(guest: &str, place: &str, rpo: &str, findings: &WorkloadFindings, direct: bool) -> String {
    let allowed = match rpo {
        "report" => String::new(),
        rpo => format!(", where {rpo} may be lost"),
    };
    let from = if direct {
        "from the disk"
    } else {
        "perhaps from memory: the guest cannot read past its caches"
    };
    format!(
        "{guest} has {} of {} on {place}, {from}: RPO {}, {}{allowed}",
        findings.acknowledged - findings.lost,
        counted(findings.acknowledged, "acknowledged record"),
        counted(findings.lost, "record"),
        seconds(findings.lost_milliseconds),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::ReconnectedBy;

    #[test]
    fn a_restart_that_only_nova_tells_of_says_so() {
        let lines = |boot: BootEvidence| {
            proof_lines(&Proof::Reconnected {
                server: "app".to_owned(),
                by: ReconnectedBy::Shelve,
                shelve_milliseconds: 200,
                unshelve_milliseconds: 100,
                boot_milliseconds: 100,
                boot,
            })
            .1
        };
        assert!(lines(BootEvidence::Restarted)[1].contains("boot id changed"));
        assert!(lines(BootEvidence::Untold)[1].contains("only Nova says"));
        // A journal of before the question was asked.
        assert_eq!(lines(BootEvidence::NotAsked).len(), 1);
    }
}
