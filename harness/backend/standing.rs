//! What all service rows of a backend say, taken together.
//!
//! Several rows, or a row that contradicts itself, are never resolved in anybody's favour: who moves a backend because of
//! one reading against another moves everybody's volumes on a guess.

use std::fmt;

use crate::cloud::{BackendHost, FAILBACK_ID, Service};
use crate::counted::counted;

/// The site that a backend says it runs on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// The site that is primary while nothing is failed over.
    AtPrimary,
    /// The replication target of this `active_backend_id`.
    Away(String),
    /// It says neither: a failover failed, or it does not replicate.
    Neither,
}

/// Why a backend takes no failover, although where it is may be known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unfit {
    /// cinder-volume has not reported within `service_down_time`: Cinder refuses a failover (400).
    Down,
    /// The service is disabled; the reason, where one was given.
    Disabled(Option<String>),
    /// Frozen: nothing can be made or deleted on it, and it stays disabled after a failback.
    Frozen,
    /// A `replication_status` from which Cinder accepts no failover: `failover-error`, `error`, `not-capable`, `disabled`, or
    /// none.
    Replication(Option<String>),
}

/// One source and what it says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reading {
    /// Who says it, for example `service row` or `image volume-… on site-a`.
    pub of: String,
    /// What it says.
    pub says: String,
}

/// Two readings that cannot both be true.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contradiction {
    /// What is at odds, as a sentence without a full stop.
    pub summary: String,
    /// All readings, whichever of them is right.
    pub readings: Vec<Reading>,
}

/// The state of a backend, by its rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// At the primary site, up, enabled, not frozen: it can be failed over.
    AtPrimary,
    /// Failed over to this `active_backend_id`, up and not frozen: it can be failed back.
    Away(String),
    /// A failover or failback is under way.
    Moving,
    /// It takes no failover now.
    Unfit {
        /// Where it is, as far as it says.
        place: Place,
        /// Why, all of it.
        because: Vec<Unfit>,
    },
    /// Its readings contradict each other.
    Contradiction(Contradiction),
    /// Cinder has no such service.
    Absent,
}

/// The judgement of a backend, and what it was made from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judgement {
    /// Its place.
    pub standing: Standing,
    /// Its rows, in Cinder's order. One, unless Cinder has none or several.
    pub rows: Vec<Service>,
    /// The cluster that it belongs to: `failover_host` moves all of it (Cinder's `volume/api.py`,
    /// `_get_cluster_and_services_for_replication`).
    pub cluster: Option<String>,
    /// The rows of the cluster's other members.
    pub members: Vec<Service>,
}

/// Judges a backend by all rows that Cinder has of it and, if it is in a cluster, of the cluster's other members. `services`
/// are all cinder-volume services of the cloud, and `primary_id` is what `active_backend_id` says at the primary site, if the driver
/// fails back by a failover to its own array.
#[must_use]
pub fn judge(backend: &BackendHost, primary_id: Option<&str>, services: &[Service]) -> Judgement {
    let volume_services = || services.iter().filter(|service| service.binary == "cinder-volume");
    let own = |service: &&Service| service.host == backend.to_string();
    let as_meant = |row: &Service| as_the_driver_means(primary_id, row);
    let rows: Vec<Service> = volume_services().filter(own).map(as_meant).collect();
    let cluster = rows.iter().find_map(|row| row.cluster.clone());
    let is_member = |service: &&Service| cluster.is_some() && service.cluster == cluster && !own(service);
    let members: Vec<Service> = volume_services().filter(is_member).map(as_meant).collect();
    let standing = match rows.as_slice() {
        [] => Standing::Absent,
        [row] => together(of_row(row), row, &members),
        _ => Standing::Contradiction(Contradiction {
            summary: format!("Cinder has {} of {backend}", counted(rows.len(), "service row")),
            readings: rows.iter().map(reading).collect(),
        }),
    };
    Judgement {
        standing,
        rows,
        cluster,
        members,
    }
}

/// A row; one that such a driver leaves `failed-over` at its primary array is read as what it is: at home, whatever Cinder calls it
/// (`volume/manager.py`, `failover`: it knows the way back as `default` only).
fn as_the_driver_means(primary_id: Option<&str>, row: &Service) -> Service {
    let mut row = row.clone();
    if has_returned(primary_id, &row) {
        row.replication_status = Some("enabled".to_owned());
        row.active_backend_id = None;
    }
    row
}

