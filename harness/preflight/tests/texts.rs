//! Reports as people and programs read them.

use super::super::{Report, Shown, to_text};
use super::facts::{ready, volume};

#[test]
fn what_a_volume_is_called_moves_no_cursor_and_no_color_is_where_none_was_asked_for() {
    let mut facts = ready();
    let mut bad = volume("v1", "disabled");
    bad.name = Some("\u{1b}[2J\u{7}evil".to_owned());
    facts.cloud.volumes = Ok(vec![bad]);
    let report = Report::of(&facts);
    let plain = to_text(&report, Shown::All, false);
    assert!(
        !plain.contains('\u{1b}') && !plain.contains('\u{7}') && plain.contains("evil"),
        "{plain}"
    );
    let colored = to_text(&report, Shown::All, true);
    assert!(!colored.contains("\u{1b}[2J"), "{colored:?}");
    assert!(colored.contains("\u{1b}[31mPROBLEM\u{1b}[0m"), "{colored}");
    assert_eq!(
        colored.matches("\u{1b}[3").count(),
        2,
        "only the problem and the verdict have a color"
    );
}

#[test]
fn the_json_has_the_documented_form() {
    let mut facts = ready();
    facts.cloud.volumes = Ok(vec![volume("v1", "disabled")]);
    facts.compute.clear();
    let mut report = Report::of(&facts);
    report
        .checks
        .retain(|checked| ["blast-radius", "libvirt-secret", "peers"].contains(&checked.check));
    insta::assert_json_snapshot!(report);
}
