//! From files to plans: reads and compiles all that was requested, and finds every fault.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::embedded::{self, BUILT_IN, WithBuiltIn};
use super::{Faults, Selection};
use crate::counted::counted;
use crate::diagnostic::{Diagnostics, Severity, SourceMap};
use crate::document::MemoryFiles;
use crate::event::ShardRecord;
use crate::names::ScenarioName;
use crate::plan::{Plan, compile};
use crate::run::Chain;
use crate::scenario::{Scenario, ScenarioSet, load_all};
use crate::session::Skipped;
use crate::targets::{Target, Variables};

/// Which scenarios and which target.
#[derive(Clone, Debug)]
pub(crate) struct Inputs {
    scenarios: Vec<PathBuf>,
    /// Where scenarios are read from, if neither from the disk nor from within the program.
    in_memory: Option<MemoryFiles>,
    target: TargetSource,
    /// The folder of snapshots, by target, in place of that which the target names.
    snapshots: Option<PathBuf>,
    selection: Selection,
}

/// Where a target comes from.
#[derive(Clone, Debug)]
enum TargetSource {
    File(PathBuf),
    /// The copy within the program.
    Embedded,
    /// It was read already, for a cloud that runs.
    Read(Box<Target>),
}

impl TargetSource {
    /// What a word of a command line means.
    fn of(word: &Path) -> TargetSource {
        match embedded::is_target(word) {
            true => TargetSource::Embedded,
            false => TargetSource::File(word.to_owned()),
        }
    }
}

impl Inputs {
    /// The scenarios and the target of a command line: files, or names of what comes within the program. Without scenarios,
    /// those of the folder `scenarios`; without a target, `fixtures/targets/simcloud.yaml`; where these are not, the copies
    /// within the program.
    pub fn new(scenarios: &[PathBuf], target: Option<&Path>) -> Inputs {
        let target = match target {
            Some(file) => TargetSource::of(file),
            None if Path::new(embedded::TARGET).is_file() => TargetSource::File(embedded::TARGET.into()),
            None => TargetSource::Embedded,
        };
        Inputs {
            scenarios: match scenarios {
                [] if Path::new(embedded::SCENARIOS).is_dir() => vec![embedded::SCENARIOS.into()],
                [] => vec![BUILT_IN.into()],
                named => named.to_vec(),
            },
            in_memory: None,
            target,
            snapshots: None,
            selection: Selection::default(),
        }
    }

    /// These scenarios, on the target within the program.
    pub fn of(scenarios: Vec<PathBuf>) -> Inputs {
        Inputs {
            scenarios,
            in_memory: None,
            target: TargetSource::Embedded,
            snapshots: None,
            selection: Selection::default(),
        }
    }

    /// The same, but only those of the scenarios that are selected.
    pub fn selecting(self, selection: Selection) -> Inputs {
        Inputs { selection, ..self }
    }

    /// The same, with the scenarios' files in memory.
    pub fn in_memory(self, files: MemoryFiles) -> Inputs {
        Inputs {
            in_memory: Some(files),
            ..self
        }
    }

    /// The same on the target of a file.
    pub fn on(self, file: PathBuf) -> Inputs {
        let target = TargetSource::of(&file);
        Inputs { target, ..self }
    }

    /// The same on a target that was read.
    pub fn on_read(self, target: Target) -> Inputs {
        let target = TargetSource::Read(Box::new(target));
        Inputs { target, ..self }
    }

    /// The same with snapshots in a folder of `folder` that has the target's name.
    pub fn snapshots(self, folder: PathBuf) -> Inputs {
        let snapshots = Some(folder);
        Inputs { snapshots, ..self }
    }

    /// The part of the scenarios that this is, if it is one.
    pub fn shard(&self) -> Option<ShardRecord> {
        self.selection.shard
    }

    /// Whether the target was read already, for a cloud that runs.
    pub fn is_read(&self) -> bool {
        matches!(self.target, TargetSource::Read(_))
    }

    /// Reads the target.
    ///
    /// # Errors
    /// All faults of its file.
    pub fn load_target(&self, variables: &Variables, sources: &mut SourceMap) -> Result<Target, Diagnostics> {
        let mut target = match &self.target {
            TargetSource::File(file) => match embedded::no_target(file) {
                Some(fault) => return Err(fault.into()),
                None => Target::load(file, variables, sources)?,
            },
            TargetSource::Embedded => embedded::target(variables, sources)?,
            TargetSource::Read(target) => (**target).clone(),
        };
        if let Some(folder) = &self.snapshots {
            target.snapshots = Some(folder.join(target.name.as_str()));
        }
        Ok(target)
    }

