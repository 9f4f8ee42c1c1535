//! Which of the scenarios that were read are requested, on the command line, with the options that testers know from stestr
//! and Tempest.

use std::path::{Path, PathBuf};
use std::str::FromStr;

use regex::Regex;

use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::event::ShardRecord;
use crate::launch::{Listed, Selection};

/// Which scenarios are requested. All conditions that are given must hold.
#[derive(Clone, Debug, Default, clap::Args)]
pub(super) struct SelectionArguments {
    /// Only scenarios whose id matches; given more than once, one of them must
    #[arg(long, short = 'i', value_name = "REGEX", help_heading = "Selection")]
    include_regex: Vec<String>,
    /// No scenarios whose id matches
    #[arg(long, short = 'E', value_name = "REGEX", help_heading = "Selection")]
    exclude_regex: Vec<String>,
    /// Only scenarios with this tag; given more than once, with one of them
    #[arg(long, value_name = "TAG", help_heading = "Selection")]
    tag: Vec<String>,
    /// As --include-regex, with a regex a line of this file; what follows `#` is a comment
    #[arg(long, value_name = "FILE", help_heading = "Selection")]
    include_list: Option<PathBuf>,
    /// As --exclude-regex, with a regex a line of this file
    #[arg(long, short = 'e', value_name = "FILE", help_heading = "Selection")]
    exclude_list: Option<PathBuf>,
    /// Only the scenarios whose ids stand in this file, a line each, as `cinder-drill list` prints them
    #[arg(long, value_name = "FILE", help_heading = "Selection")]
    load_list: Option<PathBuf>,
    /// Only this part of the scenarios. Which part one belongs to depends on the name of the first scenario of its chain
    /// alone, so it stays when others are added. Shards must not share a backend
    #[arg(long, value_name = "K/N", help_heading = "Selection")]
    shard: Option<Shard>,
    /// As --shard, but K counts from 0, as the indices of Kubernetes' jobs do
    #[arg(long, value_name = "K/N", help_heading = "Selection", conflicts_with = "shard", value_parser = from_index)]
    shard_index: Option<Shard>,
}

/// Reads a shard whose number counts from 0.
fn from_index(text: &str) -> Result<Shard, String> {
    let parts = text.split_once('/');
    let numbers = parts.and_then(|(index, count)| Some((index.parse::<u32>().ok()?, count.parse().ok()?)));
    match numbers {
        Some((index, count)) if index < count => Ok(Shard(ShardRecord {
            index: index + 1,
            count,
        })),
        _ => Err("expected K/N with 0 ≤ K < N, such as 0/3".to_owned()),
    }
}

/// `K/N`: a part of all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Shard(ShardRecord);

impl FromStr for Shard {
    type Err = String;

    fn from_str(text: &str) -> Result<Shard, String> {
        let parts = text.split_once('/');
        let numbers = parts.and_then(|(index, count)| Some((index.parse().ok()?, count.parse().ok()?)));
        match numbers {
            Some((index, count)) if index >= 1 && index <= count => Ok(Shard(ShardRecord { index, count })),
            _ => Err("expected K/N with 1 ≤ K ≤ N, such as 1/3".to_owned()),
        }
    }
}

impl SelectionArguments {
    /// Reads the regular expressions and the lists.
    ///
    /// # Errors
    /// A file cannot be read, or a regular expression is invalid; all of them are reported.
    pub fn read(&self) -> Result<Selection, Diagnostics> {
        let mut faults = Diagnostics::default();
        let mut include = expressions(&self.include_regex, "--include-regex", &mut faults);
        let mut exclude = expressions(&self.exclude_regex, "--exclude-regex", &mut faults);
        if let Some(path) = &self.include_list {
            include.extend(expressions(
                &lines(path, &mut faults),
                &path.display().to_string(),
                &mut faults,
            ));
        }
        if let Some(path) = &self.exclude_list {
            exclude.extend(expressions(
                &lines(path, &mut faults),
                &path.display().to_string(),
                &mut faults,
            ));
        }
        let listed = self.load_list.as_ref().map(|path| Listed {
            file: Some(path.clone()),
            ids: lines(path, &mut faults),
        });
        if faults.has_errors() {
            return Err(faults);
        }
        Ok(Selection {
            include,
            exclude,
            tags: self.tag.clone(),
            listed,
            shard: self.shard.or(self.shard_index).map(|shard| shard.0),
        })
    }
}

fn expressions(texts: &[String], whence: &str, faults: &mut Diagnostics) -> Vec<Regex> {
    texts
        .iter()
        .filter_map(|text| match Regex::new(text) {
            Ok(expression) => Some(expression),
            Err(error) => {
                let cause = error.to_string();
                let cause = cause.lines().last().unwrap_or_default().trim_start_matches("error: ");
                faults.push(Diagnostic::error(
                    "regex",
                    format!("{whence}: `{text}` is not a regular expression: {cause}"),
                ));
                None
            }
        })
        .collect()
}

