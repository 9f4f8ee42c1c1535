//! How a comparison reads.

use super::world::{Run, planted, refused};
use crate::agreement::{Accepted, as_text, judge};
use crate::diagnostic::SourceMap;

fn accepted(text: &str) -> Accepted {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("accepted.yaml");
    std::fs::write(&path, text).expect("written");
    Accepted::load(&path, &mut SourceMap::default()).expect("no faults")
}

#[test]
fn what_is_open_accepted_and_stale_is_told_apart() {
    let comparison = planted(|run| {
        run.observe(5, refused("volume-unknown", 404, "Not found."));
        run.waits(&[("downloading", 100)]);
    });
    let accepted = accepted(
        "accepted:\n\
         - difference: 'volume-unknown: 404: message: * on lab'\n  reason: The lab is older.\n\
         - difference: 'volume-unknown: 409: message: * on lab'\n  reason: The lab is older.\n\
         - difference: 'volume-unknown: 410: message: * on lab'\n  reason: Of chance.\n  sometimes: true\n",
    );
    let judged = judge(&comparison, &accepted);
    assert!(!judged.agrees());
    insta::assert_snapshot!(as_text(
        &Run::on("simcloud").evidence(),
        &Run::on("lab").evidence(),
        &comparison,
        &judged
    ));
}

#[test]
fn what_is_accepted_agrees_and_what_is_stale_does_not() {
    let accepted = accepted("accepted:\n- difference: 'volume-unknown: 404: message: * on lab'\n  reason: Older.\n");
    let differs = planted(|run| run.observe(5, refused("volume-unknown", 404, "Not found.")));
    assert!(judge(&differs, &accepted).agrees());
    assert!(!judge(&differs, &Accepted::default()).agrees());
    let same = planted(|_| {});
    assert!(judge(&same, &Accepted::default()).agrees());
    let judged = judge(&same, &accepted);
    assert!(!judged.agrees() && judged.stale.len() == 1);
}
