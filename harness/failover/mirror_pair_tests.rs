use serde_json::{Value, json};

use super::*;

const IMAGE: &str = "volume-af56c075-2a33-442a-a95d-55f6f41f739c";

fn info(changes: Value) -> RbdInfo {
    let mut info = json!({
        "name": IMAGE, "id": "10d32ae8944a", "size": 1_073_741_824, "features": ["layering", "journaling"],
        "mirroring": { "mode": "journal", "state": "enabled", "global_id": "g-1", "primary": false },
    });
    for (key, value) in changes.as_object().expect("an object") {
        match info["mirroring"].get(key) {
            Some(_) => info["mirroring"][key] = value.clone(),
            None => info[key] = value.clone(),
        }
    }
    serde_json::from_value(info).expect("an info")
}

fn status(state: &str, description: &str, global_id: &str) -> MirrorStatus {
    serde_json::from_value(json!({ "global_id": global_id, "state": state, "description": description }))
        .expect("a status")
}

fn asked() -> Asked<'static> {
    Asked {
        whose: "volume root",
        image: IMAGE,
        pool: "volumes",
        moved: true,
    }
}

fn side<'a>(name: &'a str, info: &'a RbdInfo) -> Side<'a> {
    Side { name, info }
}

/// Judges infos, and the status of the one that follows.
fn judged(lead: Value, follow: Value, status: &MirrorStatus) -> Pair {
    let (lead, follow) = (info(lead), info(follow));
    let (lead, follow) = (side("site-a", &lead), side("site-b", &follow));
    judge_status(&asked(), follow, status, judge_infos(&asked(), lead, follow))
}

