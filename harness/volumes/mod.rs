//! What verbs do with volumes as a whole: making them, from nothing or from others, growing them, giving them other types, and their
//! snapshots.

pub(crate) mod clones;
pub(crate) mod growth;
pub(crate) mod new_volume;
pub(crate) mod retyped;
pub(crate) mod snapshots;
pub(crate) mod types;
