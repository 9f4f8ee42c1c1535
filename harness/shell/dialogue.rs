//! Talking with a command while it runs.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// What a command gets on its standard input while it runs, and what becomes of what it prints. It is asked and told by the thread
/// of the command's session, and must not block.
pub trait Dialogue: Send {
    /// What the command gets next.
    fn next(&mut self) -> Next;

    /// The command printed this to its standard output.
    fn heard(&mut self, bytes: &[u8]);
}

/// What a command gets next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Next {
    /// These bytes.
    Bytes(Vec<u8>),
    /// Nothing for now.
    Later,
    /// The end of its input.
    End,
}

/// A dialogue that a command has, and its owner looks at.
pub type SharedDialogue = Arc<Mutex<dyn Dialogue>>;

/// A dialogue whose other side panicked has still said what it said.
pub(super) fn held(dialogue: &SharedDialogue) -> MutexGuard<'_, dyn Dialogue + 'static> {
    dialogue.lock().unwrap_or_else(PoisonError::into_inner)
}
