//! From paths to scenarios, with those that they continue.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::draft::Draft;
use super::read::read;
use super::{Continues, Scenario};
use crate::diagnostic::{Diagnostic, Diagnostics, SourceMap, near_miss};
use crate::document::{self, Fields, Files};
use crate::expansion::{Bindings, Combination, Declared, Room, combinations, expand};
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
        drafts: Vec::new(),
        requested: Vec::new(),
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
    loader.expanded()
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
    drafts: Vec<Draft>,
    requested: Vec<ScenarioName>,
    faults: Diagnostics,
}

/// A scenario that came of a file, for what continues it.
struct Variant {
    name: ScenarioName,
    values: Vec<String>,
    bindings: Bindings,
    declared: Declared,
}

impl Loader<'_> {
    fn request(&mut self, path: &Path, asked: Asked) {
        // `./x.yaml` is `x.yaml`; reading both would find the scenario twice.
        let path = path.strip_prefix("./").unwrap_or(path);
        let read_already = |draft: &&Draft| Path::new(&*draft.file) == path;
        let known = self.drafts.iter().find(read_already);
        let Some(name) = known.map(|draft| draft.name.clone()).or_else(|| self.read(path)) else {
            return;
        };
        let only_by_name = self.draft(&name).is_some_and(|draft| draft.only_by_name);
        // The same file named twice is asked for once.
        if !self.requested.contains(&name) && (asked == Asked::ByName || !only_by_name) {
            self.requested.push(name);
        }
    }

    fn draft(&self, name: &ScenarioName) -> Option<&Draft> {
        self.drafts.iter().find(|draft| draft.name == *name)
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
        let draft = Draft::read(&file, &text, self.files, self.sources, &mut self.faults)?;
        if let Some(first) = self.drafts.iter().find(|known| known.name == draft.name) {
            self.faults.push(
                Diagnostic::error(
                    "duplicate-scenario",
                    format!("there are two scenarios called `{}`", draft.name),
                )
                .at(&draft.at, "")
                .because(&first.at, "the first one is here"),
            );
            return None;
        }
        let name = draft.name.clone();
        self.drafts.push(draft);
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
        while let Some(draft) = self.drafts.get(index) {
            index += 1;
            let Some(continues) = draft.continues.clone() else {
                continue;
            };
            if self.draft(&continues.name).is_some() {
                continue;
            }
            let folder = Path::new(&*draft.file).parent().unwrap_or(Path::new("")).to_owned();
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
                .filter(|stem| *stem != stem_of(&self.drafts[index - 1]))
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
            self.drafts[index - 1].is_whole = false;
        }
    }

    /// Scenarios that continue themselves in the end.
    fn circles(&mut self) {
        let (drafts, mut cyclic) = (&self.drafts, Vec::new());
        let of = |continues: &Option<Continues>| {
            let name = &continues.as_ref()?.name;
            drafts.iter().find(|draft| draft.name == *name)
        };
        for draft in drafts {
            let Some(continues) = &draft.continues else { continue };
            let mut path = vec![draft.name.as_str()];
            let mut next = of(&draft.continues);
            while let Some(current) = next.filter(|_| path.len() <= drafts.len()) {
                path.push(current.name.as_str());
                if current.name == draft.name {
                    self.faults.push(
                        Diagnostic::error("cyclic-continues", format!("`{}` continues itself", draft.name))
                            .at(&continues.at, "")
                            .note(format!("it continues {}", path[1..].join(", which continues "))),
                    );
                    cyclic.push(draft.name.clone());
                    break;
                }
                next = of(&current.continues);
            }
        }
        for draft in &mut self.drafts {
            draft.is_whole &= !cyclic.contains(&draft.name);
        }
    }

    /// The scenarios that come of the files: of each file after that of what it continues, whose combinations it has.
    fn expanded(mut self) -> (ScenarioSet, Diagnostics) {
        let mut variants: BTreeMap<ScenarioName, Vec<Variant>> = BTreeMap::new();
        let mut set = ScenarioSet::default();
        let mut open: Vec<&Draft> = self.drafts.iter().collect();
        while !open.is_empty() {
            let waits = |draft: &Draft| {
                let continues = draft.continues.as_ref().map(|continues| &continues.name);
                continues.is_some_and(|name| open.iter().any(|other| other.name == *name))
            };
            let (later, now): (Vec<&Draft>, Vec<&Draft>) = open.iter().partition(|draft| waits(draft));
            // What continues itself waits for ever; it is read as if it began by itself.
            let (later, now) = if now.is_empty() {
                (Vec::new(), later)
            } else {
                (later, now)
            };
            for draft in now {
                let inherited = draft
                    .continues
                    .as_ref()
                    .and_then(|continues| variants.get(&continues.name));
                let made = scenarios_of(
                    draft,
                    inherited.map(Vec::as_slice),
                    &mut set.scenarios,
                    &mut self.faults,
                );
                variants.insert(draft.name.clone(), made);
            }
            open = later;
        }
        // In the order in which their files were read.
        let position = |scenario: &Scenario| self.drafts.iter().position(|draft| draft.file == scenario.file);
        set.scenarios.sort_by_key(position);
        let asked = self.requested.iter().filter_map(|name| variants.get(name));
        set.requested = asked.flatten().map(|variant| variant.name.clone()).collect();
        (set, self.faults)
    }
}