fn replaying() -> MirrorStatus {
    status("up+replaying", r#"replaying, {"bytes_per_second":0.0}"#, "g-1")
}

#[test]
fn primary_here_and_replaying_there_under_one_id_is_a_mirror() {
    assert_eq!(
        judged(json!({ "primary": true }), json!({}), &replaying()),
        Pair::Mirrored
    );
}

#[test]
fn each_thing_that_both_sites_say_counts() {
    let state = |site: &str, state: &str| {
        Pair::NotYet(Obstacle::State {
            site: site.to_owned(),
            state: state.to_owned(),
        })
    };
    let lead = json!({ "primary": true });
    for (lead, follow, expected) in [
        (
            lead.clone(),
            json!({ "state": "creating" }),
            state("site-b", "creating"),
        ),
        (
            json!({ "primary": true, "state": "disabling" }),
            json!({}),
            state("site-a", "disabling"),
        ),
        (
            lead.clone(),
            json!({ "mirroring": { "state": "disabled" } }),
            state("site-b", "disabled"),
        ),
        (json!({}), json!({ "primary": true }), Pair::NotYet(Obstacle::NotMoved)),
        (
            lead.clone(),
            json!({ "primary": true }),
            Pair::NotYet(Obstacle::BothPrimary),
        ),
        (json!({}), json!({}), Pair::NotYet(Obstacle::PrimaryNowhere)),
        (
            lead.clone(),
            json!({ "size": 4096 }),
            Pair::NotYet(Obstacle::Sizes {
                sizes: [("site-a".to_owned(), 1_073_741_824), ("site-b".to_owned(), 4096)],
            }),
        ),
        (
            lead.clone(),
            json!({ "global_id": "g-2" }),
            Pair::NotCopies {
                ids: [
                    ("site-a".to_owned(), "g-1".to_owned()),
                    ("site-b".to_owned(), "g-2".to_owned()),
                ],
            },
        ),
        (
            lead.clone(),
            json!({ "mode": "snapshot" }),
            Pair::Modes {
                modes: [
                    ("site-a".to_owned(), "journal".to_owned()),
                    ("site-b".to_owned(), "snapshot".to_owned()),
                ],
            },
        ),
        (
            lead.clone(),
            json!({ "name": "volume-9" }),
            Pair::Nonsense {
                site: "site-b".to_owned(),
                of: "image volume-9".to_owned(),
                asked: format!("image {IMAGE}"),
            },
        ),
    ] {
        let (one, other) = (info(lead.clone()), info(follow.clone()));
        let found = judge_infos(&asked(), side("site-a", &one), side("site-b", &other));
        assert_eq!(found, Some(expected), "{lead} {follow}");
    }
}

#[test]
fn the_status_must_be_that_of_the_image() {
    let found = judged(
        json!({ "primary": true }),
        json!({}),
        &status("up+replaying", "replaying", "g-9"),
    );
    assert!(
        matches!(&found, Pair::Nonsense { site, .. } if site == "site-b"),
        "{found:?}"
    );
    assert_eq!(found.ends(&asked()).expect("a failure").kind, FailureKind::Cloud);
}

#[test]
fn a_daemon_that_does_not_report_is_another_thing_than_one_that_does_not_replay() {
    let of = |state: &str| judged(json!({ "primary": true }), json!({}), &status(state, "x", "g-1"));
    for state in ["down+unknown", "down+replaying", "down+stopped"] {
        assert!(
            matches!(of(state), Pair::NotYet(Obstacle::DaemonAway { .. })),
            "{state}"
        );
    }
    let of_the_other = status("up+replaying", "local image is primary", "g-1");
    let found = judged(json!({ "primary": true }), json!({}), &of_the_other);
    assert!(
        matches!(found, Pair::NotYet(Obstacle::NotReplaying { .. })),
        "{found:?}"
    );
    for state in [
        "up+stopped",
        "up+error",
        "up+syncing",
        "up+starting_replay",
        "up+stopping_replay",
    ] {
        assert!(
            matches!(of(state), Pair::NotYet(Obstacle::NotReplaying { .. })),
            "{state}"
        );
    }
}

#[test]
fn what_the_primary_flags_say_is_not_taken_back_by_a_daemon() {
    let found = judged(
        json!({}),
        json!({ "primary": true }),
        &status("up+stopped", "local image is primary", "g-1"),
    );
    assert_eq!(found, Pair::NotYet(Obstacle::NotMoved));
    let found = judged(
        json!({ "primary": true }),
        json!({ "primary": true }),
        &status("up+error", "split-brain detected", "g-1"),
    );
    assert!(matches!(found, Pair::SplitBrain { .. }));
}

#[test]
fn only_two_primaries_are_past_waiting_for() {
    assert!(Obstacle::BothPrimary.stays());
    for obstacle in [Obstacle::PrimaryNowhere, Obstacle::NotMoved] {
        assert!(!obstacle.stays(), "{obstacle:?}");
    }
}

#[test]
fn each_obstacle_says_what_it_is_and_what_to_do() {
    let site = "site-b".to_owned();
    let obstacles = [
        Obstacle::Absent { site: site.clone() },
        Obstacle::State {
            site: site.clone(),
            state: "disabled".to_owned(),
        },
        Obstacle::State {
            site: site.clone(),
            state: "disabling".to_owned(),
        },
        Obstacle::Sizes {
            sizes: [("site-a".to_owned(), 1_073_741_824), ("site-b".to_owned(), 4096)],
        },
        Obstacle::NotMoved,
        Obstacle::BothPrimary,
        Obstacle::PrimaryNowhere,
        Obstacle::DaemonAway {
            site: site.clone(),
            state: "down+unknown".to_owned(),
        },
        Obstacle::NotReplaying {
            site,
            state: "up+error".to_owned(),
            description: "remote image is not primary".to_owned(),
        },
    ];
    let mut texts: Vec<String> = obstacles
        .iter()
        .map(|obstacle| {
            let words = obstacle.words("site-a", "site-b");
            let failure = Failure::expectation("the mirror of volume root was not … within 300 s")
                .detail("last seen", words)
                .help("raise this budget");
            obstacle.explain(&asked(), "site-a", "site-b", failure).to_string()
        })
        .collect();
    let ids = [
        ("site-a".to_owned(), "g-1".to_owned()),
        ("site-b".to_owned(), "g-2".to_owned()),
    ];
    for pair in [
        Pair::Nonsense {
            site: "site-b".to_owned(),
            of: "image volume-9".to_owned(),
            asked: format!("image {IMAGE}"),
        },
        Pair::NotCopies { ids },
        Pair::Modes {
            modes: [
                ("site-a".to_owned(), "journal".to_owned()),
                ("site-b".to_owned(), "snapshot".to_owned()),
            ],
        },
        Pair::SplitBrain {
            site: "site-b".to_owned(),
            says: "up+error (split-brain detected)".to_owned(),
        },
    ] {
        texts.push(pair.ends(&asked()).expect("a failure").to_string());
    }
    let before = Asked {
        moved: false,
        ..asked()
    };
    let failure = Failure::cloud("the mirror of volume root was not … within 300 s");
    texts.push(
        Obstacle::NotMoved
            .explain(&before, "site-a", "site-b", failure)
            .to_string(),
    );
    texts.push(one_cluster("site-a", "site-b", "both have fsid f-1").to_string());
    insta::assert_snapshot!("mirror-pair", texts.join("\n\n"));
}
