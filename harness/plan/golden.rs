//! The plans of the scenarios, as text and as JSON. `UPDATE_GOLDENS=1 cargo test golden` writes them anew.

use std::path::{Path, PathBuf};

use crate::diagnostic::render_all;
use crate::launch::{Inputs, prepare};
use crate::plan::{Plan, to_text};
use crate::targets::Variables;

fn compare(golden: &Path, text: &str) {
    if std::env::var_os("UPDATE_GOLDENS").is_some() {
        std::fs::write(golden, text).expect("a golden file that can be written");
    }
    let expected = std::fs::read_to_string(golden).unwrap_or_default();
    assert!(
        expected == text,
        "{} differs; the plan is now\n{text}",
        golden.display()
    );
}

/// All scenarios, those too that run only by name.
fn all() -> Inputs {
    Inputs::new(&["scenarios".into(), "scenarios/enable-mirroring.yaml".into()], None)
}

#[test]
fn golden_plans() {
    let prepared = prepare(&all(), &Variables::default());
    assert!(
        prepared.faults.is_empty(),
        "{}",
        render_all(&prepared.faults, &prepared.sources, false)
    );
    assert_eq!(prepared.plans.len(), 6);
    let folder = PathBuf::from("harness/plan/golden");
    for plan in &prepared.plans {
        let text = to_text(plan);
        let json = serde_json::to_string_pretty(plan).expect("a plan is JSON") + "\n";
        // What stands in for a simcloud that does not run must not look like an answer.
        for placeholder in ["127.0.0.1", "nonexistent"] {
            assert!(
                !text.contains(placeholder) && !json.contains(placeholder),
                "{placeholder} in {}",
                plan.scenario
            );
        }
        compare(&folder.join(format!("{}.txt", plan.scenario)), &text);
        compare(&folder.join(format!("{}.json", plan.scenario)), &json);
    }
}

#[test]
fn scenarios_that_are_continued_run_as_part_of_what_continues_them() {
    let prepared = prepare(&all(), &Variables::default());
    let ends: Vec<&str> = prepared.ends().iter().map(|plan| plan.scenario.as_str()).collect();
    assert_eq!(
        ends,
        [
            "bfv-failback",
            "data-volume-failback",
            "replicated-volume",
            "enable-mirroring"
        ]
    );
    for plan in prepared
        .ends()
        .into_iter()
        .filter(|plan| plan.scenario.as_str().ends_with("failback"))
    {
        assert_eq!(plan.chain.len(), 1);
        assert!(plan.steps.iter().any(|step| step.scenario != plan.scenario));
        assert!(plan.steps.iter().enumerate().all(|(index, step)| step.index == index));
    }
    let alone = prepare(
        &Inputs::new(&["scenarios/bfv-failover.yaml".into()], None),
        &Variables::default(),
    );
    assert_eq!(alone.ends().len(), 1);
}

#[test]
fn the_embedded_copies_make_the_same_plans_without_snapshots() {
    let embedded = prepare(&Inputs::of(vec!["<built-in>".into()]), &Variables::default());
    let on_disk = prepare(&Inputs::new(&[], None), &Variables::default());
    let json = |plans: &[Plan]| serde_json::to_string(plans).expect("plans are JSON");
    assert_eq!(
        json(&embedded.plans).replace("<built-in>/", "scenarios/"),
        json(&on_disk.plans)
    );
    assert_eq!(embedded.target.expect("the embedded target").snapshots, None);
}

#[test]
fn what_sets_something_up_runs_only_by_name() {
    let prepared = prepare(&Inputs::new(&[], None), &Variables::default());
    let ends: Vec<&str> = prepared.ends().iter().map(|plan| plan.scenario.as_str()).collect();
    assert_eq!(ends, ["bfv-failback", "data-volume-failback", "replicated-volume"]);
}

/// What `check` says of a scenario on the embedded cloud without the lines of its target that begin so, and its volume log.
fn said_without(removed: &str, steps: &str) -> Vec<String> {
    let folder = tempfile::tempdir().expect("a folder");
    let target = std::fs::read_to_string("fixtures/targets/simcloud.yaml").expect("the target");
    let (from, to) = (target.find("volume-log:"), target.find("compute-shells:"));
    let log = &target[from.expect("a log")..to.expect("compute shells")];
    let kept = target.replace(log, "");
    let kept: Vec<&str> = kept.lines().filter(|line| !line.starts_with(removed)).collect();
    let scenario = format!(
        "scenario: witnessed\nsummary: A backend moves.\nresources:\n  volumes:\n    root: {{ type: replicated, size: 1GiB, \
         image: guest }}\n  servers:\n    app: {{ boot: root }}\nsteps:\n  - write: {{ guest: app, path: note, text: \"hello\\n\" \
         }}\n  - failover: {{ to: secondary }}\n  - reconnect: {{ server: app, by: shelve }}\n{steps}"
    );
    let files = [("target.yaml", kept.join("\n")), ("witnessed.yaml", scenario)];
    let [target, scenario] = files.map(|(name, text)| {
        let file = folder.path().join(name);
        std::fs::write(&file, text).expect("written");
        file
    });
    let prepared = prepare(&Inputs::new(&[scenario], Some(&target)), &Variables::default());
    let about_witnesses = prepared.faults.iter().filter(|fault| fault.code == Some("api-only"));
    about_witnesses
        .map(|fault| format!("{:?}: {}", fault.severity, fault.message))
        .collect()
}

#[test]
fn somebody_beside_the_api_must_say_that_a_backend_moves() {
    let shells = "    shell: { ssh:";
    let connection = "  - expect-connection: { volume: root, site: secondary }\n";
    let read = "  - read: { guest: app, path: note, same-as: written }\n";
    let words = "only the API says that box@ceph moves";
    assert_eq!(said_without(shells, connection), [format!("Error: {words}")]);
    assert_eq!(said_without(shells, read), [format!("Warning: {words}")]);
    assert_eq!(said_without("no line begins so", connection), Vec::<String>::new());
}