/// The scenarios that come of a file. `inherited` is what came of the file that it continues.
fn scenarios_of(
    draft: &Draft,
    inherited: Option<&[Variant]>,
    scenarios: &mut Vec<Scenario>,
    faults: &mut Diagnostics,
) -> Vec<Variant> {
    let own = combinations(&draft.root, faults);
    let inherits = inherited.is_some_and(|inherited| inherited.iter().any(|variant| !variant.values.is_empty()));
    if let Some(matrix) = Fields::of(&draft.root).get("matrix").filter(|_| inherits) {
        faults.push(
            Diagnostic::error(
                "second-matrix",
                format!("`{}` has the matrix of what it continues", draft.name),
            )
            .at(&matrix.at, "")
            .help("leave this one out; the variables of that one are known here"),
        );
    }
    let begins: Vec<Option<&Variant>> = match inherited {
        Some(inherited) if !inherited.is_empty() => inherited.iter().map(Some).collect(),
        _ => vec![None],
    };
    let mut room = Room::new();
    let mut made = Vec::new();
    for begin in begins {
        for combination in own.iter().take(if inherits { 1 } else { own.len() }) {
            let Combination { values, bindings } = match begin.filter(|_| inherits) {
                Some(begin) => Combination {
                    values: begin.values.clone(),
                    bindings: begin.bindings.clone(),
                },
                None => combination.clone(),
            };
            let declared = begin.map(|begin| begin.declared.clone()).unwrap_or_default();
            let mut found = Diagnostics::default();
            let expanded = expand(&draft.root, &bindings, declared, &draft.parts, &mut room, &mut found);
            let name = draft.name.of_combination(&values);
            let mut scenario = read(draft, name.clone(), &expanded, &mut found);
            scenario.complete &= !found.has_errors();
            if let (Some(continues), Some(begin)) = (&mut scenario.continues, begin) {
                continues.name = begin.name.clone();
            }
            faults.extend(found);
            scenarios.push(scenario);
            made.push(Variant {
                name,
                values,
                bindings,
                declared: expanded.declared,
            });
            // One of a file with faults is enough to find more of them.
            if !draft.is_whole {
                return made;
            }
        }
    }
    made
}

fn stem_of(draft: &Draft) -> &str {
    Path::new(&*draft.file)
        .file_stem()
        .and_then(|stem| stem.to_str())
        .unwrap_or_default()
}
