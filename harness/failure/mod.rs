//! Why something did not work, in the form in which a user reads it.

mod convert;
mod reason;

pub use reason::{Failure, FailureKind, Silence};
