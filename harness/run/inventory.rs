//! Takes inventory before anything is removed: compares the leftovers with what the cloud has of this run.

use std::time::Duration;

use super::ownership::{FOUND, owned};
use crate::event::{EventKind, Leftovers, Resource, ResourceKind};
use crate::failover::readings::ACCEPTANCE;
use crate::failure::{Failure, FailureKind};
use crate::session::Context;
use crate::targets::GuestAddress;
use crate::wait::{Awaited, Poll, WaitError};

/// Whose things are looked for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Scope {
    /// The leftovers, and other resources of their names: other chains of the run may still need theirs.
    Leftovers,
    /// All that carries the run's id.
    Run,
}

/// What there is.
#[derive(Debug, Default)]
pub(super) struct Inventory {
    /// What is there, each with its id.
    pub there: Vec<Resource>,
    /// What was requested, was not seen, and may still come.
    pub awaited: Vec<Resource>,
    /// What was requested and is not there: it was removed, or never made.
    pub absent: Vec<Resource>,
}

/// Compares the leftovers with what carries the run's id. What was requested without an answer is waited for: who looks too
/// early does not find what comes a moment later. The wait is by this process's own clock, which nobody sets.
///
/// # Errors
/// A list could not be read, so it is not known what exists.
pub(super) async fn take_inventory(
    context: &Context,
    leftovers: &[Resource],
    scope: Scope,
) -> Result<Inventory, Failure> {
    let kinds = kinds(context, leftovers, scope);
    let mut found = Vec::new();
    if !kinds.is_empty() {
        let unseen = |found: &[Resource]| {
            let recorded = context.recorder.leftovers();
            let awaited = leftovers.iter().filter(|resource| recorded.may_come(resource));
            let unseen = awaited.filter(|resource| !found.iter().any(|found| is_named_like(found, resource)));
            unseen.map(Resource::to_string).collect::<Vec<_>>()
        };
        let awaited = Awaited {
            what: "what was requested without a known answer",
            expected: "seen in the cloud",
            budget: if unseen(&[]).is_empty() {
                Duration::ZERO
            } else {
                ACCEPTANCE
            },
            on_timeout: FailureKind::Cloud,
        };
        let waited = context
            .wait(awaited, async || {
                found = owned(context, &kinds).await?;
                let unseen = unseen(&found);
                Ok(if unseen.is_empty() {
                    Poll::Ready(())
                } else {
                    Poll::NotYet(format!("not there: {}", unseen.join(", ")))
                })
            })
            .await;
        // What does not come is no failure of the wait; what cannot be listed is.
        if let Err(WaitError::Failed(failure)) = waited {
            return Err(failure);
        }
    }
    // What was left by a part of this clean-up is left, and was reported.
    found.retain(|resource| {
        let is_volume = resource.kind == ResourceKind::Volume;
        !(is_volume
            && resource
                .id
                .as_deref()
                .is_some_and(|id| context.timed_out_waits.has_waited_for(Some(id))))
    });
    let inventory = sort(&context.recorder.leftovers(), leftovers, &found, scope);
    for resource in &inventory.there {
        if !leftovers.contains(resource) {
            if !leftovers
                .iter()
                .any(|leftover| leftover.id.is_none() && is_named_like(leftover, resource))
            {
                context.notice(format!(
                    "{resource} carries this run's id, though no answer confirmed its creation: it is removed too"
                ));
            }
            context.recorder.record(EventKind::Made {
                resource: resource.clone(),
            });
        }
    }
    for resource in &inventory.absent {
        context.recorder.record(EventKind::Removed {
            resource: resource.clone(),
        });
    }
    Ok(inventory)
}

/// The kinds that are listed.
fn kinds(context: &Context, leftovers: &[Resource], scope: Scope) -> Vec<ResourceKind> {
    let guest = &context.target.guest;
    let is_made = |kind: ResourceKind| match kind {
        ResourceKind::FloatingIp => matches!(guest.address, GuestAddress::Floating { .. }),
        ResourceKind::KeyPair => guest.keypair.is_none(),
        ResourceKind::Snapshot => context.recorder.leftovers().snapshots,
        _ => true,
    };
    let is_asked = |kind: ResourceKind| {
        leftovers
            .iter()
            .any(|leftover| leftover.kind == kind && leftover.id.is_none())
    };
    let all = FOUND.into_iter();
    all.filter(|kind| is_asked(*kind) || (scope == Scope::Run && is_made(*kind)))
        .collect()
}

/// Whether two have one name, so one may be the other, or its double.
fn is_named_like(one: &Resource, other: &Resource) -> bool {
    one.kind == other.kind && one.name == other.name
}

/// Sorts leftovers, and what was found, by whether they exist.
fn sort(recorded: &Leftovers, leftovers: &[Resource], found: &[Resource], scope: Scope) -> Inventory {
    let mut inventory = Inventory::default();
    for resource in leftovers {
        let is_found = found.iter().any(|found| is_named_like(found, resource));
        let can_be_found = FOUND.contains(&resource.kind);
        if resource.id.is_some() || !can_be_found {
            // By its id it is looked for once more when it is removed.
            inventory.there.push(resource.clone());
        } else if is_found {
            // It is among what was found, with its id.
        } else if recorded.may_come(resource) {
            inventory.awaited.push(resource.clone());
        } else {
            inventory.absent.push(resource.clone());
        }
    }
    for resource in found {
        let is_left_over = leftovers.iter().any(|leftover| is_named_like(leftover, resource));
        if (scope == Scope::Run || is_left_over) && !inventory.there.contains(resource) {
            inventory.there.push(resource.clone());
        }
    }
    inventory
}

/// Why what was not seen stays a leftover.
pub(super) fn may_come(context: &Context, resource: &Resource) -> Failure {
    Failure::cloud(format!(
        "{resource} was requested, and no answer says whether it will be created"
    ))
    .detail("expected", "it is there, and can be removed")
    .detail(
        "seen",
        format!(
            "nothing of that name that carries the id of run {} for {} s",
            context.run,
            ACCEPTANCE.as_secs()
        ),
    )
    .help(format!(
        "it may still appear, so it stays a leftover: `cinder-drill recover {0}` checks again; if you know that it \
             will not appear, `cinder-drill recover {0} --forget`",
        context.run
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resource(name: &str, id: Option<&str>) -> Resource {
        Resource {
            kind: ResourceKind::Volume,
            name: name.to_owned(),
            id: id.map(str::to_owned),
        }
    }

    #[test]
    fn a_double_is_of_the_run_and_what_is_no_leftover_only_at_the_end() {
        let leftovers = [resource("root", Some("1"))];
        let found = [
            resource("root", Some("1")),
            resource("root", Some("2")),
            resource("data", Some("3")),
        ];
        let of_chain = sort(&Leftovers::default(), &leftovers, &found, Scope::Leftovers);
        assert_eq!(of_chain.there, [found[0].clone(), found[1].clone()]);
        let of_run = sort(&Leftovers::default(), &leftovers, &found, Scope::Run);
        assert_eq!(of_run.there, found);
    }

    #[test]
    fn what_has_no_id_is_what_was_found_of_its_name_or_is_absent() {
        let leftovers = [resource("root", None), resource("data", None)];
        let found = [resource("root", Some("1"))];
        let inventory = sort(&Leftovers::default(), &leftovers, &found, Scope::Leftovers);
        assert_eq!(inventory.there, found);
        assert_eq!(inventory.absent, [resource("data", None)]);
    }
}
