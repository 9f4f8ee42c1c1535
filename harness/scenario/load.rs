//! From paths to scenarios, with those that they continue.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::Scenario;
use super::read::read;
use crate::diagnostic::{Diagnostic, Diagnostics, SourceMap, near_miss};
use crate::document::{self, Files};
use crate::names::ScenarioName;

/// Scenarios, with all that they continue.
#[derive(Clone, Default, Debug)]
pub struct ScenarioSet {
    scenarios: Vec<Scenario>,
    requested: Vec<ScenarioName>,
}

impl ScenarioSet {
    /// The scenarios that were requested, in that order.
    pub fn requested(&self) -> impl Iterator<Item = &Scenario> {
        self.requested.iter().filter_map(|name| self.get(name))
    }

    /// Asks no longer for what `keep` does not want. What is no longer requested is still there for what continues it.
    pub fn keep_requested(&mut self, mut keep: impl FnMut(&ScenarioName) -> bool) {
        self.requested.retain(|name| keep(name));
    }

    /// A scenario by its name.
    #[must_use]
    pub fn get(&self, name: &ScenarioName) -> Option<&Scenario> {
        self.scenarios.iter().find(|scenario| scenario.name == *name)
    }

    /// What runs before a scenario, first one first. A circle is cut where it closes.
    #[must_use]
    pub fn chain(&self, scenario: &Scenario) -> Vec<&Scenario> {
        let mut chain: Vec<&Scenario> = Vec::new();
        let mut current = scenario;
        while let Some(continued) = current
            .continues
            .as_ref()
            .and_then(|continues| self.get(&continues.name))
        {
            if continued.name == scenario.name || chain.iter().any(|earlier| earlier.name == continued.name) {
                break;
            }
            chain.push(continued);
            current = continued;
        }
        chain.reverse();
        chain
    }

    /// The requested scenarios that no other requested one continues. Running these runs all that were requested, each
    /// chain once, on the same resources.
    #[must_use]
    pub fn ends(&self) -> Vec<&Scenario> {
        self.requested()
            .filter(|scenario| {
                !self
                    .requested()
                    .any(|other| self.chain(other).iter().any(|earlier| earlier.name == scenario.name))
            })
            .collect()
    }
}

/// Reads scenarios, and those that they continue. A folder stands for all YAML files in it. Scenarios with faults are in the
/// set as far as they could be read ([`Scenario::complete`]), so compiling them finds further faults.
pub fn load_all(files: &dyn Files, paths: &[PathBuf], sources: &mut SourceMap) -> (ScenarioSet, Diagnostics) {
    let mut loader = Loader {
        files,
        sources,
        set: ScenarioSet::default(),
        faults: Diagnostics::default(),
    };
    for path in paths {
        if files.is_folder(path) {
            match files.yaml_files(path) {
                Ok(found) if found.is_empty() => loader.faults.push(Diagnostic::error(
                    "no-scenarios",
                    format!("the folder {} holds no YAML files", path.display()),
                )),
                Ok(found) => found.iter().for_each(|file| loader.request(file, Asked::WithItsFolder)),
                Err(error) => loader.unreadable(path, &error),
            }
        } else {
            loader.request(path, Asked::ByName);
        }
    }
    loader.follow();
    loader.circles();
    (loader.set, loader.faults)
}

/// How a file was requested.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Asked {
    ByName,
    WithItsFolder,
}

struct Loader<'a> {
    files: &'a dyn Files,
    sources: &'a mut SourceMap,
    set: ScenarioSet,
    faults: Diagnostics,
}

