//! Chains of scenarios that share the backend, and meet at its failovers: what moves every volume of a backend happens
//! once for all of them. They run side by side until the backend is to be moved; when all have come as far, it is moved once,
//! and each looks at its own volumes.

use std::sync::atomic::AtomicBool;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use tokio::sync::{Mutex, Semaphore};

use super::barrier::Barrier;
use super::chain::Chain;
use super::chain_run::{ChainRun, FailoverGroup, KEPT};
use super::cleanup::clean_up;
use crate::event::{EventKind, Position};
use crate::servers::volume_log;
use crate::session::{Context, Movement};
use crate::wait::Interrupt;

/// How many chains work at the same time unless somebody says otherwise: nearly always all. One that queues behind others
/// after a failover would measure the queue, and not how long its guests were without their disks; and what a quota allows is
/// no matter of it, since chains that wait for a failover hold their volumes and servers, however many work.
const WORKERS: usize = 50;

/// Puts chains together that can meet: the movements of each are the beginning of those of the longest, and none runs twice.
/// Each of the others is alone, and so is every chain that is to run `separately`.
#[must_use]
pub(super) fn failover_groups(chains: &[Chain], separately: bool) -> Vec<Vec<&Chain>> {
    let movements: Vec<Chained<'_>> = chains
        .iter()
        .map(|chain| Chained {
            name: chain.name(),
            movements: chain.movements().collect(),
            alone: chain.harms_others(),
        })
        .collect();
    let chains_at = |positions: Vec<usize>| positions.into_iter().map(|position| &chains[position]).collect();
    gather(&movements, separately).into_iter().map(chains_at).collect()
}

/// A chain, as far as it matters for whom it meets.
struct Chained<'a> {
    name: &'a str,
    movements: Vec<Movement>,
    /// It breaks what others stand on, so that it meets nobody.
    alone: bool,
}

/// The positions of those that can meet.
fn gather(chains: &[Chained<'_>], separately: bool) -> Vec<Vec<usize>> {
    let mut groups: Vec<(&[Movement], Vec<usize>)> = Vec::new();
    for (position, chain) in chains.iter().enumerate() {
        let own = chain.movements.as_slice();
        let fits = |(longest, positions): &&mut (&[Movement], Vec<usize>)| {
            let is_free = |chain_run: &usize| chains[*chain_run].name != chain.name && !chains[*chain_run].alone;
            !chain.alone && (longest.starts_with(own) || own.starts_with(longest)) && positions.iter().all(is_free)
        };
        match groups.iter_mut().find(fits).filter(|_| !separately) {
            Some((longest, positions)) => {
                positions.push(position);
                if own.len() > longest.len() {
                    *longest = own;
                }
            }
            None => groups.push((own, vec![position])),
        }
    }
    groups.into_iter().map(|(_, positions)| positions).collect()
}

/// Runs the chains of a failover group side by side, and removes what they made whatever happens. Answers with how many things could
/// not be removed, or are kept, and notes whether a scenario has `failed`.
pub(super) async fn run_group(
    context: &mut Context,
    chains: &[&Chain],
    interrupt: &Interrupt,
    failed: &AtomicBool,
) -> usize {
    context.log_mark = volume_log::mark(context).await;
    let group = FailoverGroup {
        barrier: Barrier::new(chains.len()),
        meets: chains.len() > 1,
        workers: Semaphore::new(context.options.workers.unwrap_or(WORKERS).max(1)),
        asks: Mutex::new(()),
        failed,
        interrupt,
    };
    if chains.len() > 1 {
        context.recorder.record(EventKind::GroupStarted {
            chains: chains.iter().map(|chain| chain.name().to_string()).collect(),
        });
    }
    // All in one task: they wait for answers nearly all of the time, and guests have threads of their own.
    let mut running = FuturesUnordered::new();
    for (number, chain) in chains.iter().copied().enumerate() {
        let chain_run = ChainRun::new(&group, number, chain, context.for_chain(chain.name()));
        running.push(Box::pin(Position::in_chain(chain.name(), chain_run.run())));
    }
    let mut left = 0;
    while let Some(things) = running.next().await {
        left += things;
    }
    drop(running);
    if group.barrier.stopped() == Some(KEPT) {
        return left + keep(context).await;
    }
    left + Box::pin(clean_up(context)).await
}

/// Keeps the created resources for inspection. Returns their number.
async fn keep(context: &mut Context) -> usize {
    let leftovers = context.all_leftovers();
    for resource in &leftovers {
        context.recorder.record(EventKind::Kept {
            resource: resource.clone(),
        });
    }
    context.forget().await;
    leftovers.len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::names::SiteName;
    use crate::session::Because;

    fn gather(chains: &[(&str, Vec<Movement>)], separately: bool) -> Vec<Vec<usize>> {
        let chains: Vec<Chained<'_>> = chains
            .iter()
            .map(|(name, movements)| Chained {
                name,
                movements: movements.clone(),
                alone: name.starts_with("alone"),
            })
            .collect();
        super::gather(&chains, separately)
    }

    #[test]
    fn a_chain_that_breaks_what_others_stand_on_is_alone() {
        let there = vec![movement(SiteName::Secondary)];
        let chains = ["a", "alone", "b", "alone-2", "c"].map(|name| (name, there.clone()));
        assert_eq!(gather(&chains, false), [vec![0, 2, 4], vec![1], vec![3]]);
    }

    fn movement(to: SiteName) -> Movement {
        Movement {
            to,
            backend_id: None,
            because: Because::Planned,
        }
    }

    #[test]
    fn chains_meet_whose_movements_begin_alike() {
        let (failover, failback) = (movement(SiteName::Secondary), movement(SiteName::Primary));
        let there = vec![failover.clone()];
        let back = vec![failover.clone(), failback.clone()];
        let twice = vec![failover.clone(), failback, failover];
        let none = Vec::new();
        let chains = [("a", none), ("b", there), ("c", twice), ("d", back)];
        // The longest decides, wherever it is.
        assert_eq!(gather(&chains, false), [vec![0, 1, 2, 3]]);
        assert_eq!(gather(&chains, true), [vec![0], vec![1], vec![2], vec![3]]);
    }

    #[test]
    fn chains_that_go_elsewhere_do_not_meet() {
        let other = Movement {
            to: SiteName::Secondary,
            backend_id: Some("third".to_owned()),
            because: Because::Planned,
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
