//! Who looks on while a run is made.

use std::fmt;
use std::path::Path;
use std::pin::Pin;

use super::Context;
use crate::cloud::AnswerRecord;
use crate::connection::ConnectionInfo;
use crate::failure::Failure;
use crate::redaction::Secrets;
use crate::shell::CommandObserver;
use crate::targets::Target;

/// Work that has to end before a step begins.
pub type Before<'a> = Pin<Box<dyn Future<Output = Result<(), Failure>> + 'a>>;

/// Looks on while a run is made: sees each answer, each output, and connection info from the log, as they came. They may hold
/// secrets. The agreement check of `fixtures/agreement` is one.
pub trait Observer: CommandObserver + fmt::Debug {
    /// The run begins on this target. `folder` is that of its journal, and `secrets` are what must not be kept: they become more.
    ///
    /// # Errors
    /// It cannot look on, so the run need not begin.
    fn begins(&self, target: &Target, folder: Option<&Path>, secrets: &Secrets) -> Result<(), Failure>;

    /// An API answered.
    fn answered(&self, answer: &AnswerRecord<'_>);

    /// The cinder-volume log holds this connection info.
    fn logged(&self, info: &ConnectionInfo);

    /// What is to be done before a step that does not move the backend. No other chain works meanwhile, and a failure is the
    /// step's.
    fn before_step<'a>(&'a self, scenario: &str, verb: &str, context: &'a mut Context) -> Option<Before<'a>>;
}
