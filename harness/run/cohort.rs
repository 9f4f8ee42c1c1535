//! Chains of scenarios that share the backend, and meet at its failovers: what moves every volume of a backend happens
//! once for all of them. They take turns: each runs until the backend is to be moved, and when all have come as far, it
//! is moved, and each looks at its own volumes.

use super::chain::Chain;
use super::cleanup::{clean_up, clean_up_chain};
use super::context::Context;
use super::meeting::Meeting;
use super::member::Member;
use super::{evidence, volume_log};
use crate::event::EventKind;
use crate::session::Movement;
use crate::wait::Interrupt;

/// Why a chain does not go on when another one could not clean up.
pub(super) const LEFT: &str = "what ran before it could not clean up: see what is LEFT";
/// Why a chain does not go on when another one keeps what it made.
const KEPT: &str = "what a scenario made before it is kept: see what is KEPT";

/// Puts chains together that can meet: the movements of each are the beginning of those of the longest, and none runs twice.
/// Each of the others is alone, and so is every chain that is to run `separately`.
#[must_use]
pub(super) fn cohorts(chains: &[Chain], separately: bool) -> Vec<Vec<&Chain>> {
    let movements: Vec<(&str, Vec<Movement>)> = chains
        .iter()
        .map(|chain| (chain.name(), chain.movements().collect()))
        .collect();
    let members = |positions: Vec<usize>| positions.into_iter().map(|position| &chains[position]).collect();
    gather(&movements, separately).into_iter().map(members).collect()
}

/// The positions of those that can meet.
fn gather(chains: &[(&str, Vec<Movement>)], separately: bool) -> Vec<Vec<usize>> {
    let mut cohorts: Vec<(&[Movement], Vec<usize>)> = Vec::new();
    for (position, (name, own)) in chains.iter().enumerate() {
        let fits = |(longest, members): &&mut (&[Movement], Vec<usize>)| {
            (longest.starts_with(own) || own.starts_with(longest))
                && members.iter().all(|member| chains[*member].0 != *name)
        };
        match cohorts.iter_mut().find(fits).filter(|_| !separately) {
            Some((longest, members)) => {
                members.push(position);
                if own.len() > longest.len() {
                    *longest = own;
                }
            }
            None => cohorts.push((own, vec![position])),
        }
    }
    cohorts.into_iter().map(|(_, members)| members).collect()
}

/// Runs the chains of a cohort, and removes what they made whatever happens. Answers with how many things could not be
/// removed, or are kept.
pub(super) async fn run_cohort(context: &mut Context, chains: &[&Chain], interrupt: &Interrupt) -> usize {
    context.log_mark = volume_log::mark(context).await;
    let mut members: Vec<Member<'_>> = chains.iter().map(|chain| Member::new(chain)).collect();
    let mut left = 0;
    while !members.is_empty() {
        let mut waiting = Vec::new();
        let mut stopped = None;
        for mut member in members {
            match stopped {
                Some(because) => member.stop(context, because),
                None => member.go_on(context, interrupt).await,
            }
            if !member.is_over() {
                waiting.push(member);
                continue;
            }
            if stopped == Some(KEPT) {
                continue;
            }
            match retire(context, &member, interrupt).await {
                Rest::Removed => {}
                Rest::Left(things) => {
                    left += things;
                    stopped = Some(LEFT);
                }
                Rest::Kept => stopped = Some(KEPT),
            }
        }
        if let Some(because) = stopped {
            for mut member in waiting.drain(..) {
                member.stop(context, because);
                if because == LEFT
                    && let Rest::Left(things) = retire(context, &member, interrupt).await
                {
                    left += things;
                }
            }
            if because == KEPT {
                return keep(context);
            }
        }
        context.common.meeting = Meeting::of(waiting.iter().filter_map(Member::waits_for).collect());
        for member in &mut waiting {
            member.meet(context, interrupt).await;
        }
        members = waiting;
    }
    left + clean_up(context).await
}

/// What remains of a chain that is over.
enum Rest {
    /// Nothing of its own.
    Removed,
    /// So many things could not be removed.
    Left(usize),
    /// All of it, on purpose.
    Kept,
}

/// Removes what a chain made that is over: a volume that nobody looks at any more is not to be moved. If it failed, what
/// can be seen is collected first, and somebody may want to look at it.
async fn retire(context: &mut Context, member: &Member<'_>, interrupt: &Interrupt) -> Rest {
    context.turn_to(member.name());
    if let Some(failure) = member.failure().filter(|_| !interrupt.is_pressed()) {
        evidence::collect(context).await;
        if !context.all_owed().is_empty() && context.options.on_failure.keeps(failure, interrupt).await {
            return Rest::Kept;
        }
    }
    match clean_up_chain(context).await {
        0 => Rest::Removed,
        left => Rest::Left(left),
    }
}

/// Leaves what was made for somebody to look at. Answers with how much that is.
fn keep(context: &mut Context) -> usize {
    let owed = context.all_owed();
    for resource in &owed {
        context.recorder.record(EventKind::Kept {
            resource: resource.clone(),
        });
    }
    context.forget();
    owed.len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::names::SiteName;

    fn movement(to: SiteName) -> Movement {
        Movement { to, backend_id: None }
    }

    #[test]
    fn chains_meet_whose_movements_begin_alike() {
        let (away, home) = (movement(SiteName::Secondary), movement(SiteName::Primary));
        let there = vec![away.clone()];
        let back = vec![away.clone(), home.clone()];
        let twice = vec![away.clone(), home, away];
        let none = Vec::new();
        let chains = [("a", none), ("b", there), ("c", twice), ("d", back)];
        // The longest decides, wherever it stands.
        assert_eq!(gather(&chains, false), [vec![0, 1, 2, 3]]);
        assert_eq!(gather(&chains, true), [vec![0], vec![1], vec![2], vec![3]]);
    }

    #[test]
    fn chains_that_go_elsewhere_do_not_meet() {
        let other = Movement {
            to: SiteName::Secondary,
            backend_id: Some("third".to_owned()),
        };
        let chains = [
            ("a", vec![movement(SiteName::Secondary)]),
            ("b", vec![other.clone()]),
            ("c", vec![other, movement(SiteName::Primary)]),
        ];
        assert_eq!(gather(&chains, false), [vec![0], vec![1, 2]]);
    }

    #[test]
    fn a_chain_that_is_repeated_does_not_meet_itself() {
        let chains = ["a", "b", "a", "b"].map(|name| (name, vec![movement(SiteName::Secondary)]));
        assert_eq!(gather(&chains, false), [vec![0, 1], vec![2, 3]]);
    }
}
