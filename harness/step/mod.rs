//! The verbs of scenarios: one file a verb, with its arguments, what it compiles to and how it runs.

mod action;
#[macro_use]
mod list;
mod setting_up;
mod verb;

pub(crate) use action::verb;
pub(crate) use verb::{Step, Verb};

// A verb is its file in this folder and its line here, in the order in which verbs are shown.
verbs! {
    write: Write,
    read: Read,
    expect_connection: ExpectConnection,
    expect_mirrored: ExpectMirrored,
    expect_replicated: ExpectReplicated,
    failover: Failover,
    failback: Failback,
    reconnect: Reconnect,
    attach: Attach,
    detach: Detach,
    format: Format,
    mount: Mount,
    unmount: Unmount,
    expect_pool_mirrored: ExpectPoolMirrored,
    expect_replication_enabled: ExpectReplicationEnabled,
    run_mirror_daemons: RunMirrorDaemons,
    mirror_pool: MirrorPool,
    peer_sites: PeerSites,
}
