//! `recover` while a host that it would log in to is dead, as the controllers and storage nodes of a lost site are.

use cinder_drill::event::{EventKind, ResourceKind};

use crate::points::FAILED_OVER;
use crate::world::{World, printed};

const FLOW: &str = "bfv-failover";

/// Nothing listens there.
const DEAD: &str = "127.0.0.1:1";

/// A run that died when it had failed over; then the address of a variable of the embedded cloud leads nowhere.
fn dead(variable: &str) -> (World, String) {
    let world = World::with_dead_run(FLOW, FAILED_OVER);
    let address = world.cloud().variables()[variable].clone();
    world.write_target(|target| {
        assert!(target.contains(&address), "{target}");
        target.replace(&address, DEAD)
    });
    (world, address)
}

fn empty() -> serde_json::Value {
    World::start().inventory()
}

#[test]
fn what_needs_no_dead_site_is_recovered_and_the_rest_when_it_is_back() {
    for variable in ["primary", "secondary"] {
        let (world, _) = dead(variable);
        let recovered = world.recover().output().expect("the program starts");
        let said = printed(&recovered);
        assert!(!recovered.status.success(), "{said}");
        assert!(said.contains(&format!("{DEAD} refused the SSH connection")), "{said}");
        let after = world.inventory();
        assert_eq!(after["servers"].to_string(), "[]", "{said}");
        // A volume whose image one site would keep stays.
        assert_ne!(after["volumes"].to_string(), "[]", "{said}");

        world.write_target(|target| target);
        let recovered = world.recover().output().expect("the program starts");
        assert!(recovered.status.success(), "{}", printed(&recovered));
        assert_eq!(empty(), world.inventory());
    }
}

#[test]
fn a_dead_host_of_logs_keeps_recover_from_nothing() {
    let (world, _) = dead("controller");
    let recovered = world.recover().output().expect("the program starts");
    assert!(recovered.status.success(), "{}", printed(&recovered));
    assert_eq!(empty(), world.inventory());
}

/// A host that answers with another key than the target's is no dead one.
#[test]
fn a_host_that_is_not_trusted_is_not_taken_for_dead() {
    let world = World::with_dead_run(FLOW, FAILED_OVER);
    world.wait_for_the_failover();
    let variables = world.cloud().variables();
    let (key, other) = (&variables["primary_host_key"], &variables["secondary_host_key"]);
    world.write_target(|target| target.replace(key, other));
    let before = world.inventory();
    let refused = world.recover().output().expect("the program starts");
    let said = printed(&refused);
    assert!(!refused.status.success(), "{said}");
    assert!(said.contains("another SSH host key than the target declares"), "{said}");
    assert_eq!(before, world.inventory(), "{said}");
    let left = world
        .events()
        .into_iter()
        .any(|event| matches!(&event.kind, EventKind::Removed { resource } if resource.kind != ResourceKind::Lock));
    assert!(!left, "{said}");
}
