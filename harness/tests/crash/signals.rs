//! Ctrl-C, as a terminal sends it.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use cinder_drill::event::EventKind;

use crate::world::{World, printed};

const FLOW: &str = "bfv-failover";

fn started(world: &World) -> Child {
    world
        .run(FLOW)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts")
}

fn press(child: &Child) {
    let sent = Command::new("kill").args(["-INT", &child.id().to_string()]).status();
    assert!(sent.expect("kill").success());
}

/// Reads lines until one holds `words`.
fn read_until(lines: &mut impl Iterator<Item = std::io::Result<String>>, words: &str) {
    assert!(
        lines.any(|line| line.is_ok_and(|line| line.contains(words))),
        "it never said `{words}`"
    );
}

#[test]
fn ctrl_c_once_stops_and_cleans_up() {
    let world = World::at_pace(1.0);
    let before = world.inventory();
    let mut child = started(&world);
    let mut lines = BufReader::new(child.stderr.take().expect("a pipe")).lines();
    read_until(&mut lines, "is failed-over on");
    press(&child);
    read_until(&mut lines, "stopping and cleaning up");
    read_until(&mut lines, "all created resources are removed");
    let output = child.wait_with_output().expect("its end");
    assert_eq!(output.status.code(), Some(3), "{}", printed(&output));
    assert_eq!(before, world.inventory());
    let finished = |kind: &EventKind| matches!(kind, EventKind::RunFinished { .. });
    assert!(world.events().iter().any(|event| finished(&event.kind)));
}

#[test]
fn ctrl_c_twice_stops_now_and_says_how_to_recover() {
    let world = World::at_pace(1.0);
    let before = world.inventory();
    let mut child = started(&world);
    let mut lines = BufReader::new(child.stderr.take().expect("a pipe")).lines();
    read_until(&mut lines, "is failed-over on");
    press(&child);
    read_until(&mut lines, "stopping and cleaning up");
    press(&child);
    let command = format!(
        "cinder-drill recover {} --runs {}",
        world.run_id(),
        world.runs().display()
    );
    read_until(&mut lines, &command);
    let output = child.wait_with_output().expect("its end");
    assert_eq!(output.status.code(), Some(3), "{}", printed(&output));
    assert_ne!(before, world.inventory(), "nothing was left to recover");
    let recovered = world
        .recover()
        .arg(world.run_id())
        .output()
        .expect("the program starts");
    assert!(recovered.status.success(), "{}", printed(&recovered));
    assert_eq!(before, world.inventory());
}

#[test]
fn asking_needs_a_terminal() {
    let world = World::start();
    let output = world.run(FLOW).args(["--on-failure", "ask"]).output();
    let output = output.expect("the program starts");
    assert_eq!(output.status.code(), Some(2), "{}", printed(&output));
    assert!(String::from_utf8_lossy(&output.stderr).contains("needs a terminal"));
    assert!(!world.runs().exists(), "a run was started");
}

#[test]
fn what_is_kept_has_its_evidence_on_disk_and_is_recovered() {
    let world = World::start();
    let before = world.inventory();
    // The connection cannot be read.
    world
        .faults()
        .answer("GET", "/attachments/", 1, simcloud::FaultAnswer::status(403));
    let kept = world.run(FLOW).args(["--on-failure", "keep"]).output();
    let kept = kept.expect("the program starts");
    assert_eq!(kept.status.code(), Some(3), "{}", printed(&kept));
    let said = String::from_utf8_lossy(&kept.stdout).into_owned();
    assert!(
        said.contains("KEPT  volume") && said.contains("cinder-drill recover"),
        "{said}"
    );
    let evidence = world.journal().with_file_name("evidence");
    let mut files: Vec<String> = std::fs::read_dir(&evidence)
        .expect("evidence")
        .map(|file| file.expect("readable").file_name().to_string_lossy().into_owned())
        .collect();
    files.sort();
    assert_eq!(
        files,
        [
            "attachments-of-volume-root.txt",
            "cinder-volume-log-since-the-scenario-began.txt",
            "console-of-server-app.txt",
            "dmesg-of-guest-app.txt",
            "image-of-volume-root-on-site-a.txt",
            "image-of-volume-root-on-site-b.txt",
            "mounts-of-guest-app.txt",
            "server-app.txt",
            "services.txt",
            "volume-root.txt",
        ]
    );
    let recovered = world.recover().output().expect("the program starts");
    assert!(recovered.status.success(), "{}", printed(&recovered));
    assert_eq!(before, world.inventory());
}
