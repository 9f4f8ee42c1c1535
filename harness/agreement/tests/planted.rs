//! Every kind of difference is found when it is planted, and none where there is none.

use serde_json::json;

use super::world::{Run, answer, command, lines, logged, planted, refused};
use crate::event::{EventKind, Verdict};
use crate::failure::Failure;
use crate::observation::{Printed, Shape};

/// Changes a run.
type Plant = fn(&mut Run);

/// The places of the observations in [`Run::on`].
const VOLUME: usize = 1;
const DELETE: usize = 2;
const INFO: usize = 3;
const UMOUNT: usize = 4;
const MISTAKE: usize = 5;
const WRONG_RBD: usize = 6;
const LOG: usize = 7;

#[test]
fn runs_that_saw_the_same_agree() {
    let comparison = planted(|_| {});
    assert_eq!(lines(&comparison), Vec::<String>::new());
    assert_eq!(comparison.not_compared, []);
    let counted: usize = comparison.compared.iter().map(|(_, count)| count).sum();
    assert_eq!(counted, 11);
}

#[test]
fn every_planted_difference_is_found() {
    let plants: [(&str, Plant); 19] = [
        ("a verdict", |run| {
            for event in &mut run.events {
                if let EventKind::ScenarioFinished { verdict, .. } = event {
                    *verdict = Verdict::Failed {
                        failure: Failure::expectation("volume root is gone"),
                        step: None,
                    };
                }
            }
        }),
        ("a state more", |run| {
            run.waits(&[("creating", 30), ("waiting", 30), ("downloading", 40)]);
        }),
        ("a state less", |run| run.waits(&[("downloading", 100)])),
        ("states in another order", |run| {
            run.waits(&[("downloading", 60), ("creating", 40)]);
        }),
        ("a field that changes", |run| run.proves(&["secret_uuid"], "ports")),
        ("a field that is masked", |run| {
            run.proves(&["secret_uuid", "secret_type"], "hosts")
        }),
        ("a field in the log", |run| {
            run.observe(
                LOG,
                logged(json!({"hosts": ["a"], "secret_uuid": "***", "keyring": null})),
            );
        }),
        ("a field in an answer", |run| {
            run.observe(
                VOLUME,
                answer(
                    "GET",
                    "/volumes/{id}",
                    200,
                    json!({"volume": {"size": 1, "bootable": "true", "attachments": [], "links": [{"href": "", "rel": ""}]}}),
                ),
            );
        }),
        ("a type in an answer", |run| {
            run.observe(
                VOLUME,
                answer(
                    "GET",
                    "/volumes/{id}",
                    200,
                    json!({"volume": {"size": "1", "bootable": true, "attachments": [], "links": [{"href": null}]}}),
                ),
            );
        }),
        ("a field that is an object on one side", |run| {
            run.observe(
                VOLUME,
                answer(
                    "GET",
                    "/volumes/{id}",
                    200,
                    json!({"volume": {"size": {"gib": 1}, "bootable": "true", "attachments": [], "links": [{"href": ""}]}}),
                ),
            );
        }),
        ("a status", |run| {
            run.observe(DELETE, answer("DELETE", "/volumes/{id}", 204, json!({})))
        }),
        ("a body", |run| {
            let crate::observation::Observation::Answer { body, .. } = &mut run.observations[DELETE] else {
                panic!("an answer")
            };
            *body = None;
        }),
        ("an output", |run| {
            run.observe(
                INFO,
                command(
                    None,
                    "site",
                    "rbd info volumes/volume-<id> --format json",
                    0,
                    Printed::Json(Shape::of(&json!({"bytes": 1, "description": "stopped"}))),
                    &["failed to query services"],
                ),
            );
        }),
        ("an exit code", |run| {
            run.observe(
                UMOUNT,
                command(None, "guest", "umount /mnt/data", 32, Printed::Nothing, &[]),
            );
        }),
        ("a complaint", |run| {
            run.observe(
                UMOUNT,
                command(None, "guest", "umount /mnt/data", 0, Printed::Nothing, &["busy"]),
            );
        }),
        ("what is printed", |run| {
            run.observe(
                UMOUNT,
                command(None, "guest", "umount /mnt/data", 0, Printed::Text, &[]),
            );
        }),
        ("a refusal's message", |run| {
            run.observe(MISTAKE, refused("volume-unknown", 404, "Not found."));
        }),
        ("a refusal's status", |run| {
            run.observe(
                MISTAKE,
                refused("volume-unknown", 400, "Volume <id> could not be found."),
            );
        }),
        ("a refusal of a command", |run| {
            run.observe(
                WRONG_RBD,
                command(
                    Some("rbd-info-nothing"),
                    "site",
                    "rbd info",
                    1,
                    Printed::Nothing,
                    &["no image"],
                ),
            );
        }),
    ];
    let mut told = String::new();
    for (name, plant) in plants {
        let found = lines(&planted(plant));
        assert!(!found.is_empty(), "{name} is not found");
        told.push_str(&format!("{name}\n"));
        for line in found {
            told.push_str(&format!("  {line}\n"));
        }
    }
    insta::assert_snapshot!(told);
}

#[test]
fn what_was_not_compared_is_named() {
    let comparison = planted(|run| {
        run.waits(&[("creating", 39), ("reserved", 1), ("downloading", 60)]);
        run.observe(DELETE, answer("GET", "/snapshots", 200, json!({})));
        run.observe(
            VOLUME,
            answer(
                "GET",
                "/volumes/{id}",
                200,
                json!({"volume": {"size": 1, "bootable": "true", "attachments": [{"id": ""}], "links": [{"href": ""}]}}),
            ),
        );
        run.observations.push(answer(
            "GET",
            "/volumes/{id}",
            200,
            json!({"volume": {"size": null, "bootable": "true", "attachments": [], "links": []}}),
        ));
        run.observations.push(answer("GET", "/volumes/{id}", 404, json!({})));
        run.observe(
            INFO,
            command(
                None,
                "site",
                "rbd info volumes/volume-<id> --format json",
                0,
                Printed::Json(Shape::of(&json!({"size": 1, "description": "replaying, {\"b\":1}"}))),
                &[],
            ),
        );
        run.observe(MISTAKE, refused("volume-unknown-too", 404, ""));
    });
    assert_eq!(lines(&comparison), Vec::<String>::new());
    let told: Vec<String> = comparison
        .not_compared
        .iter()
        .map(|skipped| format!("{}: {}", skipped.kind, skipped.text))
        .collect();
    insta::assert_snapshot!(told.join("\n"));
}

#[test]
fn names_of_a_target_are_no_difference() {
    let comparison = planted(|run| {
        run.observe(
            0,
            crate::observation::Observation::Names {
                names: [("pool-of-cinder/".to_owned(), "<pool>/".to_owned())].into(),
            },
        );
        run.observe(
            INFO,
            command(
                None,
                "site",
                "rbd info pool-of-cinder/volume-<id> --format json",
                0,
                Printed::Json(Shape::of(&json!({"size": 1, "description": "replaying, {\"a\":1}"}))),
                &[],
            ),
        );
    });
    assert_eq!(lines(&comparison), Vec::<String>::new());
}
