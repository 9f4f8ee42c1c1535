//! The one redactor: takes secrets out of what machines say, for the journal, evidence, captures, observations and errors. Logs,
//! error bodies and standard error quote passwords, tokens and keys, in whatever form their writers escape them.

mod decode;
mod fingerprint;
mod forms;
mod members;
mod names;
mod patterns;
mod secrets;

pub use fingerprint::fingerprint;
pub use members::{with_fingerprints, without_secret_members};
pub use names::is_secret_name;
pub use patterns::redact;
pub use secrets::Secrets;
