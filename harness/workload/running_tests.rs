//! A writer in a real shell: this machine's.

use std::time::Duration;

use super::super::{Origin, Workload, Writer, judge};
use crate::guest::{Guest, Privilege};
use crate::names::RunId;
use crate::shell::Shell;

fn guest() -> Guest {
    Guest::new(Shell::local(), Privilege::Direct).with_timeout(Duration::from_secs(20))
}

fn start(place: &str, interval: Option<Duration>) -> Workload {
    let writer = Writer::new(Origin::new(&RunId::generate(), "a-scenario"), interval);
    Workload::start(guest(), place.to_owned(), writer, |_, _| {})
}

async fn wait_for(workload: &Workload, records: usize) {
    let enough = async {
        while workload.acknowledgements().count() < records {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), enough)
        .await
        .expect("acknowledgements");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_shell_acknowledged_is_in_the_file() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("with a space").display().to_string();
    let mut workload = start(&path, None);
    wait_for(&workload, 40).await;
    workload.stop(Duration::from_secs(30), "the test is over").await;
    let ended = workload.ended().expect("an end");
    assert!(ended.asked && ended.because == "it was stopped", "{ended:?}");
    let acknowledgements = workload.acknowledgements();
    assert_eq!(acknowledgements.sent, acknowledgements.count(), "none is on its way");
    let read = guest()
        .read_records(&path, acknowledgements.sent)
        .await
        .expect("read")
        .expect("a file");
    let findings = judge(&workload.origin(), &acknowledgements, &read.bytes, true);
    assert!(findings.is_prefix() && findings.lost == 0, "{findings:?}");
    assert_eq!(findings.present, acknowledgements.sent);
    // Another workload's records in its file are stale.
    let other = judge(
        &Origin::new(&RunId::generate(), "another"),
        &acknowledgements,
        &read.bytes,
        true,
    );
    assert_eq!((other.present, other.stale), (0, acknowledgements.sent));
    assert!(
        other
            .stale_from
            .is_some_and(|from| from.starts_with("scenario a-scenario of run "))
    );
    assert_eq!(guest().read_records("/nowhere/records", 3).await.expect("asked"), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disk_that_takes_no_writes_is_acknowledged_nothing() {
    let workload = start("/dev/full", None);
    let ended = async {
        loop {
            match workload.ended() {
                Some(ended) => break ended,
                None => tokio::time::sleep(Duration::from_millis(5)).await,
            }
        }
    };
    let ended = tokio::time::timeout(Duration::from_secs(60), ended)
        .await
        .expect("an end");
    assert!(
        !ended.asked && ended.because.contains("No space left on device"),
        "{ended:?}"
    );
    assert!(
        !ended.because.contains("records out") && !ended.because.contains("cinder-drill-"),
        "{ended:?}"
    );
    assert_eq!(workload.acknowledgements().count(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_writer_that_is_dropped_writes_no_more() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("records");
    let workload = start(&path.display().to_string(), Some(Duration::from_millis(1)));
    wait_for(&workload, 3).await;
    drop(workload);
    tokio::time::sleep(Duration::from_millis(300)).await;
    let length = || std::fs::metadata(&path).expect("a file").len();
    let before = length();
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(before, length());
}