    /// Reads the scenarios, and those that they continue.
    pub fn load_scenarios(&self, sources: &mut SourceMap) -> (ScenarioSet, Diagnostics) {
        if let Some(files) = &self.in_memory {
            return load_all(files, &self.scenarios, sources);
        }
        let mut faults = Diagnostics::default();
        let mut paths = Vec::new();
        for word in &self.scenarios {
            match embedded::meant(word) {
                Ok(path) => paths.push(path),
                Err(found) => faults.extend(found),
            }
        }
        let (set, found) = load_all(&WithBuiltIn, &paths, sources);
        faults.extend(found);
        (set, faults)
    }
}

/// All that was read and compiled.
#[derive(Debug)]
pub(crate) struct Prepared {
    /// The texts of the files.
    pub sources: SourceMap,
    /// The scenarios.
    pub scenarios: ScenarioSet,
    /// The target; none if it has faults.
    pub target: Option<Target>,
    /// A plan for each requested scenario without faults, in the order in which they were requested.
    pub plans: Vec<Plan>,
    /// Each requested scenario that does not compile for the target, and why; all of it is in `faults` too.
    pub refused: Vec<(ScenarioName, Diagnostics)>,
    /// Those that were requested and are not to run on the target. They are requested no longer.
    pub skipped: Vec<Skipped>,
    /// All faults of all files.
    pub faults: Diagnostics,
}

impl Prepared {
    /// The plan of a requested scenario.
    pub fn plan(&self, scenario: &ScenarioName) -> Option<&Plan> {
        self.plans.iter().find(|plan| plan.scenario == *scenario)
    }

    /// The plans that run everything that was requested: a plan that another one continues is part of that one.
    pub fn ends(&self) -> Vec<&Plan> {
        self.scenarios
            .ends()
            .into_iter()
            .filter_map(|scenario| self.plan(&scenario.name))
            .collect()
    }

    /// The chains that run everything that was requested once.
    pub fn chains(&self) -> Vec<Chain> {
        let mut counted = BTreeSet::new();
        let ends = self.ends().into_iter();
        ends.map(|plan| Chain::new(plan.clone(), &self.scenarios, &mut counted))
            .collect()
    }

    /// All faults, with the texts that they point into.
    pub fn into_faults(self) -> Faults {
        Faults {
            diagnostics: self.faults,
            sources: self.sources,
        }
    }

    /// How many errors and warnings there are, in words.
    pub fn summary(&self) -> String {
        format!(
            "{}, {}, {}",
            counted(self.scenarios.requested().count() + self.skipped.len(), "scenario"),
            counted(self.faults.count(Severity::Error), "error"),
            counted(self.faults.count(Severity::Warning), "warning"),
        )
    }
}

/// Reads and compiles all that was requested. Touches nothing.
#[must_use]
pub(crate) fn prepare(inputs: &Inputs, variables: &Variables) -> Prepared {
    let mut sources = SourceMap::default();
    let mut faults = Diagnostics::default();
    let target = inputs
        .load_target(variables, &mut sources)
        .map_err(|found| faults.extend(found))
        .ok();
    let (mut scenarios, found) = inputs.load_scenarios(&mut sources);
    faults.extend(found);
    faults.extend(inputs.selection.apply(&mut scenarios));
    let (mut plans, mut refused) = (Vec::new(), Vec::new());
    let skipped = target
        .as_ref()
        .map(|target| skip(&mut scenarios, target))
        .unwrap_or_default();
    if let Some(target) = &target {
        for scenario in scenarios.requested() {
            match compile(scenario, &scenarios.chain(scenario), target) {
                Ok(plan) => {
                    faults.extend(plan.warnings.clone());
                    plans.push(plan);
                }
                Err(found) => {
                    faults.extend(found.clone());
                    refused.push((scenario.name.clone(), found));
                }
            }
        }
    }
    Prepared {
        sources,
        scenarios,
        target,
        plans,
        refused,
        skipped,
        faults,
    }
}

/// Asks no longer for what the target lacks something for, be it for a scenario that it continues.
fn skip(scenarios: &mut ScenarioSet, target: &Target) -> Vec<Skipped> {
    let lacking = |scenario: &Scenario| {
        let chain = scenarios.chain(scenario);
        chain
            .into_iter()
            .chain([scenario])
            .find_map(|part| part.lacking(target))
    };
    let skip = |scenario: &Scenario| {
        Some(Skipped {
            scenario: scenario.name.clone(),
            summary: scenario.summary.clone(),
            because: lacking(scenario)?,
            at: scenario.at.clone(),
        })
    };
    let skipped: Vec<Skipped> = scenarios.requested().filter_map(skip).collect();
    scenarios.keep_requested(|name| !skipped.iter().any(|skipped| skipped.scenario == *name));
    skipped
}
