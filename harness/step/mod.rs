//! The verbs of scenarios: one file a verb, with its arguments, what it compiles to and how it runs.

mod action;
#[macro_use]
mod list;
mod setting_up;
mod verb;

pub(crate) use action::verb;
pub(crate) use verb::{Step, Verb};

use crate::document::{Choice, Field, Shape};

/// A step: one verb and its arguments.
pub(crate) static STEP: Choice = Choice {
    noun: "verb",
    options: &FIELDS,
    common: &[Field::optional(
        WITHIN,
        Shape::Duration,
        "How long the step may take: its waits end then, and a step that took longer fails. It cannot be more than the target's \
         budget.",
    )],
    forms: &[],
    mistaken: MISTAKEN,
};

/// What people know from other tools.
const MISTAKEN: &[(&[&str], &str)] = &[
    (
        &["sleep", "wait", "pause", "delay"],
        "leave it out: each step waits until what it does has happened; to see data arrive, use `expect-replicated`",
    ),
    (
        &["run", "exec", "command", "shell", "script"],
        "a scenario runs no commands of its own: it writes and reads in guests with `write` and `read`",
    ),
    (
        &["assert", "check", "verify", "expect", "compare"],
        "check with `read`, or with a verb that begins with `expect-`",
    ),
    (
        &[
            "create",
            "create-volume",
            "create-server",
            "volume",
            "volumes",
            "server",
            "servers",
            "boot",
        ],
        "declare volumes and servers under `resources`: they are made before the first step",
    ),
    (
        &["delete", "remove", "cleanup", "clean-up", "teardown"],
        "leave it out: what a run made is removed at its end",
    ),
    (
        &["reboot", "restart", "shelve", "unshelve", "rebuild", "stop", "start"],
        "renew connections with `reconnect: { server: NAME, by: shelve }`, or `by: cold-detach-attach`",
    ),
    (
        &["loop", "for", "foreach", "with-items"],
        "run steps again with `repeat`, or for every copy with `each`",
    ),
    (&["include", "import"], "include the steps of another file with `use`"),
    (
        &["if", "when", "skip", "only-if"],
        "say what the target must have with the scenario's `needs`",
    ),
    (
        &["fail-over", "failover-host", "switchover"],
        "move the backend with `failover: { to: secondary }`",
    ),
    (
        &["fail-back", "return"],
        "move the backend back with `failback: { to: primary }`",
    ),
];

/// The argument of every verb that says how long the step may take.
pub(crate) const WITHIN: &str = "within";

// A verb is its file in this folder and its line here, in the order in which verbs are shown.
verbs! {
    write: Write,
    read: Read,
    expect_connection: ExpectConnection,
    expect_mirrored: ExpectMirrored,
    expect_replicated: ExpectReplicated,
    workload: Workload,
    stop_workload: StopWorkload,
    expect_workload: ExpectWorkload,
    failover: Failover,
    failback: Failback,
    lose: Lose,
    restore: Restore,
    demote: Demote,
    promote: Promote,
    resync: Resync,
    expect_split_brain: ExpectSplitBrain,
    expect_status: ExpectStatus,
    expect_refused: ExpectRefused,
    extend: Extend,
    expect_size: ExpectSize,
    snapshot: Snapshot,
    delete_snapshot: DeleteSnapshot,
    clone_volume: CloneVolume,
    retype: Retype,
    freeze: Freeze,
    thaw: Thaw,
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