fn has_returned(primary_id: Option<&str>, row: &Service) -> bool {
    primary_id.is_some()
        && row.replication_status.as_deref() == Some("failed-over")
        && row.active_backend_id.as_deref() == primary_id
}

/// Whether a failback left this service disabled at its primary site, as that of such a driver does.
#[must_use]
pub fn is_left_disabled(primary_id: Option<&str>, row: &Service) -> bool {
    has_returned(primary_id, row) && row.status == "disabled" && row.disabled_reason.as_deref() == Some("failed-over")
}

/// What the one row of a backend says.
fn of_row(row: &Service) -> Standing {
    let active = row.active_backend_id.as_deref().filter(|active| !active.is_empty());
    let contradiction = |summary: String| {
        Standing::Contradiction(Contradiction {
            summary,
            readings: vec![
                Reading {
                    of: "replication_status".to_owned(),
                    says: row.replication_status.as_deref().unwrap_or("none").to_owned(),
                },
                Reading {
                    of: "active_backend_id".to_owned(),
                    says: active.unwrap_or("none").to_owned(),
                },
            ],
        })
    };
    let place = match (row.replication_status.as_deref(), active) {
        (Some("failing-over"), _) => return Standing::Moving,
        (Some("enabled"), None) => Place::AtPrimary,
        // A restart of cinder-volume in the middle of a failover sets `enabled` and keeps the id (volume/manager.py,
        // `init_host`), whatever has been moved.
        (Some("enabled"), Some(active)) => {
            return contradiction(format!(
                "{} says that it is on its primary site (enabled) and that it runs on {active}",
                row.host
            ));
        }
        (Some("failed-over"), Some(active)) if active != FAILBACK_ID => Place::Away(active.to_owned()),
        (Some("failed-over"), _) => {
            return contradiction(format!(
                "{} says that it is failed over and names no site that it runs on",
                row.host
            ));
        }
        (_, Some(active)) => Place::Away(active.to_owned()),
        _ => Place::Neither,
    };
    let mut because = Vec::new();
    if row.state != "up" {
        because.push(Unfit::Down);
    }
    if row.frozen == Some(true) {
        because.push(Unfit::Frozen);
    }
    // A service that is failed over is disabled by the failover; one that is frozen, by the freeze.
    if place == Place::AtPrimary && row.status != "enabled" && row.frozen != Some(true) {
        because.push(Unfit::Disabled(row.disabled_reason.clone()));
    }
    if !matches!(row.replication_status.as_deref(), Some("enabled" | "failed-over")) {
        because.push(Unfit::Replication(row.replication_status.clone()));
    }
    match place {
        Place::AtPrimary if because.is_empty() => Standing::AtPrimary,
        Place::Away(active) if because.is_empty() => Standing::Away(active),
        place => Standing::Unfit { place, because },
    }
}

/// The members of a cluster move together, so they must be at one place.
fn together(own: Standing, row: &Service, members: &[Service]) -> Standing {
    if members.iter().any(|member| of_row(member) == Standing::Moving) {
        return Standing::Moving;
    }
    let place = |standing: &Standing| match standing {
        Standing::AtPrimary => Place::AtPrimary,
        Standing::Away(active) => Place::Away(active.clone()),
        Standing::Unfit { place, .. } => place.clone(),
        _ => Place::Neither,
    };
    let elsewhere = |member: &Service| place(&of_row(member)) != place(&own);
    if !matches!(own, Standing::Contradiction(_) | Standing::Moving) && members.iter().any(elsewhere) {
        return Standing::Contradiction(Contradiction {
            summary: format!("the members of the cluster of {} are not at one place", row.host),
            readings: std::iter::once(row).chain(members).map(reading).collect(),
        });
    }
    own
}

fn reading(row: &Service) -> Reading {
    Reading {
        of: format!("service row of {}", row.host),
        says: words(row),
    }
}

/// A service row in words.
#[must_use]
pub fn words(service: &Service) -> String {
    let mut words = format!(
        "{}, {}, replication_status {}",
        service.state,
        service.status,
        service.replication_status.as_deref().unwrap_or("none")
    );
    if let Some(active) = service.active_backend_id.as_deref().filter(|active| !active.is_empty()) {
        words.push_str(&format!(", active_backend_id {active}"));
    }
    if service.frozen == Some(true) {
        words.push_str(", frozen");
    }
    if let Some(reason) = service.disabled_reason.as_deref().filter(|reason| !reason.is_empty()) {
        words.push_str(&format!(", disabled because: {reason}"));
    }
    words
}

