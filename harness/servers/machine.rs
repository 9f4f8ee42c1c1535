//! Whether the machine that answers after a reconnect is the server's, and booted anew.

use crate::failure::Failure;
use crate::guest::Identity;
use crate::names::ServerName;
use crate::session::Context;

/// What a machine that answers after a reconnect is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Machine {
    /// The server, booted anew: its boot id is another one.
    Restarted,
    /// It has no boot id, or had none before, so nothing proves that it was restarted.
    Untold,
    /// The machine from before: its boot id is the same, so it was never stopped.
    NeverStopped,
    /// Another server of this run.
    Other(ServerName),
    /// A machine that this run does not know: cloud-init says that it is another instance.
    Foreign {
        /// The instance that it was before.
        expected: String,
        /// The instance that answers.
        seen: String,
    },
}

/// Judges who answers. `before` is who answered before the reconnect, `now` who answers after it, `others` are the run's
/// other servers. A host name alone proves nothing, as many images give all machines one; that of exactly one other server
/// does.
#[must_use]
pub fn judge_machine(before: &Identity, now: &Identity, others: &[(ServerName, Identity)]) -> Machine {
    let same = |one: &Option<String>, other: &Option<String>| one.is_some() && one == other;
    let differ = |one: &Option<String>, other: &Option<String>| one.is_some() && other.is_some() && one != other;
    let booted_as = |other: &&(ServerName, Identity)| same(&other.1.boot_id, &now.boot_id);
    let is_instance = |other: &&(ServerName, Identity)| {
        same(&other.1.instance_id, &now.instance_id) && differ(&before.instance_id, &now.instance_id)
    };
    let is_named = |other: &&(ServerName, Identity)| {
        same(&other.1.hostname, &now.hostname) && differ(&before.hostname, &now.hostname)
    };
    let found = others
        .iter()
        .find(booted_as)
        .or_else(|| others.iter().find(is_instance));
    let named: Vec<&(ServerName, Identity)> = others.iter().filter(is_named).collect();
    if let Some((name, _)) = found.or(match named.as_slice() {
        [only] => Some(*only),
        _ => None,
    }) {
        return Machine::Other(name.clone());
    }
    if same(&before.boot_id, &now.boot_id) {
        return Machine::NeverStopped;
    }
    if let (Some(expected), Some(seen)) = (&before.instance_id, &now.instance_id)
        && expected != seen
    {
        return Machine::Foreign {
            expected: expected.clone(),
            seen: seen.clone(),
        };
    }
    if differ(&before.boot_id, &now.boot_id) {
        Machine::Restarted
    } else {
        Machine::Untold
    }
}

impl Machine {
    /// Whether the server was seen to be booted anew; the failure if another machine answers, or the one from before.
    /// `server` is the server's name and `address` where it is reached.
    ///
    /// # Errors
    /// As said.
    pub fn require_restarted(
        &self,
        server: &ServerName,
        address: &str,
        before: &Identity,
        now: &Identity,
    ) -> Result<bool, Failure> {
        let told = |failure: Failure| {
            failure
                .detail("address", address)
                .detail("before the reconnect", words(before))
                .detail("now", words(now))
        };
        match self {
            Machine::Restarted => Ok(true),
            Machine::Untold => Ok(false),
            Machine::NeverStopped => Err(told(Failure::expectation(format!(
                "server {server} was not restarted: the machine that answers at {address} is the one from before the reconnect"
            )))
            .help(
                "Nova says that it gave up the server's connections, but its old machine still runs with them: find \
                 the domain on the compute host that it left (`virsh list --all`), and fence that host before two \
                 machines write to one disk",
            )),
            Machine::Other(other) => Err(told(Failure::cloud(format!(
                "this is server {other} and not {server}: another server of this run answers at {address}"
            )))
            .help(
                "two servers have one address, or the route leads to the wrong one: check the ports of both \
                 (`openstack port list --server …`); nothing is known about the right server",
            )),
            Machine::Foreign { expected, seen } => Err(told(Failure::cloud(format!(
                "this is not server {server}: instance {seen} answers at {address}, and not {expected}"
            )))
            .help(
                "another machine has the server's address and host key: find it with `openstack port list --fixed-ip \
                 ip-address=…`; nothing is known about the right server",
            )),
        }
    }
}

/// An identity for people.
fn words(identity: &Identity) -> String {
    let told = |value: &Option<String>| value.clone().unwrap_or_else(|| "not told".to_owned());
    format!(
        "boot id {}, host name {}, instance {}",
        told(&identity.boot_id),
        told(&identity.hostname),
        told(&identity.instance_id)
    )
}

/// Who the run's other servers were when they were last reached.
pub(crate) fn others(context: &Context, server: &ServerName) -> Vec<(ServerName, Identity)> {
    let is_other =
        |((chain, name), _): &(&(String, ServerName), &Identity)| *chain != context.resources.chain || name != server;
    context.backend_state.with(|state| {
        let others = state.identities.iter().filter(is_other);
        others
            .map(|((_, name), identity)| (name.clone(), identity.clone()))
            .collect()
    })
}

