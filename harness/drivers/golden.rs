//! Golden files of driver profiles, as those of scenarios.

use std::path::Path;
use std::sync::Arc;

use super::DriverFile;
use crate::diagnostic::{SourceMap, render_all};
use crate::scenario::golden::compare_folder;

fn say(path: &Path) -> String {
    let file: Arc<str> = path.to_string_lossy().into();
    let text: Arc<str> = std::fs::read_to_string(path).expect("a file").into();
    let mut sources = SourceMap::default();
    sources.insert(file.clone(), text.clone());
    match DriverFile::read(&file, &text) {
        Ok(_) => String::new(),
        Err(faults) => render_all(&faults, &sources, false),
    }
}

#[test]
fn golden_profiles() {
    compare_folder(Path::new("harness/drivers/golden"), say);
}