/// The lines of a list, without comments and what is empty.
fn lines(path: &Path, faults: &mut Diagnostics) -> Vec<String> {
    match std::fs::read_to_string(path) {
        Ok(text) => text
            .lines()
            .map(|line| line.split('#').next().unwrap_or_default().trim().to_owned())
            .filter(|line| !line.is_empty())
            .collect(),
        Err(error) => {
            faults.push(Diagnostic::error(
                "unreadable",
                format!("cannot read {}: {error}", path.display()),
            ));
            Vec::new()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::{SourceMap, render_all};
    use crate::document::MemoryFiles;
    use crate::scenario::{ScenarioSet, load_all};

    /// Four scenarios in two chains, as those of the repository.
    fn four() -> ScenarioSet {
        let text = |name: &str, continues: &str| {
            format!(
                "scenario: {name}\nsummary: Made for a test.\n{continues}resources:\n  volumes: {{ v-{name}: {{ type: replicated, size: 1GiB }} }}\n\
                 steps:\n  - expect-mirrored: {{ volume: v-{name}, primary: primary }}\n"
            )
        };
        let texts = [
            ("s/bfv-failback.yaml", text("bfv-failback", "continues: bfv-failover\n")),
            ("s/bfv-failover.yaml", text("bfv-failover", "")),
            (
                "s/data-failback.yaml",
                text("data-failback", "continues: data-failover\n"),
            ),
            ("s/data-failover.yaml", text("data-failover", "")),
        ];
        let files = MemoryFiles::new(texts.iter().map(|(path, text)| (*path, text.as_str())));
        let mut sources = SourceMap::default();
        let (set, faults) = load_all(&files, &["s".into()], &mut sources);
        assert!(!faults.has_errors(), "{}", render_all(&faults, &sources, false));
        set
    }

    fn selected(arguments: &SelectionArguments) -> Result<Vec<String>, String> {
        let words = |faults: &Diagnostics| render_all(faults, &SourceMap::default(), false);
        let selection = arguments.read().map_err(|faults| words(&faults))?;
        let mut set = four();
        let faults = selection.apply(&mut set);
        if faults.has_errors() {
            return Err(words(&faults));
        }
        Ok(set.requested().map(|scenario| scenario.name.to_string()).collect())
    }

    fn regexes(include: &[&str], exclude: &[&str]) -> SelectionArguments {
        let owned = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
        SelectionArguments {
            include_regex: owned(include),
            exclude_regex: owned(exclude),
            ..SelectionArguments::default()
        }
    }

    #[test]
    fn without_options_all_are_selected() {
        assert_eq!(selected(&SelectionArguments::default()).expect("all").len(), 4);
    }

    #[test]
    fn regexes_select_by_id() {
        assert_eq!(
            selected(&regexes(&["bfv"], &["failback$"])).expect("one"),
            ["bfv-failover"]
        );
        assert_eq!(
            selected(&regexes(&["^cinder_drill\\.data-failover$", "bfv-failback"], &[])).expect("two"),
            ["bfv-failback", "data-failover"]
        );
    }

    #[test]
    fn what_selects_nothing_or_is_no_regex_is_an_error() {
        insta::assert_snapshot!(selected(&regexes(&["no-such"], &[])).expect_err("nothing"), @r"
        error[no-scenarios]: no scenario matches the selection
         |
         = help: `cinder-drill list` with the same options shows what is selected; without options, what there is
        ");
        insta::assert_snapshot!(selected(&regexes(&["bfv("], &["["])).expect_err("no regexes"), @r"
        error[regex]: --include-regex: `bfv(` is not a regular expression: unclosed group

        error[regex]: --exclude-regex: `[` is not a regular expression: unclosed character class
        ");
    }

    #[test]
    fn lists_name_ids_and_an_unknown_one_is_an_error() {
        let folder = tempfile::tempdir().expect("a folder");
        let list = |text: &str| {
            let path = folder.path().join("list");
            std::fs::write(&path, text).expect("written");
            SelectionArguments {
                load_list: Some(path),
                ..SelectionArguments::default()
            }
        };
        let good = list("# those that failed\ncinder_drill.bfv-failover\n\ndata-failback  # by name\n");
        assert_eq!(selected(&good).expect("two"), ["bfv-failover", "data-failback"]);
        let repeated = list("cinder_drill.bfv-failover[2]\n");
        assert_eq!(selected(&repeated).expect("one"), ["bfv-failover"]);
        let error = selected(&list("cinder_drill.bfv-failovr\n")).expect_err("unknown");
        let error = error.replace(&folder.path().display().to_string(), "[folder]");
        insta::assert_snapshot!(error, @r"
        error[unknown-scenario]: [folder]/list lists cinder_drill.bfv-failovr, but there is no such scenario
         |
         = help: did you mean cinder_drill.bfv-failover?
        ");
        let mut missing = list("");
        missing.load_list = Some(folder.path().join("no-such"));
        assert!(selected(&missing).expect_err("missing").contains("cannot read"));
    }

    #[test]
    fn every_scenario_is_in_exactly_one_shard_and_with_what_it_continues() {
        for count in 1..=4 {
            let mut all: Vec<String> = Vec::new();
            for index in 1..=count {
                let arguments = SelectionArguments {
                    shard: Some(Shard(ShardRecord { index, count })),
                    ..SelectionArguments::default()
                };
                let names = selected(&arguments).expect("a shard");
                for chain in ["bfv", "data"] {
                    let of_chain = names.iter().filter(|name| name.starts_with(chain)).count();
                    assert!(of_chain == 0 || of_chain == 2, "{chain} is torn apart: {names:?}");
                }
                all.extend(names);
            }
            all.sort();
            assert_eq!(all, ["bfv-failback", "bfv-failover", "data-failback", "data-failover"]);
        }
    }

    #[test]
    fn a_shard_is_a_part_of_all() {
        assert_eq!("2/3".parse(), Ok(Shard(ShardRecord { index: 2, count: 3 })));
        for bad in ["", "2", "0/3", "4/3", "1/0", "-1/3", "a/b"] {
            assert!(bad.parse::<Shard>().is_err(), "{bad}");
        }
        assert_eq!(from_index("0/3"), Ok(Shard(ShardRecord { index: 1, count: 3 })));
        for bad in ["3/3", "0/0", "1"] {
            assert!(from_index(bad).is_err(), "{bad}");
        }
    }
}
