//! HTTP as the harness speaks it: every attempt is recorded, reads are retried within bounds, changes are sent once.

mod answer;
mod failure;
mod http_client;
#[cfg(test)]
pub(crate) mod in_process;
mod page;
mod paging;
mod record;
mod request;
mod retry_policy;
mod sender;

pub(crate) use answer::Answer;
pub(crate) use paging::{Query, merged};
pub use record::{AnswerRecord, ChangeRecord, RequestObserver, RequestRecord, Unobserved};
pub(crate) use request::Request;
pub use retry_policy::RetryPolicy;
pub use sender::ChangesUnderWay;
pub(crate) use sender::Transport;
