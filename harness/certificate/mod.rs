//! Certificates: which tests a driver must pass for what it claims, what a run says of them, who has signed that, and whether it may
//! be believed. An in-toto Statement v1 with the predicate `test-result/v0.1`, in a DSSE envelope, signed with Ed25519.

mod envelope;
mod evidence;
mod keys;
mod lists;
mod result;
mod statement;
mod suite;
#[cfg(test)]
mod tests;
mod verify;

pub use envelope::Envelope;
pub use evidence::{Evidence, digest};
pub use keys::{PublicKey, SecretKey};
pub use lists::{gerrit_comment, matrix_lines, product};
pub use result::{Judged, TestOutcome, results};
pub use statement::{About, Statement, statement};
pub use suite::{Level, Test, VERSION, claimed};
pub use verify::{Believed, Refusal, Trust, recheck, verify};
