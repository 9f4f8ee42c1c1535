//! Scenarios and targets.

use std::hint::black_box;
use std::path::PathBuf;

use cinder_drill::diagnostic::{SourceMap, render_all};
use cinder_drill::plan::{compile, to_text};
use cinder_drill::scenario::{MemoryFiles, load_all};
use cinder_drill::target::{Target, Variables};

use crate::corpus;
use crate::guard::try_all;

const SIMCLOUD: &str = include_str!("../../../fixtures/targets/simcloud.yaml");
const FIRST: &str = include_str!("../../../scenarios/bfv-failover.yaml");
const DATA: &str = include_str!("../../../scenarios/data-volume-failover.yaml");

const TOKENS: &[&str] = &[
    "\n",
    "  ",
    "- ",
    ": ",
    "{",
    "}",
    "[",
    "]",
    "&a ",
    "*a",
    "<<: ",
    "|\n",
    ">-\n",
    "\"",
    "'",
    "#",
    "---\n",
    "!!str ",
    "? ",
    "\u{feff}",
    "\u{2028}",
    "\t",
    "\r",
    "continues: bfv-failover\n",
    "same-as: written",
    "${simcloud.primary}",
    "${",
    "null",
    "~",
    "1GiB",
    "99999999999999999999TiB",
    "2m",
    "secondary",
    "budgets: { boot: 1e9h }\n",
];

#[test]
fn a_scenario_may_hold_anything() {
    let corpus = [
        corpus::files("scenarios", ".yaml"),
        corpus::files("harness/scenario", ".yaml"),
        corpus::of_yaml(),
        corpus::of_any_language(),
    ]
    .concat();
    try_all(&corpus, TOKENS, read_scenario);
}

fn read_scenario(input: &[u8]) {
    let mut sources = SourceMap::default();
    let files = MemoryFiles::new([
        ("bfv-failover.yaml".to_owned(), FIRST.as_bytes().to_vec()),
        ("data-volume-failover.yaml".to_owned(), DATA.as_bytes().to_vec()),
        ("input.yaml".to_owned(), input.to_vec()),
        ("target.yaml".to_owned(), SIMCLOUD.as_bytes().to_vec()),
    ]);
    let target =
        Target::load_from(&files, "target.yaml".as_ref(), &Variables::default(), &mut sources).expect("a sound target");
    let (scenarios, mut faults) = load_all(&files, &[PathBuf::from("input.yaml")], &mut sources);
    for scenario in scenarios.requested() {
        match compile(scenario, &scenarios.chain(scenario), &target) {
            Ok(plan) => {
                black_box(to_text(&plan));
                black_box(serde_json::to_string(&plan).expect("a plan is JSON"));
            }
            Err(found) => faults.extend(found),
        }
    }
    for color in [false, true] {
        black_box(render_all(&faults, &sources, color));
    }
}

#[test]
fn a_target_may_hold_anything() {
    let corpus = [
        corpus::files("fixtures/targets", ".yaml"),
        corpus::files("fixtures/profiles", ".yaml"),
        corpus::of_templates(),
        corpus::of_yaml(),
        corpus::of_any_language(),
    ]
    .concat();
    try_all(&corpus, TOKENS, read_target);
}

fn read_target(input: &[u8]) {
    let mut sources = SourceMap::default();
    let files = MemoryFiles::new([("target.yaml".to_owned(), input.to_vec())]);
    let path = "target.yaml".as_ref();
    if let Err(faults) = Target::load_from(&files, path, &Variables::default(), &mut sources) {
        for color in [false, true] {
            black_box(render_all(&faults, &sources, color));
        }
    }
}
