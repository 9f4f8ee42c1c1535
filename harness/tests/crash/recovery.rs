//! What `recover`, `runs` and the next `run` say of runs that died, and what they do not touch.

use std::fs::OpenOptions;

use cinder_drill::event::{EventKind, RunPlace};
use cinder_drill::internals::BackendHost;

use crate::points::{FAILED_OVER, INTENDS_FAILOVER};
use crate::world::{World, printed};

const FLOW: &str = "bfv-failover";

/// What every new cloud holds: they have one seed.
fn empty() -> serde_json::Value {
    World::start().inventory()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn the_next_run_refuses_while_one_has_leftovers_and_says_the_command() {
    let world = World::with_dead_run(FLOW, FAILED_OVER);
    let refused = world.run(FLOW).output().expect("the program starts");
    assert_eq!(refused.status.code(), Some(3), "{}", printed(&refused));
    insta::assert_snapshot!("the-next-run-refuses", world.stable(&text(&refused.stderr)));
    let listed = world.listed();
    insta::assert_snapshot!("runs-of-a-dead-run", world.stable(&listed));
    let recovered = world.recover().output().expect("the program starts");
    assert!(recovered.status.success(), "{}", printed(&recovered));
    insta::assert_snapshot!("recovered", world.stable(&text(&recovered.stdout)));
    let next = world.run(FLOW).output().expect("the program starts");
    assert!(next.status.success(), "{}", printed(&next));
}

#[test]
fn another_machine_is_kept_away_by_the_lock_of_a_dead_run() {
    let world = World::with_dead_run(FLOW, FAILED_OVER);
    let mut elsewhere = world.run_in(FLOW, &world.folder().join("other-runs"));
    let refused = elsewhere.output().expect("the program starts");
    assert_eq!(refused.status.code(), Some(3), "{}", printed(&refused));
    let said = String::from_utf8_lossy(&refused.stderr);
    assert!(
        said.contains("is being drilled by another run") && said.contains("cinder-drill recover"),
        "{said}"
    );
}

#[test]
fn of_two_runs_at_once_at_most_one_drills_and_the_other_is_told() {
    let world = World::start();
    let before = world.inventory();
    for round in 0..4 {
        let children: Vec<_> = ["one", "other"]
            .into_iter()
            .map(|name| {
                let mut run = world.run_in(FLOW, &world.folder().join(format!("{name}-{round}")));
                run.stdout(std::process::Stdio::piped())
                    .stderr(std::process::Stdio::piped());
                run.spawn().expect("the program starts")
            })
            .collect();
        let ends: Vec<_> = children
            .into_iter()
            .map(|child| child.wait_with_output().expect("its end"))
            .collect();
        let passed = ends.iter().filter(|end| end.status.success()).count();
        let refused = ends
            .iter()
            .filter(|end| String::from_utf8_lossy(&end.stderr).contains("is being drilled by another run"))
            .count();
        // A late one may find the other done.
        assert!(
            passed + refused == 2,
            "round {round}:\n{}\n{}",
            printed(&ends[0]),
            printed(&ends[1])
        );
        assert_eq!(before, world.inventory(), "round {round}");
    }
}

#[test]
fn a_failover_of_somebody_else_is_not_failed_back() {
    // The run dies when it was about to fail the backend over, and somebody else does.
    let world = World::with_dead_run(FLOW, INTENDS_FAILOVER);
    world.as_operator(async |cloud| {
        let backend: BackendHost = "box@ceph".parse().expect("a backend");
        cloud.failover_host(&backend, Some("ceph2")).await.expect("accepted");
        loop {
            let services = cloud.services(Some(&backend)).await.expect("the services");
            if services[0].replication_status.as_deref() == Some("failed-over") {
                break;
            }
        }
    });
    let recovered = world.recover().output().expect("the program starts");
    assert!(recovered.status.success(), "{}", printed(&recovered));
    let after = world.inventory();
    assert_eq!(after["service"]["replication_status"], "failed-over");
    assert_eq!(after["volumes"].to_string(), "[]");
    let moves = |kind: &EventKind| matches!(kind, EventKind::Requesting { url, .. } if url.ends_with("failover_host"));
    assert!(
        !world.events().iter().any(|event| moves(&event.kind)),
        "it failed the backend back"
    );
}

#[test]
fn what_recover_does_not_do_it_says() {
    let world = World::with_dead_run(FLOW, FAILED_OVER);
    let run = world.run_id();
    let recover = |arguments: &[&str]| world.recover().args(arguments).output().expect("the program starts");

    let unknown = recover(&["19990101"]);
    assert_eq!(unknown.status.code(), Some(2), "{}", printed(&unknown));
    insta::assert_snapshot!("no-such-run", world.stable(&text(&unknown.stderr)));

    let journal = OpenOptions::new()
        .append(true)
        .open(world.journal())
        .expect("the journal");
    journal.lock().expect("locked");
    let alive = recover(&[&run]);
    assert_eq!(alive.status.code(), Some(3), "{}", printed(&alive));
    insta::assert_snapshot!("a-run-that-is-alive", world.stable(&text(&alive.stderr)));
    drop(journal);

    let target = world.folder().join("target.yaml");
    let yaml = std::fs::read_to_string(&target).expect("the target");
    let other = world.folder().join("other.yaml");
    std::fs::write(&other, yaml.replace("box@ceph", "box@other")).expect("written");
    let mistaken = recover(&["--target", &other.display().to_string()]);
    assert_eq!(mistaken.status.code(), Some(2), "{}", printed(&mistaken));
    insta::assert_snapshot!("another-target", world.stable(&text(&mistaken.stderr)));

    std::fs::rename(&target, world.folder().join("moved.yaml")).expect("moved");
    let moved = recover(&[]);
    assert_eq!(moved.status.code(), Some(2), "{}", printed(&moved));
    insta::assert_snapshot!("a-target-that-moved", world.stable(&text(&moved.stderr)));
    let found = recover(&["--target", "moved.yaml"]);
    assert!(found.status.success(), "{}", printed(&found));
}

#[test]
fn what_cannot_be_removed_is_said_and_removed_by_the_next_recovery() {
    let world = World::with_dead_run(FLOW, FAILED_OVER);
    let before = empty();
    world
        .faults()
        .answer("DELETE", "/volumes/", 1, simcloud::FaultAnswer::status(403));
    let partly = world.recover().output().expect("the program starts");
    assert_eq!(partly.status.code(), Some(3), "{}", printed(&partly));
    let said = String::from_utf8_lossy(&partly.stdout);
    assert!(
        said.contains("LEFT  volume") && said.contains("try again: cinder-drill recover"),
        "{said}"
    );
    // The backend is on its primary site all the same, and the lock stays while there are leftovers.
    let between = world.inventory();
    assert_eq!(between["service"]["replication_status"], "enabled");
    assert!(between["volume_types"].to_string().contains("cinder-drill-lock"));
    let rest = world.recover().output().expect("the program starts");
    assert!(rest.status.success(), "{}", printed(&rest));
    assert_eq!(before, world.inventory());
}

#[test]
fn a_run_that_is_forgotten_is_in_nobodys_way() {
    let world = World::with_dead_run(FLOW, FAILED_OVER);
    let run = world.run_id();
    let forgotten = world
        .recover()
        .args([&run, "--forget"])
        .output()
        .expect("the program starts");
    assert!(forgotten.status.success(), "{}", printed(&forgotten));
    let listed = world.listed();
    assert!(!listed.contains("left over"), "{listed}");
    assert_ne!(world.inventory()["volumes"].to_string(), "[]", "something was removed");
}

#[test]
fn a_torn_last_line_is_no_obstacle() {
    let world = World::with_dead_run(FLOW, FAILED_OVER);
    let before = empty();
    let text = std::fs::read(world.journal()).expect("the journal");
    // As if the disk had been full, or the power gone, in the middle of the last line.
    std::fs::write(world.journal(), &text[..text.len() - 20]).expect("written");
    let recovered = world.recover().output().expect("the program starts");
    assert!(recovered.status.success(), "{}", printed(&recovered));
    assert_eq!(before, world.inventory());
    let listed = world.listed();
    assert!(!listed.contains("unreadable"), "{listed}");
}

#[test]
fn every_line_of_a_journal_is_as_its_schema_says_and_every_event_is_documented() {
    let world = World::with_dead_run("data-volume-failback", FAILED_OVER);
    let recovered = world.recover().output().expect("the program starts");
    assert!(recovered.status.success(), "{}", printed(&recovered));
    let schema = cinder_drill::event::json_schema();
    let mut compiler = boon::Compiler::new();
    let mut schemas = boon::Schemas::new();
    compiler.add_resource("journal.json", schema.clone()).expect("a schema");
    let compiled = compiler.compile("journal.json", &mut schemas).expect("a sound schema");
    for line in std::fs::read_to_string(world.journal()).expect("the journal").lines() {
        let event: serde_json::Value = serde_json::from_str(line).expect("JSON");
        if let Err(error) = schemas.validate(&event, compiled) {
            panic!("{line}\n{error}");
        }
    }
    // A line of no kind is none.
    let unknown = serde_json::json!({"sequence": 1, "at": "2026-11-24T10:00:00Z", "event": "unheard-of"});
    assert!(schemas.validate(&unknown, compiled).is_err());

    let page = include_str!("../../../harness/docs/journal.md");
    let names: Vec<&str> = schema["oneOf"]
        .as_array()
        .expect("the kinds")
        .iter()
        .filter_map(|kind| kind["properties"]["event"]["const"].as_str())
        .collect();
    assert!(names.len() > 20, "{names:?}");
    for name in names {
        assert!(
            page.contains(&format!("`{name}`")),
            "harness/docs/journal.md does not tell of `{name}`"
        );
    }
}

#[test]
fn a_journal_of_another_machine_or_version_is_not_recovered_unasked() {
    let world = World::with_dead_run(FLOW, FAILED_OVER);
    let before = empty();
    let journal = std::fs::read_to_string(world.journal()).expect("the journal");
    let recover = |arguments: &[&str]| world.recover().args(arguments).output().expect("the program starts");

    let newer = journal.replacen("\"format\":3", "\"format\":4", 1);
    std::fs::write(world.journal(), newer).expect("written");
    let unread = recover(&[&world.run_id()]);
    assert_eq!(unread.status.code(), Some(3), "{}", printed(&unread));
    insta::assert_snapshot!("another-format", world.stable(&text(&unread.stderr)));
    assert!(world.listed().contains("unreadable"), "{}", world.listed());

    let here = RunPlace::this_host();
    let elsewhere = journal.replace(&format!("\"host\":\"{here}\""), "\"host\":\"elsewhere\"");
    std::fs::write(world.journal(), elsewhere).expect("written");
    let refused = recover(&[]);
    assert_eq!(refused.status.code(), Some(2), "{}", printed(&refused));
    let said = world
        .stable(&text(&refused.stderr))
        .replace(&format!("this is {here}"), "this is [here]");
    insta::assert_snapshot!("another-machine", said);
    let asked = recover(&["--dead"]);
    assert!(asked.status.success(), "{}", printed(&asked));
    assert_eq!(before, world.inventory());
}
