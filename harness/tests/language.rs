//! The language of scenarios from files to reports, as a user types it: combinations, copies, rounds, parts, tags, needs and limits.

use std::path::{Path, PathBuf};

use common::{cinder_drill, code, text};

mod common;

const HEAD: &str = "summary: Made for a test.\nresources:\n  volumes: { root: { type: replicated, size: 1GiB, image: guest } }\n  servers: { app: { boot: root } }\n";

/// Writes scenarios, each with what its `steps` and other keys are.
fn written(folder: &Path, files: &[(&str, &str)]) -> Vec<String> {
    let write = |(name, rest): &(&str, &str)| {
        let path: PathBuf = folder.join(format!("{name}.yaml"));
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("made");
        std::fs::write(&path, rest).expect("written");
        path.display().to_string()
    };
    files.iter().map(write).collect()
}

fn run(folder: &Path, arguments: &[&str]) -> (i32, String) {
    let runs = folder.join("runs").display().to_string();
    let output = cinder_drill(&[&["run", "--runs", &runs], arguments].concat());
    (code(&output), text(&output.stdout) + &text(&output.stderr))
}

#[test]
fn each_combination_is_a_scenario_that_can_be_selected() {
    let folder = tempfile::tempdir().expect("a folder");
    let matrix = "scenario: matrix\nsummary: A volume of ${size} is mirrored.\nmatrix: { size: [1GiB, 2GiB], why: [10/s, x y] }\nresources: { volumes: { data: { type: replicated, \
                  size: \"${size}\" } } }\nsteps:\n  - expect-mirrored: { volume: data, primary: primary }\n";
    let continued = "scenario: again\nsummary: Still of ${size}.\ncontinues: matrix\nsteps:\n  - expect-mirrored: { volume: data, primary: primary }\n";
    let files = written(folder.path(), &[("matrix", matrix), ("again", continued)]);
    let listed = text(&cinder_drill(&["list", &files[0], &files[1]]).stdout);
    let names = ["1GiB,10-s", "1GiB,x-y", "2GiB,10-s", "2GiB,x-y"];
    let expected: String = ["matrix", "again"]
        .iter()
        .flat_map(|base| names.map(|values| format!("cinder_drill.{base}[{values}]\n")))
        .collect();
    assert_eq!(listed, expected);
    let list = folder.path().join("list");
    // A whole id, the id of a repetition, and a name that stands for all of its combinations.
    for (line, count) in [
        ("cinder_drill.matrix[1GiB,x-y]", 1),
        ("matrix[1GiB,x-y][2]", 1),
        ("matrix", 4),
        ("cinder_drill.again[2GiB,10-s]", 1),
    ] {
        std::fs::write(&list, line).expect("written");
        let listed = cinder_drill(&["list", &files[0], &files[1], "--load-list", &list.display().to_string()]);
        assert_eq!(
            text(&listed.stdout).lines().count(),
            count,
            "{line}: {}",
            text(&listed.stderr)
        );
    }
    let (code, said) = run(folder.path(), &[&files[1], "-i", r"again\[2GiB,10-s\]"]);
    assert_eq!(code, 0, "{said}");
    assert!(
        said.contains("PASS  again[2GiB,10-s]") && said.contains("1 passed, 0 failed"),
        "{said}"
    );
    assert!(!said.contains("1GiB"), "{said}");
}

#[test]
fn copies_rounds_and_parts_do_what_they_stand_for() {
    let folder = tempfile::tempdir().expect("a folder");
    let part = "part: Each guest keeps what it wrote.\nresources:\n  volumes: { root: { type: replicated, size: 1GiB, image: guest, count: 2 } }\n  servers: { app: { boot: each root, \
                count: 2 } }\nsteps:\n  - write: { guest: each app, path: \"note-${round}\", text: \"round ${round} of ${number}\" }\n  - read: { guest: each app, path: \"note-${round}\", same-as: written }\n";
    let main = "scenario: main\nsummary: Made for a test.\nsteps:\n  - repeat: 2\n    steps:\n      - use: parts/keep.yaml\n  - read: { guest: app-2, path: note-1, text: \"round 1 of 2\" }\n";
    let files = written(folder.path(), &[("main", main), ("parts/keep", part)]);
    let plan = text(&cinder_drill(&["plan", &files[0]]).stdout);
    for words in [
        "volume root-2: 1 GiB",
        "server app-2: boots from volume root-2",
        "(round 2 of 2)",
        "parts/keep.yaml:6:5",
        "main.yaml:7:5",
    ] {
        assert!(plan.contains(words), "{words} is not in {plan}");
    }
    assert_eq!(plan.matches("write note-").count(), 4, "{plan}");
    let (code, said) = run(folder.path(), &[&files[0]]);
    assert_eq!(code, 0, "{said}");
    // A failure points into the file in which the step was written.
    let wrong = part.replace("same-as: written", "text: \"other\"");
    written(folder.path(), &[("parts/keep", &wrong)]);
    let (code, said) = run(folder.path(), &[&files[0]]);
    assert_eq!(code, 1, "{said}");
    assert!(said.contains("keep.yaml:7:5"), "{said}");
}

