//! Connection info: what a driver says of how a volume is reached, where it is read, and what it means.

mod agreement;
mod attachment;
mod changes;
mod comparison;
mod info;
mod log;
mod log_line;
mod log_record;
mod pairs;
mod python_literal;
mod secret;
mod snapshot;
#[cfg(test)]
mod tests;
mod verdict;
mod verdict_error;

pub use agreement::compare;
pub use attachment::{AttachmentFault, ExpectedAttachment, ExpectedImage, judge_attachments, judge_info};
pub use changes::{FieldChange, changes};
pub use info::ConnectionInfo;
pub use log::{Absence, LogError, absence, find_by_attachment};
pub use log_line::{CONNECTION_LINE, LogLevel, unwrap as unwrap_log_line};
pub use log_record::records as log_records;
pub use python_literal::{parse as parse_python_literal, parse_prefix as parse_python_literal_prefix};
pub use snapshot::{SnapshotOutcome, assert_connection_snapshot, assert_value_snapshot};
pub use verdict::{ExpectedSites, judge};
pub use verdict_error::VerdictError;
