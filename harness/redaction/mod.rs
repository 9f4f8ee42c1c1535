//! Takes secrets out of what machines say: logs, error bodies and standard error quote passwords, tokens and keys.

mod forms;
mod patterns;
mod secrets;

pub use patterns::redact;
pub use secrets::Secrets;

/// What stands where a secret was.
const MASK: &str = "***";