impl Judgement {
    /// All rows in words, for a wait or a failure.
    #[must_use]
    pub fn words(&self) -> String {
        match self.rows.as_slice() {
            [] => "no such service".to_owned(),
            [row] => words(row),
            rows => rows.iter().map(words).collect::<Vec<_>>().join(" | "),
        }
    }
}

impl fmt::Display for Unfit {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Unfit::Down => formatter.write_str("cinder-volume is down"),
            Unfit::Disabled(None) => formatter.write_str("the service is disabled"),
            Unfit::Disabled(Some(reason)) => write!(formatter, "the service is disabled because: {reason}"),
            Unfit::Frozen => formatter.write_str("the backend is frozen"),
            Unfit::Replication(status) => write!(
                formatter,
                "its replication_status is {}",
                status.as_deref().unwrap_or("none")
            ),
        }
    }
}

/// A service row of box@ceph on its primary site, with changes.
#[cfg(test)]
pub(crate) fn row(changes: serde_json::Value) -> Service {
    let mut row = serde_json::json!({
        "binary": "cinder-volume", "host": "box@ceph", "status": "enabled", "state": "up",
        "replication_status": "enabled", "active_backend_id": null, "frozen": false,
    });
    for (key, value) in changes.as_object().expect("an object") {
        row[key] = value.clone();
    }
    serde_json::from_value(row).expect("a service")
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn standing(rows: Vec<Service>) -> Standing {
        judge(&"box@ceph".parse().expect("a backend"), None, &rows).standing
    }

    fn away() -> Value {
        json!({ "status": "disabled", "disabled_reason": "failed-over", "replication_status": "failed-over", "active_backend_id": "ceph2" })
    }

    #[test]
    fn at_the_primary_is_all_of_enabled_up_not_frozen_and_no_active_id() {
        assert_eq!(standing(vec![row(json!({}))]), Standing::AtPrimary);
        assert_eq!(
            standing(vec![row(json!({ "active_backend_id": "" }))]),
            Standing::AtPrimary
        );
        let unfit = |changes, because| {
            let place = Place::AtPrimary;
            assert_eq!(standing(vec![row(changes)]), Standing::Unfit { place, because });
        };
        unfit(json!({ "state": "down" }), vec![Unfit::Down]);
        unfit(json!({ "frozen": true, "status": "disabled" }), vec![Unfit::Frozen]);
        unfit(json!({ "status": "disabled" }), vec![Unfit::Disabled(None)]);
        unfit(
            json!({ "status": "disabled", "disabled_reason": "work", "state": "down" }),
            vec![Unfit::Down, Unfit::Disabled(Some("work".to_owned()))],
        );
    }

    #[test]
    fn away_names_its_site() {
        assert_eq!(standing(vec![row(away())]), Standing::Away("ceph2".to_owned()));
        for active in [json!(null), json!(""), json!("default")] {
            let mut changes = away();
            changes["active_backend_id"] = active;
            assert!(matches!(standing(vec![row(changes)]), Standing::Contradiction(_)));
        }
        let mut down = away();
        down["state"] = json!("down");
        let place = Place::Away("ceph2".to_owned());
        let because = vec![Unfit::Down];
        assert_eq!(standing(vec![row(down)]), Standing::Unfit { place, because });
    }

    #[test]
    fn enabled_with_an_active_id_is_a_contradiction_and_says_both() {
        let Standing::Contradiction(found) = standing(vec![row(json!({ "active_backend_id": "ceph2" }))]) else {
            panic!("not a contradiction");
        };
        let says: Vec<&str> = found.readings.iter().map(|reading| reading.says.as_str()).collect();
        assert_eq!(says, ["enabled", "ceph2"]);
    }

    #[test]
    fn a_state_that_takes_no_failover_is_unfit_wherever_it_is() {
        for status in [
            json!("failover-error"),
            json!("error"),
            json!("not-capable"),
            json!(null),
        ] {
            for (active, place) in [
                (json!(null), Place::Neither),
                (json!("ceph2"), Place::Away("ceph2".to_owned())),
            ] {
                let found = standing(vec![row(
                    json!({ "replication_status": status, "active_backend_id": active }),
                )]);
                let because = vec![Unfit::Replication(status.as_str().map(str::to_owned))];
                assert_eq!(found, Standing::Unfit { place, because });
            }
        }
        let moving = row(json!({ "replication_status": "failing-over" }));
        assert_eq!(standing(vec![moving]), Standing::Moving);
    }

    #[test]
    fn several_rows_are_refused_even_if_they_agree() {
        assert!(matches!(
            standing(vec![row(json!({})), row(json!({}))]),
            Standing::Contradiction(_)
        ));
        let stale = standing(vec![row(json!({ "state": "down" })), row(away())]);
        assert!(matches!(stale, Standing::Contradiction(_)));
        assert_eq!(standing(vec![row(json!({ "host": "box@other" }))]), Standing::Absent);
        assert_eq!(
            standing(vec![row(json!({ "binary": "cinder-backup" })), row(json!({}))]),
            Standing::AtPrimary
        );
    }

    #[test]
    fn a_driver_that_fails_back_by_a_failover_is_at_its_primary_site_by_the_id_of_its_own_array() {
        let backend = "box@ceph".parse().expect("a backend");
        let returned = |changes: Value| {
            let mut of_driver = json!({ "replication_status": "failed-over", "active_backend_id": "array-a" });
            let of_driver_map = of_driver.as_object_mut().expect("an object");
            of_driver_map.extend(changes.as_object().cloned().unwrap_or_default());
            row(of_driver)
        };
        let standing = |primary_id, row: &Service| judge(&backend, primary_id, std::slice::from_ref(row)).standing;
        let enabled = returned(json!({}));
        assert_eq!(standing(Some("array-a"), &enabled), Standing::AtPrimary);
        for other in [None, Some("array-b")] {
            assert_eq!(
                standing(other, &enabled),
                Standing::Away("array-a".to_owned()),
                "{other:?}"
            );
        }
        // Cinder leaves it disabled, and no volume goes to it.
        let disabled = returned(json!({ "status": "disabled", "disabled_reason": "failed-over" }));
        assert_eq!(
            standing(Some("array-a"), &disabled),
            Standing::Unfit {
                place: Place::AtPrimary,
                because: vec![Unfit::Disabled(Some("failed-over".to_owned()))]
            }
        );
        assert!(is_left_disabled(Some("array-a"), &disabled) && !is_left_disabled(Some("array-a"), &enabled));
        // Who disabled it for another reason knows why.
        let work = returned(json!({ "status": "disabled", "disabled_reason": "work" }));
        assert!(!is_left_disabled(Some("array-a"), &work) && !is_left_disabled(None, &disabled));
    }

    #[test]
    fn the_members_of_a_cluster_stand_together() {
        let own = json!({ "cluster": "ha@ceph" });
        let other = |mut changes: Value| {
            changes["cluster"] = json!("ha@ceph");
            changes["host"] = json!("box2@ceph");
            row(changes)
        };
        let judged = judge(
            &"box@ceph".parse().expect("a backend"),
            None,
            &[row(own.clone()), other(json!({})), row(json!({ "host": "box3@ceph" }))],
        );
        assert_eq!(
            (judged.standing, judged.cluster.as_deref(), judged.members.len()),
            (Standing::AtPrimary, Some("ha@ceph"), 1)
        );
        assert!(matches!(
            standing(vec![row(own.clone()), other(away())]),
            Standing::Contradiction(_)
        ));
        let moving = standing(vec![row(own), other(json!({ "replication_status": "failing-over" }))]);
        assert_eq!(moving, Standing::Moving);
    }

    #[test]
    fn a_member_that_failed_is_at_no_place_of_anybody() {
        let failed = json!({ "host": "box2@ceph", "cluster": "c@ceph", "replication_status": "failover-error" });
        let mut away = away();
        away["cluster"] = json!("c@ceph");
        let down = json!({ "cluster": "c@ceph", "state": "down" });
        for own in [json!({ "cluster": "c@ceph" }), away, down] {
            let standing = standing(vec![row(own.clone()), row(failed.clone())]);
            assert!(matches!(standing, Standing::Contradiction(_)), "{own}: {standing:?}");
        }
    }

    #[test]
    fn why_a_backend_takes_no_failover_is_said() {
        let all = [
            Unfit::Down,
            Unfit::Disabled(None),
            Unfit::Disabled(Some("work".to_owned())),
            Unfit::Frozen,
            Unfit::Replication(None),
        ];
        assert_eq!(
            all.map(|why| why.to_string()),
            [
                "cinder-volume is down",
                "the service is disabled",
                "the service is disabled because: work",
                "the backend is frozen",
                "its replication_status is none",
            ]
        );
    }
}
