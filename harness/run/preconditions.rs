//! What must hold before a run makes anything: the same checks as `cinder-drill preflight`, as far as the run depends on them.
//!
//! Where the backend is and whose volumes would move is asked elsewhere, right before something is made (`prepare`) and right
//! before each failover.

use super::chain::Chain;
use crate::failure::Failure;
use crate::preflight::{At, Checked, Fix, Report, Status, gather_for_run};
use crate::session::Context;
use crate::step::Action;

/// What a run depends on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Needs {
    /// It fails the backend over, or fails it back.
    moves: bool,
    /// It sets mirroring up, and so begins without.
    sets_up: bool,
    /// It makes servers.
    makes_servers: bool,
    /// It makes volumes.
    makes_volumes: bool,
}

/// A check that a run depends on.
struct Needed {
    check: &'static str,
    by: fn(&Needs) -> bool,
}

const fn needed(check: &'static str, by: fn(&Needs) -> bool) -> Needed {
    Needed { check, by }
}

/// The checks that a run depends on. `service-up`, `at-primary`, `not-frozen` and `blast-radius` are asked by `prepare`, which
/// knows which volumes are accepted; the cloud itself reports `quota` and `capacity` when something is created.
const NEEDED: [Needed; 14] = [
    needed("cloud-reachable", |_| true),
    needed("sites-reachable", |needs| needs.moves || needs.sets_up),
    needed("declared-connection", |needs| needs.moves),
    needed("same-pool", |needs| needs.moves || needs.sets_up),
    needed("mirror-mode", Needs::a_mirror),
    needed("peers", Needs::a_mirror),
    needed("mirror-daemons", Needs::a_mirror),
    needed("secondary-user", Needs::a_mirror),
    needed("replicated-images", Needs::a_mirror),
    needed("not-active-active", |needs| needs.moves),
    needed("pool-capabilities", Needs::a_mirror),
    needed("volume-type", |needs| {
        needs.moves && needs.makes_volumes && !needs.sets_up
    }),
    needed(VOLUME_LOG, |needs| needs.moves),
    needed("guest-resources", |needs| needs.makes_servers),
];

impl Needs {
    fn of(chains: &[Chain]) -> Needs {
        let steps = || chains.iter().flat_map(|chain| &chain.plan.steps);
        let sets_up = |action: &Action| {
            matches!(
                action,
                Action::MirrorPool(_) | Action::PeerSites(_) | Action::RunMirrorDaemons(_)
            )
        };
        Needs {
            moves: steps().any(|step| step.action.movement().is_some()),
            sets_up: steps().any(|step| sets_up(&step.action)),
            makes_servers: chains.iter().any(|chain| !chain.plan.servers.is_empty()),
            makes_volumes: chains.iter().any(|chain| !chain.plan.volumes.is_empty()),
        }
    }

    /// Whether there must be a mirror when it begins.
    fn a_mirror(&self) -> bool {
        self.moves && !self.sets_up
    }

    /// Whether it makes or moves anything at all.
    fn anything(&self) -> bool {
        self.moves || self.sets_up || self.makes_servers || self.makes_volumes
    }
}

/// Asks for what the chains depend on. What could not be checked is in the run's notes.
///
/// # Errors
/// The run could only fail or do damage: nothing was created.
pub(super) async fn check(context: &Context, chains: &[Chain]) -> Result<(), Failure> {
    let needs = Needs::of(chains);
    if !needs.anything() {
        return Ok(());
    }
    let facts = Box::pin(gather_for_run(&context.target, &context.cloud)).await;
    let report = Report::of(&facts);
    // Where the backend is comes first: from there the storage looks as it must. `prepare` says it.
    if is_elsewhere(&report) {
        return Ok(());
    }
    let checks = asked(&report, &needs);
    // A log that can be read and has no line at DEBUG is a witness less, and no reason to leave a drill; nor is one of several
    // that cannot be read.
    let needs_log = !facts.logs.is_empty() && facts.logs.iter().all(|(_, tail)| tail.is_err());
    for notice in notices(&checks, needs_log) {
        context.notice(notice);
    }
    match refusal(&context.backend.to_string(), &checks, needs_log) {
        Some(failure) => Err(failure),
        None => Ok(()),
    }
}

/// The checks that say where the backend is.
const WHERE_IT_IS: [&str; 3] = ["service-up", "at-primary", "not-frozen"];
/// The one that matters if the log cannot be read at all.
const VOLUME_LOG: &str = "volume-log";

fn is_elsewhere(report: &Report) -> bool {
    let wrong = |check: &str| {
        report
            .finding(check)
            .is_some_and(|finding| finding.status == Status::Problem)
    };
    WHERE_IT_IS.into_iter().any(wrong)
}

fn asked<'a>(report: &'a Report, needs: &Needs) -> Vec<&'a Checked> {
    let is_needed = |checked: &&Checked| {
        let needed = NEEDED.iter().find(|needed| needed.check == checked.check);
        needed.is_some_and(|needed| (needed.by)(needs))
    };
    report.checks.iter().filter(is_needed).collect()
}

/// What a run notes: what could not be checked, each reason once, and what is odd.
fn notices(checks: &[&Checked], needs_log: bool) -> Vec<String> {
    let mut notices: Vec<String> = Vec::new();
    let mut reasons: Vec<(String, Vec<&str>)> = Vec::new();
    for checked in checks {
        let first = checked.finding.evidence.first().cloned().unwrap_or_default();
        match checked.finding.status {
            Status::NotChecked if checked.essential => match reasons.iter_mut().find(|(reason, _)| *reason == first) {
                Some((_, names)) => names.push(checked.check),
                None => reasons.push((first, vec![checked.check])),
            },
            Status::Problem if !is_fatal(checked, needs_log) => notices.push(format!("{}: {first}", checked.check)),
            Status::Warning => notices.push(format!("{}: {first}", checked.check)),
            _ => {}
        }
    }
    let unasked = reasons
        .into_iter()
        .map(|(reason, names)| format!("not checked before the run ({}): {reason}", names.join(", ")));
    unasked.chain(notices).collect()
}