#[test]
fn what_a_target_lacks_is_skipped_and_never_passes() {
    let folder = tempfile::tempdir().expect("a folder");
    let steps = "steps:\n  - write: { guest: app, path: note, text: \"kept\" }\n  - read: { guest: app, path: note, same-as: written }\n";
    let needy = format!("scenario: needy\nneeds: [volume-log, synchronous]\ntags: hard\n{HEAD}{steps}");
    let plain = format!("scenario: plain\ntags: [easy, hard]\n{HEAD}{steps}");
    let next = "scenario: next\nsummary: It goes on from what is skipped.\ncontinues: needy\nsteps:\n  - read: { guest: app, path: note, same-as: written }\n";
    let files = written(folder.path(), &[("needy", &needy), ("plain", &plain), ("next", next)]);
    let report = folder.path().join("report");
    let all = [files[0].as_str(), files[1].as_str(), files[2].as_str(), "--report"];
    let (code, said) = run(folder.path(), &[&all[..], &[&report.display().to_string()]].concat());
    assert_eq!(code, 0, "{said}");
    assert!(said.contains("1 passed, 0 failed, 2 skipped"), "{said}");
    assert!(
        said.contains("SKIPPED  needy") && said.contains("does not mirror synchronously"),
        "{said}"
    );
    let read = |file: &str| std::fs::read_to_string(report.join(file)).expect("a report");
    assert!(read("junit.xml").contains("skipped=\"2\""), "{}", read("junit.xml"));
    assert!(read("report.html").contains("verdict-skipped") && read("report.json").contains("\"skipped\": 2"));
    // Alone it is no pass, in no format.
    let (code, said) = run(folder.path(), &[&files[0]]);
    assert_eq!(code, 3, "{said}");
    assert!(
        said.contains("every scenario was skipped: nothing was proven"),
        "{said}"
    );
    let (code, said) = run(folder.path(), &[&files[0], &files[1], "--tag", "easy"]);
    assert_eq!((code, said.contains("1 passed, 0 failed")), (0, true), "{said}");
    let (code, said) = run(folder.path(), &[&files[0], &files[1], "--tag", "esay"]);
    assert_eq!((code, said.contains("did you mean easy?")), (2, true), "{said}");
}

#[test]
fn a_step_that_takes_longer_than_it_may_fails() {
    let folder = tempfile::tempdir().expect("a folder");
    let steps = "steps:\n  - write: { guest: app, path: note, text: \"kept\", within: 1ms }\n  - read: { guest: app, path: note, same-as: written }\n";
    let good = "steps:\n  - write: { guest: app, path: note, text: \"kept\", within: 60s }\n  - read: { guest: app, path: note, same-as: written }\n";
    let (slow, good) = (
        format!("scenario: slow\n{HEAD}{steps}"),
        format!("scenario: good\n{HEAD}{good}"),
    );
    let files = written(folder.path(), &[("slow", &slow), ("good", &good)]);
    let (code, said) = run(folder.path(), &[&files[0]]);
    assert_ne!(code, 0, "{said}");
    assert!(said.contains("within"), "{said}");
    let (code, said) = run(folder.path(), &[&files[1]]);
    assert_eq!(code, 0, "{said}");
}

#[test]
fn a_trend_is_shown_over_other_runs_and_changes_no_verdict() {
    let folder = tempfile::tempdir().expect("a folder");
    let steps = "steps:\n  - write: { guest: app, path: note, text: \"kept\" }\n  - failover: { to: secondary }\n  - reconnect: { server: app, by: shelve }\n  - read: { guest: app, path: note, text: \"kept\" }\n";
    let files = written(folder.path(), &[("moves", &format!("scenario: moves\n{HEAD}{steps}"))]);
    let (code_of_good, said) = run(folder.path(), &[&files[0]]);
    assert_eq!(code_of_good, 0, "{said}");
    written(
        folder.path(),
        &[(
            "moves",
            &format!(
                "scenario: moves\n{HEAD}{}",
                steps.replace("text: \"kept\" }\n  - f", "text: \"lost\" }\n  - f")
            ),
        )],
    );
    let (code_of_bad, said) = run(folder.path(), &[&files[0]]);
    assert_eq!(code_of_bad, 1, "{said}");
    let runs = folder.path().join("runs").display().to_string();
    let mut all: Vec<_> = std::fs::read_dir(&runs)
        .expect("runs")
        .map(|run| run.expect("a run").path())
        .collect();
    all.sort();
    let report = |run: &Path| {
        let run = run.display().to_string();
        let output = cinder_drill(&["report", &run, "--trend", &runs]);
        (code(&output), text(&output.stdout))
    };
    let (good, said) = report(&all[0]);
    assert_eq!(good, 0, "{said}");
    let (bad, _) = report(&all[1]);
    assert_eq!(bad, 1);
    assert!(said.contains("1 passed, 0 failed"), "{said}");
}
