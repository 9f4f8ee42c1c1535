//! The scenarios and the target that come within the program, so it works where this repository is not.

use crate::diagnostic::{Diagnostics, SourceMap};
use crate::document::MemoryFiles;
use crate::targets::{Target, Variables};

/// The default target, relative to the repository.
pub(crate) const TARGET: &str = "fixtures/targets/simcloud.yaml";

/// The folder of the scenarios, relative to the repository.
pub(crate) const SCENARIOS: &str = "scenarios";

/// Reads the target.
///
/// # Errors
/// All faults of its file.
pub(crate) fn target(variables: &Variables, sources: &mut SourceMap) -> Result<Target, Diagnostics> {
    let mut target = Target::load_from(&files(), TARGET.as_ref(), variables, sources)?;
    // Snapshots are not embedded, and a folder of the copy's name may be anyone's.
    target.snapshots = None;
    Ok(target)
}

/// The files, by their paths in the repository.
pub(crate) fn files() -> MemoryFiles {
    MemoryFiles::new([
        (
            "scenarios/bfv-failover.yaml",
            include_str!("../../scenarios/bfv-failover.yaml"),
        ),
        (
            "scenarios/bfv-failback.yaml",
            include_str!("../../scenarios/bfv-failback.yaml"),
        ),
        (
            "scenarios/data-volume-failover.yaml",
            include_str!("../../scenarios/data-volume-failover.yaml"),
        ),
        (
            "scenarios/data-volume-failback.yaml",
            include_str!("../../scenarios/data-volume-failback.yaml"),
        ),
        (
            "scenarios/enable-mirroring.yaml",
            include_str!("../../scenarios/enable-mirroring.yaml"),
        ),
        (
            "scenarios/replicated-volume.yaml",
            include_str!("../../scenarios/replicated-volume.yaml"),
        ),
        (TARGET, include_str!("../../fixtures/targets/simcloud.yaml")),
    ])
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::document::{DiskFiles, Files};

    #[test]
    fn every_scenario_of_the_repository_is_embedded() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let on_disk = DiskFiles
            .yaml_files(&root.join(SCENARIOS))
            .expect("the folder of scenarios");
        let names = |paths: Vec<std::path::PathBuf>| -> Vec<_> {
            paths
                .iter()
                .filter_map(|path| path.file_name())
                .map(ToOwned::to_owned)
                .collect()
        };
        let embedded = files().yaml_files(Path::new(SCENARIOS)).expect("a list");
        assert_eq!(names(on_disk), names(embedded));
    }
}
