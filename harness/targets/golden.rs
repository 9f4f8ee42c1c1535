//! Golden files of targets, as those of scenarios.

use std::path::Path;

use super::{Target, Variables};
use crate::diagnostic::{SourceMap, render_all};
use crate::scenario::golden::compare_folder;

fn say(file: &Path) -> String {
    let mut sources = SourceMap::default();
    match Target::load(file, &Variables::default(), &mut sources) {
        Ok(_) => String::new(),
        Err(faults) => render_all(&faults, &sources, false),
    }
}

#[test]
fn golden_targets() {
    compare_folder(Path::new("harness/targets/golden"), say);
}

#[test]
fn the_targets_of_the_repository_are_good() {
    for file in [
        "fixtures/targets/simcloud.yaml",
        "fixtures/targets/lab.yaml",
        "fixtures/targets/example.yaml",
    ] {
        assert_eq!(say(Path::new(file)), "", "{file}");
    }
}
