//! The scenarios that come within the program, so it works where this repository is not: `bfv-failover` names one wherever a file
//! of scenarios is taken. What lies on the disk under that name wins.

use std::path::{Component, Path, PathBuf};
use std::sync::OnceLock;

use super::like::like;
use crate::diagnostic::{Diagnostic, Diagnostics, SourceMap, near_miss};
use crate::document::{DiskFiles, Files, MemoryFiles};
use crate::targets::{Target, Variables};

/// The default target, relative to the repository.
pub(crate) const TARGET: &str = "fixtures/targets/simcloud.yaml";

/// The folder of the scenarios, relative to the repository.
pub(crate) const SCENARIOS: &str = "scenarios";

/// The name of the embedded cloud's target.
const SIMCLOUD: &str = "simcloud";

/// The folder in which the copies are for whoever reads a fault, a plan or a report. No path of the disk is meant by it.
pub(crate) const BUILT_IN: &str = "<built-in>";

macro_rules! scenarios {
    ($($name:literal,)*) => {
        &[$(($name, include_str!(concat!("../../scenarios/", $name, ".yaml")))),*]
    };
}

/// The scenarios, by their paths below `scenarios`, without `.yaml`.
const FILES: &[(&str, &str)] = scenarios![
    "bfv-failback",
    "bfv-failover",
    "data-volume-failback",
    "data-volume-failover",
    "enable-mirroring",
    "replicated-volume",
    "certification/b01-boot-volume",
    "certification/b02-data-volume",
    "certification/b05-connection-info",
    "certification/c01-capability-report",
    "certification/c02-type-create",
    "certification/c05-clone",
    "certification/c05-from-image",
    "certification/c05-from-snapshot",
    "certification/c06-retype-in",
    "certification/c06-retype-out",
    "certification/c08-extend-replicated",
    "certification/c10-planned-failover",
    "certification/c12-auto-target",
    "certification/c20-failback",
    "certification/c23-replication-resumes",
    "certification/c24-soak",
    "certification/c30-restart-away",
    "certification/c40-freeze-thaw",
    "certification/c50-away-refused",
    "certification/c50-away-work",
    "disaster/link-cut",
    "disaster/link-cut-then-site-loss",
    "disaster/mirror-daemon-dead",
    "disaster/planned-under-load",
    "disaster/secondary-lost-while-away",
    "disaster/site-loss-bfv",
    "disaster/site-loss-data-volume",
    "disaster/site-return",
    "disaster/site-return-unresynced",
    "disaster/three-rounds",
    "disaster/twenty-volumes",
    "disaster/volume-service-killed-mid-failover",
];

/// A scenario that comes within the program.
#[derive(Clone, Copy, Debug)]
pub(crate) struct BuiltIn {
    /// The folder of `scenarios` in which it is; empty for the guide's.
    pub folder: &'static str,
    /// Its name, which no other has.
    pub name: &'static str,
    /// Its file.
    pub text: &'static str,
}

impl BuiltIn {
    /// Where it is, for whoever reads.
    pub fn path(self) -> PathBuf {
        let file = format!("{}.yaml", self.name);
        Path::new(BUILT_IN).join(self.folder).join(file)
    }
}

/// All of them: the guide's, and then those of the folders.
pub(crate) fn built_in() -> impl Iterator<Item = BuiltIn> {
    FILES.iter().map(|(path, text)| {
        let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
        BuiltIn { folder, name, text }
    })
}

/// The one of this name, with its folder or without.
pub(crate) fn scenario(name: &str) -> Option<BuiltIn> {
    built_in()
        .zip(FILES)
        .find_map(|(found, (path, _))| (*path == name || found.name == name).then_some(found))
}

/// Reads the target of the embedded cloud.
///
/// # Errors
/// All faults of its file.
pub(crate) fn target(variables: &Variables, sources: &mut SourceMap) -> Result<Target, Diagnostics> {
    let path = Path::new(BUILT_IN).join("targets/simcloud.yaml");
    let text = like(SIMCLOUD).unwrap_or_default();
    let files = MemoryFiles::new([(path.clone(), text)]);
    let mut target = Target::load_from(&files, &path, variables, sources)?;
    // Snapshots are not embedded, and a folder of the copy's name may be anyone's.
    target.snapshots = None;
    Ok(target)
}

/// Whether the word names the target within the program, and nothing on the disk.
pub(super) fn is_target(word: &Path) -> bool {
    word == Path::new(SIMCLOUD) && !is_on_disk(word)
}

