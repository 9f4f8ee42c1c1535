//! How any step runs.

use super::{Action, VERBS, Verb};
use crate::failure::Failure;
use crate::servers::explain_silence;
use crate::session::{Context, Judges};

/// The verb of this name.
pub(crate) fn verb(name: &str) -> Option<&'static Verb> {
    VERBS.into_iter().find(|verb| verb.field.key == name)
}

impl Action {
    /// What it judges itself, and is not explained again when it fails.
    #[must_use]
    pub fn judges(&self) -> Judges {
        self.verb().judges
    }

    /// Does it. The answer says what was done, in words.
    ///
    /// # Errors
    /// As the verb's own `run`.
    pub async fn run(&self, context: &mut Context) -> Result<String, Failure> {
        if self.movement().is_none() {
            context.witness_arrival().await;
        }
        match self.act(context).await {
            Err(failure) => Err(explain_silence(context, failure).await),
            done => done,
        }
    }
}
