//! Which of the scenarios that were read are requested.

use std::collections::BTreeSet;
use std::path::PathBuf;

use regex::Regex;
use sha2::{Digest, Sha256};

use crate::diagnostic::{Diagnostic, Diagnostics, near_miss};
use crate::event::ShardRecord;
use crate::names::TEST_PACKAGE;
use crate::scenario::{Scenario, ScenarioSet};

/// Which scenarios are requested, with the options that testers know from stestr and Tempest. All conditions must hold.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    /// One of these must match its id, if there are any.
    pub(crate) include: Vec<Regex>,
    /// None of these may.
    pub(crate) exclude: Vec<Regex>,
    /// It must have one of these tags, if there are any.
    pub(crate) tags: Vec<String>,
    /// A list of ids, of which it must be one.
    pub(crate) listed: Option<Listed>,
    /// The part of the scenarios in which it must be.
    pub(crate) shard: Option<ShardRecord>,
}

/// A list of ids.
#[derive(Clone, Debug)]
pub(crate) struct Listed {
    /// The file that lists them, if one does.
    pub file: Option<PathBuf>,
    /// The ids, or names.
    pub ids: Vec<String>,
}

impl Selection {
    /// Exactly these scenarios, by name or id.
    pub(crate) fn only(ids: Vec<String>) -> Selection {
        let listed = Some(Listed { file: None, ids });
        Selection {
            listed,
            ..Selection::default()
        }
    }

    /// The part of the scenarios that this is, if it is one.
    #[must_use]
    pub fn shard(&self) -> Option<ShardRecord> {
        self.shard
    }

    /// Takes what is not asked for out of what was. What is left and continues something else still brings that along.
    pub fn apply(&self, scenarios: &mut ScenarioSet) -> Diagnostics {
        let mut faults = Diagnostics::default();
        if scenarios.requested().next().is_none() {
            // The reason why they could not be read is reported already.
            return faults;
        }
        self.unknown_ids(scenarios, &mut faults);
        self.unknown_tags(scenarios, &mut faults);
        let matching: Vec<_> = scenarios
            .requested()
            .filter(|scenario| self.matches(scenario))
            .map(|scenario| scenario.name.clone())
            .collect();
        if matching.is_empty() && !faults.has_errors() {
            faults.push(
                Diagnostic::error("no-scenarios", "no scenario matches the selection".to_owned()).help(
                    "`cinder-drill list` with the same options shows what is selected; without options, what there is",
                ),
            );
        }
        let selected: Vec<_> = matching
            .into_iter()
            .filter(|name| {
                let scenario = scenarios.get(name);
                scenario.is_some_and(|scenario| self.in_shard(scenario, scenarios))
            })
            .collect();
        scenarios.keep_requested(|name| selected.contains(name));
        faults
    }

    fn matches(&self, scenario: &Scenario) -> bool {
        let id = scenario.name.test_id();
        let found = |expressions: &[Regex]| expressions.iter().any(|expression| expression.is_match(&id));
        (self.include.is_empty() || found(&self.include))
            && !found(&self.exclude)
            && (self.tags.is_empty() || scenario.tags.iter().any(|tag| self.tags.contains(tag)))
            && self
                .listed
                .as_ref()
                .is_none_or(|listed| listed.ids.iter().any(|id| names(id, scenario)))
    }

    fn in_shard(&self, scenario: &Scenario, scenarios: &ScenarioSet) -> bool {
        let Some(shard) = self.shard else { return true };
        let chain = scenarios.chain(scenario);
        let root = chain.first().unwrap_or(&scenario);
        shard_of(root.name.as_str(), shard.count) == shard.index
    }

    fn unknown_tags(&self, scenarios: &ScenarioSet, faults: &mut Diagnostics) {
        let known: BTreeSet<&str> = scenarios
            .requested()
            .flat_map(|found| &found.tags)
            .map(String::as_str)
            .collect();
        for tag in self.tags.iter().filter(|tag| !known.contains(tag.as_str())) {
            let near = near_miss(tag, known.iter().copied());
            let all: Vec<&str> = known.iter().copied().collect();
            let fault = Diagnostic::error("unknown-tag", format!("no scenario has the tag {tag}"));
            faults.push(
                fault
                    .note(match all.as_slice() {
                        [] => "none of these scenarios has `tags`".to_owned(),
                        all => format!("the tags are {}", all.join(", ")),
                    })
                    .help_if(near.map(|near| format!("did you mean {near}?"))),
            );
        }
    }

    fn unknown_ids(&self, scenarios: &ScenarioSet, faults: &mut Diagnostics) {
        let Some(listed) = &self.listed else { return };
        for id in &listed.ids {
            if scenarios.requested().any(|scenario| names(id, scenario)) {
                continue;
            }
            let both = |scenario: &Scenario| [scenario.name.test_id(), scenario.name.to_string()];
            let known: Vec<String> = scenarios.requested().flat_map(both).collect();
            let near = near_miss(id, known.iter().map(String::as_str));
            let fault = Diagnostic::error(
                "unknown-scenario",
                match &listed.file {
                    Some(file) => format!("{} lists {id}, but there is no such scenario", file.display()),
                    None => format!("there is no scenario {id}"),
                },
            );
            faults.push(fault.help_if(near.map(|near| format!("did you mean {near}?"))));
        }
    }
}

/// Whether a line of a list names a scenario: by its id, by its name alone, by the id of one of its repetitions, or by the name
/// that all combinations of its matrix share.
fn names(listed: &str, scenario: &Scenario) -> bool {
    let listed = listed
        .strip_prefix(TEST_PACKAGE)
        .and_then(|name| name.strip_prefix('.'))
        .unwrap_or(listed);
    let is = |listed: &str| listed == scenario.name.as_str() || listed == scenario.name.written();
    let repetition = listed.strip_suffix(']').and_then(|listed| listed.rsplit_once('['));
    is(listed) || repetition.is_some_and(|(name, number)| number.parse::<u32>().is_ok() && is(name))
}

/// The shard, from 1, of a chain that begins with the scenario of this name. SHA-256, so it is the same on every machine and
/// in every version.
pub(crate) fn shard_of(name: &str, count: u32) -> u32 {
    let digest = Sha256::digest(name.as_bytes());
    let number = digest
        .iter()
        .take(8)
        .fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
    u32::try_from(number % u64::from(count.max(1))).unwrap_or(0) + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scenario_stays_in_its_shard_for_ever() {
        // If this fails, people's shards change with an update of cinder-drill.
        let shards = ["bfv-failover", "data-volume-failover", "a", "b"].map(|name| shard_of(name, 4));
        assert_eq!(shards, [2, 1, 3, 3]);
    }
}
