//! From a command line to plans: reads and compiles all that was asked for, and finds every fault.

use std::path::{Path, PathBuf};

use super::{Selection, embedded};
use crate::diagnostic::{Diagnostics, Severity, SourceMap};
use crate::document::{DiskFiles, Files};
use crate::names::ScenarioName;
use crate::plan::{Plan, compile};
use crate::scenario::{ScenarioSet, load_all};
use crate::targets::{Target, Variables};

/// Which scenarios and which target.
#[derive(Clone, Debug)]
pub struct Inputs {
    scenarios: Vec<PathBuf>,
    scenarios_embedded: bool,
    target: PathBuf,
    target_embedded: bool,
    selection: Selection,
}

impl Inputs {
    /// The scenarios and the target of a command line. Without scenarios, those of the folder `scenarios`; without a
    /// target, `fixtures/targets/simcloud.yaml`; where these are not, the copies within the program.
    #[must_use]
    pub fn new(scenarios: &[PathBuf], target: Option<&Path>) -> Inputs {
        let scenarios_embedded = scenarios.is_empty() && !Path::new(embedded::SCENARIOS).is_dir();
        let target_embedded = target.is_none() && !Path::new(embedded::TARGET).is_file();
        Inputs {
            scenarios: if scenarios.is_empty() {
                vec![embedded::SCENARIOS.into()]
            } else {
                scenarios.to_vec()
            },
            scenarios_embedded,
            target: target.unwrap_or(Path::new(embedded::TARGET)).to_owned(),
            target_embedded,
            selection: Selection::default(),
        }
    }

    /// The same, but only those of the scenarios that are selected.
    #[must_use]
    pub fn selecting(self, selection: Selection) -> Inputs {
        Inputs { selection, ..self }
    }

    /// The scenarios and the target within the program.
    #[must_use]
    pub fn embedded() -> Inputs {
        Inputs {
            scenarios: vec![embedded::SCENARIOS.into()],
            scenarios_embedded: true,
            target: embedded::TARGET.into(),
            target_embedded: true,
            selection: Selection::default(),
        }
    }

    /// Reads the target.
    ///
    /// # Errors
    /// All faults of its file.
    pub fn load_target(&self, variables: &Variables, sources: &mut SourceMap) -> Result<Target, Diagnostics> {
        if !self.target_embedded {
            return Target::load(&self.target, variables, sources);
        }
        let mut target = Target::load_from(&embedded::files(), &self.target, variables, sources)?;
        // Snapshots are not embedded, and a folder of the copy's name may be anyone's.
        target.snapshots = None;
        Ok(target)
    }

    /// Reads the scenarios, and those that they continue.
    pub fn load_scenarios(&self, sources: &mut SourceMap) -> (ScenarioSet, Diagnostics) {
        let embedded = embedded::files();
        let files: &dyn Files = if self.scenarios_embedded { &embedded } else { &DiskFiles };
        load_all(files, &self.scenarios, sources)
    }
}

/// All that was read and compiled.
#[derive(Debug)]
pub struct Prepared {
    /// The texts of the files.
    pub sources: SourceMap,
    /// The scenarios.
    pub scenarios: ScenarioSet,
    /// The target; none if it has faults.
    pub target: Option<Target>,
    /// A plan for each requested scenario without faults, in the order in which they were requested.
    pub plans: Vec<Plan>,
    /// All faults of all files.
    pub faults: Diagnostics,
}

impl Prepared {
    /// The plan of a requested scenario.
    #[must_use]
    pub fn plan(&self, scenario: &ScenarioName) -> Option<&Plan> {
        self.plans.iter().find(|plan| plan.scenario == *scenario)
    }

    /// The plans that run everything that was requested: a plan that another one continues is part of that one.
    #[must_use]
    pub fn ends(&self) -> Vec<&Plan> {
        self.scenarios
            .ends()
            .into_iter()
            .filter_map(|scenario| self.plan(&scenario.name))
            .collect()
    }

    /// How many errors and warnings there are, in words.
    #[must_use]
    pub fn summary(&self) -> String {
        let count = |number: usize, word: &str| format!("{number} {word}{}", if number == 1 { "" } else { "s" });
        format!(
            "{}, {}, {}",
            count(self.scenarios.requested().count(), "scenario"),
            count(self.faults.count(Severity::Error), "error"),
            count(self.faults.count(Severity::Warning), "warning"),
        )
    }
}

/// Reads and compiles all that was asked for. Touches nothing.
#[must_use]
pub fn prepare(inputs: &Inputs, variables: &Variables) -> Prepared {
    let mut sources = SourceMap::default();
    let mut faults = Diagnostics::default();
    let target = inputs
        .load_target(variables, &mut sources)
        .map_err(|found| faults.extend(found))
        .ok();
    let (mut scenarios, found) = inputs.load_scenarios(&mut sources);
    faults.extend(found);
    faults.extend(inputs.selection.apply(&mut scenarios));
    let mut plans = Vec::new();
    if let Some(target) = &target {
        for scenario in scenarios.requested() {
            match compile(scenario, &scenarios.chain(scenario), target) {
                Ok(plan) => {
                    faults.extend(plan.warnings.clone());
                    plans.push(plan);
                }
                Err(found) => faults.extend(found),
            }
        }
    }
    Prepared {
        sources,
        scenarios,
        target,
        plans,
        faults,
    }
}
