//! What holds for any text, however bad.

use std::path::{Path, PathBuf};

use proptest::prelude::*;

use super::{MemoryFiles, load_all};
use crate::diagnostic::{Diagnostics, SourceMap, render_all};
use crate::plan::compile;
use crate::target::{Target, Variables};

const GOOD: &str = include_str!("../../scenarios/data-volume-failover.yaml");
const TARGET: &str = include_str!("../../fixtures/targets/simcloud.yaml");

/// Everything that `check` does with a scenario of these bytes.
fn check_scenario(bytes: &[u8]) -> (Diagnostics, SourceMap, bool) {
    let files = MemoryFiles::new([
        ("any.yaml", bytes.to_vec()),
        ("target.yaml", TARGET.as_bytes().to_vec()),
    ]);
    let mut sources = SourceMap::default();
    let target = Target::load_from(&files, Path::new("target.yaml"), &Variables::default(), &mut sources)
        .expect("the target is good");
    let (set, mut faults) = load_all(&files, &[PathBuf::from("any.yaml")], &mut sources);
    let mut compiled = false;
    for scenario in set.requested() {
        match compile(scenario, &set.chain(scenario), &target) {
            Ok(_) => compiled = true,
            Err(found) => faults.extend(found),
        }
    }
    (faults, sources, compiled)
}

fn check_target(bytes: &[u8]) -> (Diagnostics, SourceMap, bool) {
    let files = MemoryFiles::new([("any.yaml", bytes.to_vec())]);
    let mut sources = SourceMap::default();
    match Target::load_from(&files, Path::new("any.yaml"), &Variables::default(), &mut sources) {
        Ok(_) => (Diagnostics::default(), sources, true),
        Err(faults) => (faults, sources, false),
    }
}

/// What must hold whatever was read: either it is good, or somebody says why not, at a place that is in the file.
fn holds((faults, sources, good): (Diagnostics, SourceMap, bool)) -> Result<(), TestCaseError> {
    prop_assert_eq!(good, !faults.has_errors(), "{}", faults);
    for fault in faults.iter() {
        for label in fault.primary.iter().chain(&fault.secondary) {
            let text = sources.text(&label.at.file).expect("a file that was read");
            prop_assert!(label.at.span.end <= text.len() && label.at.span.start <= label.at.span.end);
            prop_assert!(text.is_char_boundary(label.at.span.start) && text.is_char_boundary(label.at.span.end));
            prop_assert!(
                label.at.line >= 1 && label.at.line <= text.lines().count() + 1,
                "{}",
                label.at
            );
        }
    }
    let rendered = render_all(&faults, &sources, true);
    prop_assert!(rendered.len() <= 20_000 + 20_000 * faults.iter().count());
    Ok(())
}

/// A good text with some pieces cut out, doubled, or replaced by what often goes wrong.
fn damaged(good: &'static str) -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "",
        " ",
        "\n",
        "\t",
        ":",
        "- ",
        "{",
        "}",
        "[",
        "]",
        "\"",
        "'",
        "&a ",
        "*a",
        "<<: ",
        "!!x ",
        "null",
        "1",
        "true",
        "é",
        "\u{0}",
        "---\n",
        "failover: { to: primary }",
        "app",
        "data",
        "${env.X}",
        "${",
        "|",
        "#",
        "\r\n",
        "\u{feff}",
    ]);
    let edit = (any::<prop::sample::Index>(), 0..12usize, piece);
    prop::collection::vec(edit, 1..6).prop_map(move |edits| {
        let mut characters: Vec<char> = good.chars().collect();
        for (at, length, piece) in edits {
            let start = at.index(characters.len().max(1)).min(characters.len());
            let end = (start + length).min(characters.len());
            characters.splice(start..end, piece.chars());
        }
        characters.into_iter().collect()
    })
}

proptest! {
    #[test]
    fn any_bytes_are_judged(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        holds(check_scenario(&bytes))?;
        holds(check_target(&bytes))?;
    }

    #[test]
    fn any_text_is_judged(text in "[ -~\\n\\t{}:,&*\\[\\]é-]{0,300}") {
        holds(check_scenario(text.as_bytes()))?;
        holds(check_target(text.as_bytes()))?;
    }

    #[test]
    fn a_damaged_scenario_is_judged(text in damaged(GOOD)) {
        holds(check_scenario(text.as_bytes()))?;
    }

    #[test]
    fn a_damaged_target_is_judged(text in damaged(TARGET)) {
        holds(check_target(text.as_bytes()))?;
    }
}

#[test]
fn a_file_that_is_too_large_is_refused() {
    let (faults, sources, _) = check_scenario("# filler\n".repeat(200_000).as_bytes());
    let rendered = render_all(&faults, &sources, false);
    assert!(rendered.contains("any.yaml is too large"), "{rendered}");
}

#[test]
fn a_good_scenario_is_good() {
    let (faults, _, compiled) = check_scenario(GOOD.as_bytes());
    assert!(compiled && !faults.has_errors(), "{faults}");
}
