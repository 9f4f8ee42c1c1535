//! What could not be removed.

use crate::event::RemedyStep;
use crate::failure::Failure;
use crate::wait::WaitError;

/// Why a thing could not be removed, and what a person does about it.
pub(super) struct Undone {
    /// Why.
    pub failure: Failure,
    /// The commands, where they are known by now; else they are those of its kind.
    pub remedy: Option<Vec<RemedyStep>>,
}

impl From<Failure> for Undone {
    fn from(failure: Failure) -> Undone {
        Undone { failure, remedy: None }
    }
}

impl From<WaitError> for Undone {
    fn from(error: WaitError) -> Undone {
        Failure::from(error).into()
    }
}

impl From<crate::cloud::ApiError> for Undone {
    fn from(error: crate::cloud::ApiError) -> Undone {
        Failure::from(error).into()
    }
}
