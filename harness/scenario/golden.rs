//! Golden files: each bad file, and exactly what is said about it. `UPDATE_GOLDENS=1 cargo test golden` writes them anew.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::load_all;
use crate::diagnostic::{Diagnostics, SourceMap, render_all};
use crate::document::{DiskFiles, Files};
use crate::plan::compile;
use crate::targets::{Target, Variables};

/// The environment variable that makes the golden files be written anew.
const UPDATE: &str = "UPDATE_GOLDENS";

/// Compares what `say` says about every YAML file of a folder with the file's golden text. Golden texts without a file
/// are faults too.
pub(crate) fn compare_folder(folder: &Path, say: impl Fn(&Path) -> String) {
    let is_companion = |path: &PathBuf| path.to_string_lossy().ends_with(".target.yaml");
    let files: Vec<PathBuf> = DiskFiles
        .yaml_files(folder)
        .expect("the folder")
        .into_iter()
        .filter(|path| !is_companion(path))
        .collect();
    assert!(files.len() > 10, "the golden files are gone from {}", folder.display());
    let mut unused: BTreeSet<PathBuf> = std::fs::read_dir(folder)
        .expect("the folder")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "stderr"))
        .collect();
    let update = std::env::var_os(UPDATE).is_some();
    let mut wrong = Vec::new();
    for file in &files {
        let golden = file.with_extension("stderr");
        unused.remove(&golden);
        let said = say(file);
        if update {
            std::fs::write(&golden, &said).expect("a golden file that can be written");
        } else if std::fs::read_to_string(&golden).ok().as_ref() != Some(&said) {
            wrong.push(format!("=== {} now says\n{said}", file.display()));
        }
    }
    for golden in unused {
        if update {
            std::fs::remove_file(&golden).expect("a golden file that can be removed");
        } else {
            wrong.push(format!("=== {} has no YAML file", golden.display()));
        }
    }
    assert!(
        wrong.is_empty(),
        "{}\nlook at each; if all are right: {UPDATE}=1 cargo test golden",
        wrong.join("\n")
    );
}

/// What is said about a scenario, on the target beside it or on the default one.
fn say(file: &Path) -> String {
    let mut sources = SourceMap::default();
    let own_target = file.with_extension("target.yaml");
    let target = if own_target.is_file() {
        &own_target
    } else {
        Path::new("fixtures/targets/simcloud.yaml")
    };
    let target = Target::load(target, &Variables::default(), &mut sources).expect("a good target");
    let (set, mut faults) = load_all(&DiskFiles, &[file.to_owned()], &mut sources);
    for scenario in set.requested() {
        match compile(scenario, &set.chain(scenario), &target) {
            Ok(plan) => {
                assert!(scenario.complete, "{} has errors and compiles", file.display());
                faults.extend(plan.warnings);
            }
            Err(found) => {
                let all: Diagnostics =
                    [faults.clone(), found]
                        .into_iter()
                        .fold(Diagnostics::default(), |mut all, part| {
                            all.extend(part);
                            all
                        });
                faults = all;
                assert!(
                    faults.has_errors(),
                    "{} does not compile, and nobody says why",
                    file.display()
                );
            }
        }
    }
    render_all(&faults, &sources, false)
}

#[test]
fn golden_scenarios() {
    compare_folder(Path::new("harness/scenario/golden"), say);
}

#[test]
fn only_the_good_ones_are_good() {
    for file in DiskFiles
        .yaml_files(Path::new("harness/scenario/golden"))
        .expect("the folder")
    {
        let name = file.file_stem().expect("a name").to_string_lossy().into_owned();
        if name.ends_with(".target") {
            continue;
        }
        assert_eq!(say(&file).is_empty(), name.starts_with("good"), "{name}");
    }
}
