//! Faults of a file of accepted differences.

use crate::agreement::Accepted;
use crate::diagnostic::{SourceMap, render_all};

fn said(text: &str) -> String {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("accepted.yaml");
    std::fs::write(&path, text).expect("written");
    let mut sources = SourceMap::default();
    let said = match Accepted::load(&path, &mut sources) {
        Ok(_) => "no fault\n".to_owned(),
        Err(faults) => render_all(&faults, &sources, false),
    };
    said.replace(&folder.path().display().to_string(), "[folder]")
}

#[test]
fn every_fault_points_at_its_place() {
    let files = [
        "",
        "accepted: []\n",
        "accepted:\n- difference: 'GET block-storage /volumes: x'\n",
        "accepted:\n- difference: 'GET block-storage /volumes: x'\n  reason: ''\n",
        "accepted:\n- difference: 'GET block-storage /volumes: x'\n  reason: '  '\n",
        "accepted:\n- difference: '*: * on lab'\n  reason: Everything differs.\n",
        "accepted:\n- { difference: 'GET block-storage /volumes: x', reason: a, because: b, sometimes: perhaps }\n",
        "accepted:\n- { difference: 'GET block-storage /volumes: x', reason: a }\n- { difference: 'GET block-storage /volumes: x', reason: b }\n",
        "accepted:\n- { difference: 'GET block-storage /volumes: x', reason: a }\n",
    ];
    let told: Vec<String> = files.iter().map(|text| format!("=== {text}\n{}", said(text))).collect();
    insta::assert_snapshot!(told.join("\n"));
}

#[test]
fn a_file_that_is_not_there_is_told() {
    let faults =
        Accepted::load("no-such-folder/accepted.yaml".as_ref(), &mut SourceMap::default()).expect_err("no file");
    let said = render_all(&faults, &SourceMap::default(), false);
    assert!(
        said.contains("cannot read the accepted differences no-such-folder/accepted.yaml"),
        "{said}"
    );
}