/// The fault of a word that stands for a target, and names one to be written first.
pub(super) fn no_target(word: &Path) -> Option<Diagnostic> {
    let name = word.to_str().filter(|_| !is_on_disk(word))?;
    like(name)?;
    let fault = Diagnostic::error("unreadable", format!("`{name}` is no target that can be drilled"));
    Some(fault.help(format!(
        "`cinder-drill example {name} --output my-cloud.yaml` writes it; fill it in, and name my-cloud.yaml"
    )))
}

/// The files of the disk, and those within the program.
#[derive(Clone, Copy, Debug)]
pub(crate) struct WithBuiltIn;

impl WithBuiltIn {
    fn of(path: &Path) -> &'static dyn Files {
        static COPIES: OnceLock<MemoryFiles> = OnceLock::new();
        if path.starts_with(BUILT_IN) {
            COPIES.get_or_init(|| MemoryFiles::new(built_in().map(|scenario| (scenario.path(), scenario.text))))
        } else {
            &DiskFiles
        }
    }
}

impl Files for WithBuiltIn {
    fn read(&self, path: &Path) -> std::io::Result<Vec<u8>> {
        WithBuiltIn::of(path).read(path)
    }

    fn yaml_files(&self, folder: &Path) -> std::io::Result<Vec<PathBuf>> {
        WithBuiltIn::of(folder).yaml_files(folder)
    }

    fn is_folder(&self, path: &Path) -> bool {
        WithBuiltIn::of(path).is_folder(path)
    }

    fn leads_out_of(&self, folder: &Path, path: &Path) -> bool {
        // What a file on the disk uses is on the disk, and a copy uses copies.
        folder.starts_with(BUILT_IN) != path.starts_with(BUILT_IN) || WithBuiltIn::of(folder).leads_out_of(folder, path)
    }
}

/// The file or folder that a word of a command line means: what is on the disk, as it stands or as the scenario of that name here
/// or in `scenarios`; or else a built-in scenario, or a folder of them.
///
/// # Errors
/// There is nothing of that name. A path that names a file is left to whoever reads it, which knows its neighbours.
pub(super) fn meant(word: &Path) -> Result<PathBuf, Diagnostics> {
    if is_on_disk(word) || word.starts_with(BUILT_IN) {
        return Ok(word.to_owned());
    }
    let Some(name) = bare(word) else {
        return match word.file_stem().and_then(|stem| copies(stem.to_str()?)).is_some() {
            // A file that the documentation names, where this repository is not.
            true => Err(not_here(word).into()),
            false => Ok(word.to_owned()),
        };
    };
    let copy = copies(name);
    let by_its_path = copy.iter().filter_map(|copy| copy.strip_prefix(BUILT_IN).ok());
    let by_its_path = by_its_path.map(|path| Path::new(SCENARIOS).join(path));
    let file = format!("{name}.yaml");
    let mut on_disk = [PathBuf::from(&file), Path::new(SCENARIOS).join(&file)]
        .into_iter()
        .chain(by_its_path)
        .filter(|path| is_on_disk(path));
    on_disk
        .next()
        .or_else(|| copy.clone())
        .ok_or_else(|| unknown(name).into())
}

/// The word, if it is a name and no path of a file: `link-cut`, `disaster/link-cut`.
fn bare(word: &Path) -> Option<&str> {
    let is_plain = word.components().all(|part| matches!(part, Component::Normal(_)));
    let is_short = word.components().count() <= 2;
    word.to_str()
        .filter(|name| is_plain && is_short && word.extension().is_none() && !name.ends_with('/'))
}

/// The copy of a scenario, or the folder of copies, of this name.
fn copies(name: &str) -> Option<PathBuf> {
    let of_folder = || {
        let is_folder = built_in().any(|scenario| scenario.folder == name && !name.is_empty());
        is_folder.then(|| Path::new(BUILT_IN).join(name))
    };
    scenario(name).map(BuiltIn::path).or_else(of_folder)
}

/// A link that leads nowhere, or what may not be looked at, is there: its fault is told, and no copy runs in its place.
fn is_on_disk(path: &Path) -> bool {
    use std::io::ErrorKind::{NotADirectory, NotFound};
    !matches!(path.symlink_metadata(), Err(error) if matches!(error.kind(), NotFound | NotADirectory))
}

fn not_here(word: &Path) -> Diagnostic {
    let name = word.file_stem().unwrap_or_default().display();
    Diagnostic::error("unreadable", format!("{} is not here", word.display())).help(format!(
        "`{name}` alone, without folder and `.yaml`, names what comes within the program"
    ))
}

