//! Connection info: what a driver says of how a volume is reached, where it is read, and what it means.

mod agreement;
mod changes;
mod comparison;
mod info;
mod log;
mod log_line;
mod profile;
mod python_literal;
mod secret;
mod snapshot;
#[cfg(test)]
mod tests;
mod verdict;
mod verdict_error;

pub use agreement::{Agreement, Disagreement, compare};
pub use changes::{ConnectionChanges, FieldChange, changes};
pub use info::ConnectionInfo;
pub use log::{LogError, LogErrorCause, LoggedConnection, find_by_attachment};
pub use log_line::{CONNECTION_LINE, LogLevel, LogLine, unwrap as unwrap_log_line};
pub use profile::{DriverProfile, Identity, ProfileError};
pub use python_literal::{
    PythonLiteralError, parse as parse_python_literal, parse_prefix as parse_python_literal_prefix,
};
pub(crate) use secret::is_secret;
pub use snapshot::{SnapshotOutcome, assert_connection_snapshot, assert_value_snapshot};
pub use verdict::{ExpectedSites, judge};
pub use verdict_error::{VerdictError, WrongField};
