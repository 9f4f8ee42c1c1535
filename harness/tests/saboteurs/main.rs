//! The flows under every saboteur: each is caught, by the step and in the words that the golden table says, or survived
//! where it should be, or cannot be seen, in which case the flow passes.

use std::sync::LazyLock;

use cinder_drill::internals::selftest::{Options, Seen, Trial, TrialOutcome, control, judge, run_all};
use cinder_drill::internals::{SaboteurRow, SaboteurTable, saboteur_list, saboteur_rows};
use regex::Regex;
use simcloud::{FLOWS, Flow, Outcome, Sabotage, Saboteur};

/// What differs from run to run.
static VARYING: LazyLock<Vec<(Regex, &str)>> = LazyLock::new(|| {
    let pattern = |text: &str| Regex::new(text).expect("the pattern is a constant");
    vec![
        (pattern(r"127\.\d+\.\d+\.\d+:\d+"), "[address]:[port]"),
        (pattern(r"127\.\d+\.\d+\.\d+"), "[address]"),
        (pattern(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"), "[id]"),
        // How far a writer had come.
        (pattern(r"\d+ acknowledged records?"), "[number] acknowledged records"),
        (pattern(r"from the last \d+\.\d s"), "from the last [time]"),
        (pattern(r"\d+ missing before"), "[number] missing before"),
    ]
});

fn without_varying(text: &str) -> String {
    VARYING.iter().fold(text.to_owned(), |text, (pattern, word)| {
        pattern.replace_all(&text, *word).into_owned()
    })
}

/// Compares with a golden file beside this one.
fn golden(name: &str, text: &str) {
    insta::with_settings!({ snapshot_path => "golden", prepend_module_to_snapshot => false, omit_expression => true }, {
        insta::assert_snapshot!(name, text);
    });
}

/// The name of each fact of a failure, and what to do next: the values differ from run to run.
fn diagnosis(trial: &Trial, outcome: &TrialOutcome) -> Option<String> {
    let Seen::Failed { verb, failure, .. } = &outcome.seen else {
        return None;
    };
    // How often was asked, which states came by, and whether a silent guest is noticed by a command or by a connection, is
    // a matter of time.
    let is_steady = |name: &&str| {
        !matches!(
            *name,
            "asked" | "states seen" | "request id" | "attempts" | "command" | "cause"
        )
    };
    let mut facts: Vec<&str> = failure.facts().map(|(name, _)| name).filter(is_steady).collect();
    facts.dedup();
    Some(format!(
        "== {} in {}\n{verb}: {}\nfacts: {}\nhelp: {}\n",
        trial.sabotage[0],
        trial.place(),
        failure.summary,
        facts.join(", "),
        failure.help.as_deref().unwrap_or("none")
    ))
}

#[test]
fn every_saboteur_is_caught_or_survived_or_cannot_be_seen() {
    let trials: Vec<Trial> = Saboteur::ALL.iter().copied().flat_map(Trial::of).collect();
    let outcomes = run_all(&trials, Options::default());
    let mut table = SaboteurTable { rows: Vec::new() };
    let (mut wrong, mut diagnoses) = (Vec::new(), String::new());
    for (trial, outcome) in trials.iter().zip(&outcomes) {
        let judgement = judge(trial, outcome);
        wrong.extend(judgement.wrong.clone());
        if let Ok(outcome) = outcome {
            diagnoses.extend(diagnosis(trial, outcome));
            require_nothing_sent(trial, outcome);
        }
        table.rows.push(SaboteurRow {
            saboteur: trial.sabotage[0].to_string(),
            flow: trial.place(),
            outcome: judgement.words,
            wrong: judgement.wrong,
            seconds: 0.0,
        });
    }
    let table = without_varying(&saboteur_rows(&table));
    println!("{table}");
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n\n"));
    golden("table", &table);
    golden("diagnoses", &without_varying(&diagnoses));
}

/// What would have damaged the foreign volumes must be caught before it is sent.
fn require_nothing_sent(trial: &Trial, outcome: &TrialOutcome) {
    let damages = matches!(
        trial.sabotage[0].saboteur,
        Saboteur::BadBackendId | Saboteur::UnreplicatedLeftInError
    ) && !trial.shared;
    if damages {
        assert_eq!(outcome.failovers_sent, 0, "{trial:?}: a failover was sent");
    }
}

#[test]
fn without_a_saboteur_every_flow_passes() {
    let wrong = control(2, Options::default());
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

#[test]
fn without_a_saboteur_a_failover_under_load_loses_no_record() {
    let trial = Trial {
        scenario: "planned-under-load",
        flow: None,
        sabotage: Vec::new(),
        shared: false,
    };
    let outcomes = run_all(std::slice::from_ref(&trial), Options::default());
    assert_eq!(judge(&trial, &outcomes[0]).wrong, None);
}

#[test]
fn another_seed_changes_how_much_is_lost_and_not_that_it_is_caught() {
    let seeded = [
        Saboteur::OlderContent,
        Saboteur::ReorderedWrites,
        Saboteur::TornLastWrite,
    ];
    let trials: Vec<Trial> = seeded.into_iter().flat_map(Trial::of).collect();
    for seed in [2, 3] {
        let options = Options {
            seed,
            ..Options::default()
        };
        let outcomes = run_all(&trials, options);
        for (trial, outcome) in trials.iter().zip(&outcomes) {
            assert_eq!(judge(trial, outcome).wrong, None, "seed {seed}");
        }
    }
}

#[test]
fn saboteurs_can_be_combined() {
    // What should be survived is survived all at once, and hides nothing of what must be caught.
    let survived: Vec<Sabotage> = Saboteur::ALL
        .iter()
        .filter(|saboteur| saboteur.outcome() == Outcome::Survived)
        .map(|saboteur| (*saboteur).into())
        .collect();
    let together = |more: Option<Saboteur>| Trial {
        scenario: Flow::BfvFailover.name(),
        flow: Some(Flow::BfvFailover),
        sabotage: survived.iter().copied().chain(more.map(Sabotage::from)).collect(),
        shared: false,
    };
    let trials = [together(None), together(Some(Saboteur::TornLastWrite))];
    let outcomes = run_all(&trials, Options::default());
    let seen: Vec<&Seen> = outcomes
        .iter()
        .map(|outcome| &outcome.as_ref().expect("it runs").seen)
        .collect();
    assert!(matches!(seen[0], Seen::Passed), "{:?}", seen[0]);
    let Seen::Failed { failure, .. } = seen[1] else {
        panic!("a torn write was hidden");
    };
    assert!(failure.summary.contains("is torn"), "{failure}");
}

#[test]
fn the_list_says_what_each_does_and_where_it_was_learnt() {
    golden("list", &saboteur_list(Saboteur::ALL));
}

#[test]
fn the_issue_asked_for_thirty() {
    assert!(Saboteur::ALL.len() >= 30);
    for saboteur in Saboteur::ALL {
        let seen = FLOWS.into_iter().any(|flow| saboteur.unseen_in(flow).is_none());
        let has_own = Trial::of(*saboteur).iter().any(|trial| trial.flow.is_none());
        assert!(seen || has_own, "nothing sees {}", saboteur.name());
    }
}