fn unknown(name: &str) -> Diagnostic {
    let here = DiskFiles
        .yaml_files(Path::new(""))
        .or_else(|_| DiskFiles.yaml_files(Path::new(".")));
    let in_folder = DiskFiles.yaml_files(Path::new(SCENARIOS)).unwrap_or_default();
    let on_disk: Vec<String> = here
        .unwrap_or_default()
        .iter()
        .chain(&in_folder)
        .filter_map(|path| Some(path.file_stem()?.to_str()?.to_owned()))
        .collect();
    let known = on_disk
        .iter()
        .map(String::as_str)
        .chain(built_in().map(|scenario| scenario.name));
    let near = near_miss(name, known).map(|near| format!("did you mean `{near}`?"));
    let mut fault = Diagnostic::error(
        "unknown-scenario",
        format!("there is neither a file nor a built-in scenario `{name}`"),
    );
    for (folder, names) in by_folder() {
        let of = if folder.is_empty() {
            String::new()
        } else {
            format!(" in `{folder}`")
        };
        fault = fault.note(format!("built-in{of}: {}", names.join(", ")));
    }
    fault.help_if(near).help("`cinder-drill example NAME` prints one")
}

/// The names of the built-in scenarios, by folder.
pub(crate) fn by_folder() -> Vec<(&'static str, Vec<&'static str>)> {
    let mut folders: Vec<(&str, Vec<&str>)> = Vec::new();
    for scenario in built_in() {
        match folders.iter_mut().find(|(folder, _)| *folder == scenario.folder) {
            Some((_, names)) => names.push(scenario.name),
            None => folders.push((scenario.folder, vec![scenario.name])),
        }
    }
    folders
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::diagnostic::render_all;
    use crate::scenario::load_all;

    #[test]
    fn every_scenario_of_the_repository_is_embedded() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join(SCENARIOS);
        let mut folders = vec![root.clone()];
        let below = std::fs::read_dir(&root).expect("the folder of scenarios");
        folders.extend(below.filter_map(|entry| Some(entry.ok()?.path()).filter(|path| path.is_dir())));
        let on_disk: BTreeSet<PathBuf> = folders
            .iter()
            .flat_map(|folder| DiskFiles.yaml_files(folder).expect("a folder"))
            .filter_map(|path| Some(Path::new(BUILT_IN).join(path.strip_prefix(&root).ok()?)))
            .collect();
        let embedded: BTreeSet<PathBuf> = built_in().map(BuiltIn::path).collect();
        assert_eq!(on_disk, embedded);
        let names: BTreeSet<&str> = built_in().map(|scenario| scenario.name).collect();
        assert_eq!(names.len(), FILES.len(), "a name means two scenarios");
    }

    #[test]
    fn a_file_is_called_as_its_scenario() {
        for built_in in built_in() {
            let mut sources = SourceMap::default();
            let (set, faults) = load_all(&WithBuiltIn, &[built_in.path()], &mut sources);
            assert!(faults.is_empty(), "{faults:?}");
            assert!(
                set.requested().any(|scenario| scenario.name.written() == built_in.name),
                "{}",
                built_in.name
            );
        }
    }

    #[test]
    fn a_name_means_the_copy_unless_the_disk_has_one() {
        // Tests run in the repository, which has them all.
        assert_eq!(
            meant(Path::new("bfv-failover")),
            Ok("scenarios/bfv-failover.yaml".into())
        );
        assert_eq!(
            meant(Path::new("link-cut")),
            Ok("scenarios/disaster/link-cut.yaml".into())
        );
        assert_eq!(
            meant(Path::new("disaster/link-cut")),
            Ok("scenarios/disaster/link-cut.yaml".into())
        );
        assert_eq!(meant(Path::new("certification")), Ok("scenarios/certification".into()));
        assert_eq!(copies("certification"), Some("<built-in>/certification".into()));
        // What looks like a path is a path.
        assert_eq!(meant(Path::new("no/such.yaml")), Ok("no/such.yaml".into()));
        assert_eq!(
            meant(Path::new("../bfv-failover")),
            Err(not_here(Path::new("../bfv-failover")).into())
        );
    }

    #[test]
    fn golden_names_that_mean_nothing() {
        let said = |word: &str| {
            let faults = meant(Path::new(word)).expect_err("a fault");
            render_all(&faults, &SourceMap::default(), false)
        };
        insta::assert_snapshot!(["bfv-failovr", "no/bfv-failover.yaml"].map(said).join("\n"));
    }
}
