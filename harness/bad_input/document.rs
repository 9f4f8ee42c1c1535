//! Scenarios, targets and driver profiles.

use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use super::rendering::must_render;
use crate::connection::DriverProfile;
use crate::diagnostic::{Diagnostics, SourceMap};
use crate::document::MemoryFiles;
use crate::plan::{compile, to_text};
use crate::scenario::load_all;
use crate::targets::{Target, Variables};

/// A target that has no faults.
const GOOD_TARGET: &str = include_str!("../../fixtures/targets/simcloud.yaml");

static TARGET: LazyLock<Target> = LazyLock::new(|| {
    let files = MemoryFiles::new([("target.yaml", GOOD_TARGET)]);
    let variables = Variables::default();
    Target::load_from(&files, Path::new("target.yaml"), &variables, &mut SourceMap::default())
        .expect("the target of the repository has no faults")
});

/// Everything that `check` does with a scenario.
pub(super) fn scenario(bytes: &[u8]) {
    let files = MemoryFiles::new([("any.yaml", bytes)]);
    let mut sources = SourceMap::default();
    let (set, mut faults) = load_all(&files, &[PathBuf::from("any.yaml")], &mut sources);
    let mut compiled = false;
    for scenario in set.requested() {
        match compile(scenario, &set.chain(scenario), &TARGET) {
            Ok(plan) => {
                compiled = true;
                // It is printed, too.
                assert!(!to_text(&plan).is_empty());
            }
            Err(found) => faults.extend(found),
        }
    }
    judged(compiled, &faults, &sources);
}

/// Everything that `check` does with a target.
pub(super) fn target(bytes: &[u8]) {
    let files = MemoryFiles::new([("any.yaml", bytes)]);
    let mut sources = SourceMap::default();
    match Target::load_from(&files, Path::new("any.yaml"), &Variables::default(), &mut sources) {
        Ok(target) => assert!(!target.name.to_string().is_empty()),
        Err(faults) => judged(false, &faults, &sources),
    }
}

/// A driver profile of one's own.
pub(super) fn driver_profile(bytes: &[u8]) {
    if let Err(error) = DriverProfile::parse(bytes, Path::new("any.yaml")) {
        assert!(error.summary().contains("any.yaml"), "{error}");
        assert!(
            error.details().iter().all(|(_, value)| value.len() < 10_000),
            "{error:?}"
        );
    }
}

/// Either it is good, or an error says why not, at a place in the file.
fn judged(good: bool, faults: &Diagnostics, sources: &SourceMap) {
    assert_eq!(good, !faults.has_errors(), "{faults}");
    for label in faults
        .iter()
        .flat_map(|fault| fault.primary.iter().chain(&fault.secondary))
    {
        let text = sources.text(&label.at.file).expect("a file that was read");
        assert!(text.get(label.at.span.clone()).is_some(), "{:?}", label.at.span);
        // YAML counts a lone carriage return as a line's end, too.
        let lines = text.split(['\n', '\r']).count();
        assert!(label.at.line >= 1 && label.at.line <= lines + 1, "{}", label.at);
    }
    must_render(faults, sources);
}
