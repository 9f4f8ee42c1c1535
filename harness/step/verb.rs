//! The table of verbs.

use super::{
    Action, attach, detach, expect_connection, expect_mirrored, expect_pool_mirrored, expect_replicated,
    expect_replication_enabled, failback, failover, format, make_mistakes, mirror_pool, mount, peer_sites, read,
    reconnect, run_mirror_daemons, unmount, write,
};
use crate::diagnostic::Location;
use crate::document::{Field, Fields, Shape, Word};
use crate::plan::State;
use crate::targets::BudgetName;

/// A verb.
#[derive(Debug)]
pub(crate) struct Verb {
    /// Its name, its arguments, and what it does.
    pub field: Field,
    /// Whether it checks something.
    pub checks: bool,
    /// What it changes, in words; none if it only looks.
    pub change: Option<&'static str>,
    /// The budget that it has.
    pub budget: BudgetName,
    /// Resolves its arguments and applies what it does to the state. None if the arguments cannot be understood, which
    /// is a fault in the state then.
    pub compile: fn(&mut State<'_>, &Step<'_>) -> Option<Compiled>,
}

/// A step that is being compiled.
#[derive(Debug)]
pub(crate) struct Step<'a> {
    /// Its arguments.
    pub arguments: Fields<'a>,
    /// Where its verb stands.
    pub at: &'a Location,
}

/// What a step compiles to, besides what its verb says.
#[derive(Debug)]
pub(crate) struct Compiled {
    /// What it does.
    pub action: Action,
    /// How it is undone, in words.
    pub undo: Option<String>,
    /// What no other run may touch while it runs.
    pub locks: Vec<String>,
}

/// All verbs, in the order in which they are shown.
pub(crate) static VERBS: [&Verb; 19] = [
    &write::VERB,
    &read::VERB,
    &expect_connection::VERB,
    &expect_mirrored::VERB,
    &expect_replicated::VERB,
    &failover::VERB,
    &failback::VERB,
    &reconnect::VERB,
    &attach::VERB,
    &detach::VERB,
    &format::VERB,
    &mount::VERB,
    &unmount::VERB,
    &expect_pool_mirrored::VERB,
    &expect_replication_enabled::VERB,
    &run_mirror_daemons::VERB,
    &mirror_pool::VERB,
    &peer_sites::VERB,
    &make_mistakes::VERB,
];

/// The verbs as the keys of a step.
pub(crate) static FIELDS: [Field; 19] = {
    let mut fields = [VERBS[0].field; 19];
    let mut index = 0;
    while index < fields.len() {
        fields[index] = VERBS[index].field;
        index += 1;
    }
    fields
};

/// The verb of this name.
pub(crate) fn verb(name: &str) -> Option<&'static Verb> {
    VERBS.into_iter().find(|verb| verb.field.key == name)
}

/// The argument that names a guest.
pub(super) const GUEST: Field = Field::required("guest", Shape::Name, "The server whose guest does it.");

/// The words for the sites.
pub(super) static SITES: [Word; 2] = [
    Word {
        word: "primary",
        text: "The site where the backend is at home.",
    },
    Word {
        word: "secondary",
        text: "The site that takes over.",
    },
];
