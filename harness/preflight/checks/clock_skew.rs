//! Do all clocks show the same time?

use super::super::{Check, Facts, Finding, Fix, Group};

/// From here on times of different machines mislead who compares them: a drill measures in tenths of seconds.
const NOTABLE_SECONDS: f64 = 2.0;
/// Half of Cinder's `service_down_time` of 60 s: beyond it services are taken for dead.
const HARMFUL_SECONDS: f64 = 30.0;

pub(super) static CHECK: Check = Check {
    name: "clock-skew",
    question: "Do the sites, the controller and this machine have the same time?",
    group: Group::Drill,
    essential: false,
    judge,
};

fn judge(facts: &Facts) -> Finding {
    if facts.clocks.is_empty() {
        return Finding::not_checked("the target names no shell in which to ask for the time");
    }
    let mut skewed = Vec::new();
    let mut known: Vec<(&str, f64)> = Vec::new();
    let mut silent = Vec::new();
    for clock in &facts.clocks {
        match &clock.ahead {
            Ok((ahead, uncertainty)) => {
                known.push((&clock.machine, *ahead));
                // What the question itself took is not held against the clock.
                let sure = (ahead.abs() - uncertainty.as_secs_f64()).max(0.0);
                if sure >= NOTABLE_SECONDS {
                    skewed.push((clock.machine.as_str(), *ahead, sure));
                }
            }
            Err(unasked) => silent.push(unasked),
        }
    }
    if let Some(worst) = skewed.iter().map(|(_, _, sure)| *sure).reduce(f64::max) {
        let mut words = skewed.iter().map(|(machine, ahead, _)| {
            let direction = if *ahead > 0.0 { "ahead of" } else { "behind" };
            format!("{machine} is {:.0} s {direction} this machine", ahead.abs())
        });
        let first = words.next().unwrap_or_default();
        let finding = if worst >= HARMFUL_SECONDS {
            Finding::problem(first)
        } else {
            Finding::warning(first)
        };
        return skewed
            .iter()
            .fold(finding.and_all(words), |finding, (machine, _, _)| {
                finding.run(*machine, "chronyc makestep")
            })
            .fix(Fix::Do("have all machines follow one time server".to_owned()));
    }
    match silent.first() {
        Some(unasked) => Finding::unasked(unasked),
        None => {
            let machines: Vec<&str> = known.iter().map(|(machine, _)| *machine).collect();
            Finding::ok(format!(
                "within {NOTABLE_SECONDS:.0} s of this machine: {}",
                machines.join(", ")
            ))
        }
    }
}