/// Requires that the server which was reached again is the one that was reached before the reconnect, booted anew. Answers
/// with whether the guest shows it, and adds a note if it does not.
///
/// # Errors
/// The old machine goes on, or another one answers.
pub fn require_restarted(
    context: &mut Context,
    server: &ServerName,
    before: Option<&Identity>,
) -> Result<bool, Failure> {
    let others = others(context, server);
    let made = context.server(server)?;
    let (address, now) = (made.address.clone(), made.identity.clone().unwrap_or_default());
    let before = before.cloned().unwrap_or_default();
    let restarted = judge_machine(&before, &now, &others).require_restarted(server, &address, &before, &now)?;
    if let (Some(name), Some(other)) = (&before.hostname, &now.hostname)
        && name != other
    {
        context.notice(format!(
            "the guest of server {server} was called {name} before the reconnect and is called {other} now"
        ));
    }
    if !restarted {
        context.notice(format!(
            "the guest of server {server} has no boot id (/proc/sys/kernel/random/boot_id), so only Nova says that it \
             was restarted"
        ));
    }
    Ok(restarted)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn identity(boot: &str, name: &str, instance: &str) -> Identity {
        let told = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        Identity {
            boot_id: told(boot),
            hostname: told(name),
            instance_id: told(instance),
        }
    }

    fn name(text: &str) -> ServerName {
        ServerName::new(text).expect("a name")
    }

    #[test]
    fn a_new_boot_id_is_a_restart_whatever_else_it_says() {
        let before = identity("b1", "app", "i-1");
        for now in [
            identity("b2", "app", "i-1"),
            identity("b2", "", ""),
            identity("b2", "host-192-0-2-50", "i-1"),
        ] {
            assert_eq!(judge_machine(&before, &now, &[]), Machine::Restarted, "{now:?}");
        }
    }

    #[test]
    fn what_is_not_told_proves_nothing() {
        let (told, untold) = (identity("b1", "app", ""), identity("", "app", ""));
        for (before, now) in [(&told, &untold), (&untold, &told), (&untold, &untold)] {
            assert_eq!(judge_machine(before, now, &[]), Machine::Untold);
        }
    }

    #[test]
    fn the_machine_from_before_was_never_stopped() {
        let before = identity("b1", "app", "i-1");
        assert_eq!(
            judge_machine(&before, &before, &[(name("spare"), identity("b9", "spare", "i-9"))]),
            Machine::NeverStopped
        );
    }

    #[test]
    fn another_server_of_the_run_is_named_by_any_of_its_marks() {
        let before = identity("b1", "app", "i-1");
        let spare = (name("spare"), identity("b9", "spare", "i-9"));
        let twin = (name("twin"), identity("b8", "twin", "i-8"));
        for now in [
            identity("b9", "spare", "i-9"),
            identity("b9", "", ""),
            identity("b10", "", "i-9"),
            identity("b10", "spare", ""),
            identity("", "spare", ""),
        ] {
            let judged = judge_machine(&before, &now, &[twin.clone(), spare.clone()]);
            assert_eq!(judged, Machine::Other(name("spare")), "{now:?}");
        }
    }

    #[test]
    fn a_name_that_many_have_names_nobody() {
        let others = [
            (name("spare"), identity("b9", "cloud", "")),
            (name("twin"), identity("b8", "cloud", "")),
        ];
        let before = identity("b1", "app", "");
        assert_eq!(
            judge_machine(&before, &identity("b2", "cloud", ""), &others),
            Machine::Restarted
        );
        let same_name = identity("b1", "cloud", "");
        assert_eq!(
            judge_machine(&same_name, &identity("b2", "cloud", ""), &others),
            Machine::Restarted
        );
    }

    #[test]
    fn another_instance_is_foreign() {
        let judged = judge_machine(&identity("b1", "app", "i-1"), &identity("b2", "app", "i-7"), &[]);
        let (expected, seen) = ("i-1".to_owned(), "i-7".to_owned());
        assert_eq!(judged, Machine::Foreign { expected, seen });
    }

    #[test]
    fn each_says_what_it_is() {
        let (before, now) = (identity("b1", "app", "i-1"), identity("b1", "", "i-7"));
        let say = |machine: Machine| {
            let failure = machine.require_restarted(&name("app"), "192.0.2.50", &before, &now);
            failure.expect_err("a failure").to_string()
        };
        let (expected, seen) = ("i-1".to_owned(), "i-7".to_owned());
        let said = [
            say(Machine::NeverStopped),
            say(Machine::Other(name("spare"))),
            say(Machine::Foreign { expected, seen }),
        ];
        insta::assert_snapshot!("machine", said.join("\n\n"));
        assert_eq!(
            Machine::Restarted.require_restarted(&name("app"), "", &before, &now),
            Ok(true)
        );
        assert_eq!(
            Machine::Untold.require_restarted(&name("app"), "", &before, &now),
            Ok(false)
        );
    }
}
