//! Why something did not work, in the form in which a user reads it.

mod cause;
mod convert;
mod reason;

#[cfg(test)]
mod prose_test;

pub use cause::Cause;
pub use reason::{Failure, FailureKind, Silence, SilenceKind, Symptom};