impl Loader<'_> {
    fn request(&mut self, path: &Path, asked: Asked) {
        // `./x.yaml` is `x.yaml`; reading both would find the scenario twice.
        let path = path.strip_prefix("./").unwrap_or(path);
        let read_already = |scenario: &&Scenario| Path::new(&*scenario.file) == path;
        let known = self.set.scenarios.iter().find(read_already);
        let Some(name) = known.map(|scenario| scenario.name.clone()).or_else(|| self.read(path)) else {
            return;
        };
        let only_by_name = self.set.get(&name).is_some_and(|scenario| scenario.only_by_name);
        // The same file named twice is asked for once.
        if !self.set.requested.contains(&name) && (asked == Asked::ByName || !only_by_name) {
            self.set.requested.push(name);
        }
    }

    fn read(&mut self, path: &Path) -> Option<ScenarioName> {
        let file: Arc<str> = path.to_string_lossy().into();
        let bytes = match self.files.read(path) {
            Ok(bytes) => bytes,
            Err(error) => {
                self.unreadable(path, &error);
                return None;
            }
        };
        let text = match document::decode(&file, bytes) {
            Ok(text) => text,
            Err(found) => {
                self.faults.extend(found);
                return None;
            }
        };
        self.sources.insert(file.clone(), text.clone());
        let scenario = read(&file, &text, &mut self.faults)?;
        if let Some(first) = self.set.get(&scenario.name) {
            self.faults.push(
                Diagnostic::error(
                    "duplicate-scenario",
                    format!("there are two scenarios called `{}`", scenario.name),
                )
                .at(&scenario.at, "")
                .because(&first.at, "the first one is here"),
            );
            return None;
        }
        let name = scenario.name.clone();
        self.set.scenarios.push(scenario);
        Some(name)
    }

    fn unreadable(&mut self, path: &Path, error: &std::io::Error) {
        let fault = Diagnostic::error("unreadable", format!("cannot read {}: {error}", path.display()));
        let folder = path.parent().unwrap_or(Path::new(""));
        let siblings = self.files.yaml_files(folder).unwrap_or_default();
        let names: Vec<&str> = siblings.iter().filter_map(|path| path.file_name()?.to_str()).collect();
        let near = path
            .file_name()
            .and_then(|name| name.to_str())
            .and_then(|name| near_miss(name, names));
        self.faults
            .push(fault.help_if(near.map(|near| format!("did you mean {}?", folder.join(near).display()))));
    }

    /// Reads what is continued, and what that continues.
    fn follow(&mut self) {
        let mut index = 0;
        while let Some(scenario) = self.set.scenarios.get(index) {
            index += 1;
            let Some(continues) = scenario.continues.clone() else {
                continue;
            };
            if self.set.get(&continues.name).is_some() {
                continue;
            }
            let folder = Path::new(&*scenario.file).parent().unwrap_or(Path::new("")).to_owned();
            let path = folder.join(format!("{}.yaml", continues.name));
            // A file that is there but is not what it should be is a fault of that file, not of this one.
            let there = self.files.read(&path).is_ok();
            if there && (self.read(&path).as_ref() == Some(&continues.name) || self.faults.has_errors()) {
                continue;
            }
            let siblings = self.files.yaml_files(&folder).unwrap_or_default();
            let known: Vec<&str> = siblings
                .iter()
                .filter_map(|path| path.file_stem()?.to_str())
                .filter(|stem| *stem != scenario_stem(&self.set.scenarios[index - 1]))
                .collect();
            self.faults.push(
                Diagnostic::error(
                    "unknown-scenario",
                    format!("there is no scenario `{}` to continue", continues.name),
                )
                .at(&continues.at, "")
                .note(format!("looked for {}", path.display()))
                .help_if(near_miss(continues.name.as_str(), known).map(|name| format!("did you mean `{name}`?"))),
            );
            // Without what it continues, most of what it says cannot be judged.
            self.set.scenarios[index - 1].complete = false;
        }
    }

    /// Scenarios that continue themselves in the end.
    fn circles(&mut self) {
        let mut cyclic = Vec::new();
        for scenario in &self.set.scenarios {
            let Some(continues) = &scenario.continues else { continue };
            let mut path = vec![scenario.name.as_str()];
            let mut next = self.set.get(&continues.name);
            while let Some(current) = next {
                path.push(current.name.as_str());
                if current.name == scenario.name {
                    self.faults.push(
                        Diagnostic::error("cyclic-continues", format!("`{}` continues itself", scenario.name))
                            .at(&continues.at, "")
                            .note(format!("it continues {}", path[1..].join(", which continues "))),
                    );
                    cyclic.push(scenario.name.clone());
                    break;
                }
                if path.len() > self.set.scenarios.len() {
                    break;
                }
                next = current
                    .continues
                    .as_ref()
                    .and_then(|continues| self.set.get(&continues.name));
            }
        }
        for scenario in &mut self.set.scenarios {
            scenario.complete &= !cyclic.contains(&scenario.name);
        }
    }
}

fn scenario_stem(scenario: &Scenario) -> &str {
    Path::new(&*scenario.file)
        .file_stem()
        .and_then(|stem| stem.to_str())
        .unwrap_or_default()
}