fn is_fatal(checked: &Checked, needs_log: bool) -> bool {
    let matters = checked.essential || (checked.check == VOLUME_LOG && needs_log);
    checked.finding.status == Status::Problem && matters
}

/// Why the run does not begin: each problem in its check's own words, with what to do about the first.
fn refusal(backend: &str, checks: &[&Checked], needs_log: bool) -> Option<Failure> {
    let mut problems = checks.iter().filter(|checked| is_fatal(checked, needs_log));
    let first = problems.next()?;
    let summary = first.finding.evidence.first().map_or(first.question, String::as_str);
    let mut failure = Failure::cloud(format!("{backend} is not ready to be drilled: {summary}"));
    let more = first.finding.evidence.iter().skip(1);
    failure = more.fold(failure.detail("check", first.check), |failure, seen| {
        failure.detail("seen", seen)
    });
    for other in problems {
        let seen = other.finding.evidence.first().map(String::as_str).unwrap_or_default();
        failure = failure.detail("also", format!("{}: {seen}", other.check));
    }
    let mut help: Vec<String> = first.finding.fixes.iter().map(words).collect();
    help.push("`cinder-drill preflight` shows all problems; nothing was created".to_owned());
    Some(failure.help(help.join("; ")))
}

fn words(fix: &Fix) -> String {
    match fix {
        Fix::Do(words) => words.trim_end_matches(':').to_owned(),
        Fix::Run { at: At::Here, command } => format!("`{command}`"),
        Fix::Run { at, command } => format!("at {at}: `{command}`"),
        Fix::Write { file, line } => format!("in {file}: `{line}`"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::preflight::{CHECKS, Finding};

    const ALL: Needs = Needs {
        moves: true,
        sets_up: false,
        makes_servers: true,
        makes_volumes: true,
    };

    fn checked(check: &str, finding: Finding) -> Checked {
        let check = CHECKS.iter().find(|known| known.name == check).expect("a check");
        Checked {
            check: check.name,
            question: check.question,
            group: check.group,
            essential: check.essential,
            finding,
        }
    }

    #[test]
    fn every_essential_check_is_asked_by_a_run_that_moves_or_by_what_it_does_first() {
        let elsewhere = [WHERE_IT_IS.as_slice(), &["blast-radius"]].concat();
        for check in CHECKS.iter().filter(|check| check.essential) {
            let asked = NEEDED
                .iter()
                .any(|needed| needed.check == check.name && (needed.by)(&ALL));
            assert!(asked != elsewhere.contains(&check.name), "{}", check.name);
        }
        let named = NEEDED.iter().map(|needed| needed.check).chain(WHERE_IT_IS);
        for name in named {
            assert!(CHECKS.iter().any(|check| check.name == name), "{name}");
        }
    }

    #[test]
    fn who_sets_mirroring_up_begins_without() {
        let sets_up = Needs { sets_up: true, ..ALL };
        for check in [
            "mirror-mode",
            "peers",
            "mirror-daemons",
            "secondary-user",
            "pool-capabilities",
            "volume-type",
        ] {
            let needed = NEEDED.iter().find(|needed| needed.check == check).expect("a check");
            assert!(!(needed.by)(&sets_up) && (needed.by)(&ALL), "{check}");
        }
    }

    #[test]
    fn a_refusal_has_the_words_of_the_check_and_what_to_do() {
        let checks = [
            checked("sites-reachable", Finding::ok("fine")),
            checked(
                "peers",
                Finding::problem("pool volumes has no peer at site-b")
                    .and("more")
                    .fix(Fix::Do("`cinder-drill enable` makes the sites peers".to_owned()))
                    .run("site-b", "rbd mirror pool info volumes"),
            ),
            checked("mirror-daemons", Finding::problem("no rbd-mirror runs at site-b")),
        ];
        let checks: Vec<&Checked> = checks.iter().collect();
        insta::assert_snapshot!(refusal("box@ceph", &checks, false).expect("a refusal").to_string(), @"
        box@ceph is not ready to be drilled: pool volumes has no peer at site-b
          check: peers
          seen: more
          also: mirror-daemons: no rbd-mirror runs at site-b
          help: `cinder-drill enable` makes the sites peers; at site-b: `rbd mirror pool info volumes`; `cinder-drill preflight` shows all problems; nothing was created
        ");
    }

    #[test]
    fn what_was_not_asked_is_noted_once_a_reason_and_refuses_nothing() {
        let checks = [
            checked("same-pool", Finding::not_checked("no shell")),
            checked("peers", Finding::not_checked("no shell")),
            checked("mirror-daemons", Finding::warning("one of two is ill")),
            checked("volume-log", Finding::problem("it has no DEBUG line")),
        ];
        let checks: Vec<&Checked> = checks.iter().collect();
        assert_eq!(
            notices(&checks, false),
            [
                "not checked before the run (same-pool, peers): no shell",
                "mirror-daemons: one of two is ill",
                "volume-log: it has no DEBUG line",
            ]
        );
        assert_eq!(refusal("box@ceph", &checks, false), None);
        // A log that cannot be read at all is another matter.
        assert!(refusal("box@ceph", &checks, true).is_some());
    }
}
