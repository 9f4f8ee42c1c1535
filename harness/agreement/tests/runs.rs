//! Reading what runs left.

use std::path::Path;

use super::world::Run;
use crate::agreement::read_run;
use crate::event::EventKind;

fn write(folder: &Path, run: &Run) {
    let mut journal = String::new();
    for (kind, sequence) in run.events.iter().zip(1..) {
        let event = crate::event::Event {
            sequence,
            at: jiff::Timestamp::UNIX_EPOCH,
            position: None,
            kind: kind.clone(),
        };
        journal.push_str(&serde_json::to_string(&event).expect("an event"));
        journal.push('\n');
    }
    let observations = run
        .observations
        .iter()
        .map(|observation| serde_json::to_string(observation).expect("an observation") + "\n");
    std::fs::write(folder.join("journal.jsonl"), journal).expect("written");
    std::fs::write(folder.join("observations.jsonl"), observations.collect::<String>()).expect("written");
}

#[test]
fn a_run_is_read_as_it_was_seen() {
    let folder = tempfile::tempdir().expect("a folder");
    let run = Run::on("lab");
    write(folder.path(), &run);
    for path in [folder.path().to_owned(), folder.path().join("journal.jsonl")] {
        let read = read_run(&path).expect("a run");
        assert_eq!(format!("{read:?}"), format!("{:?}", run.evidence()));
        assert!(read.finished && read.passed() == read.verdicts.len());
    }
}

#[test]
fn runs_that_cannot_be_compared_are_refused() {
    let mut told = Vec::new();
    let mut refuse = |name: &str, change: &dyn Fn(&Path)| {
        let folder = tempfile::tempdir().expect("a folder");
        write(folder.path(), &Run::on("lab"));
        change(folder.path());
        let failure = read_run(folder.path()).expect_err("refused");
        let failure = failure
            .to_string()
            .replace(&folder.path().display().to_string(), "[folder]");
        told.push(format!("=== {name}\n{failure}"));
    };
    refuse("no journal", &|folder| {
        std::fs::remove_file(folder.join("journal.jsonl")).expect("removed");
    });
    refuse("no observations", &|folder| {
        std::fs::remove_file(folder.join("observations.jsonl")).expect("removed");
    });
    refuse("observations of another version", &|folder| {
        std::fs::write(folder.join("observations.jsonl"), "{\"observed\":\"dream\"}\n").expect("written");
    });
    refuse("it saw nothing", &|folder| {
        std::fs::write(folder.join("observations.jsonl"), "").expect("written");
    });
    refuse("it was killed", &|folder| {
        let mut run = Run::on("lab");
        run.events
            .retain(|event| !matches!(event, EventKind::RunFinished { .. }));
        write(folder, &run);
    });
    insta::assert_snapshot!(told.join("\n"));
}
