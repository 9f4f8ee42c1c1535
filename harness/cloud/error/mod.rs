//! What can go wrong between the harness and a cloud, in words that say what to do next.

mod answer_message;
mod api_error;
mod kind;
mod redaction;
mod words;

pub(crate) use answer_message::{answer_message, is_service_error};
pub use api_error::ApiError;
pub(crate) use api_error::Asked;
pub use kind::{ApiErrorKind, Heard, LostAnswer, Unreachable};
pub(crate) use redaction::{redact_json_error, redacted_beginning};
