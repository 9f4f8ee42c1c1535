//! The record of every request.

use std::time::Duration;

use futures_util::future::BoxFuture;
use reqwest::header::HeaderMap;
use serde::Serialize;
use serde_json::Value;

use crate::cloud::ServiceKind;
use crate::cloud::error::answer_message;

/// One attempt at a request and what came of it. It holds neither token nor body.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RequestRecord {
    /// The service that was asked.
    pub service: ServiceKind,
    /// The HTTP method.
    pub method: String,
    /// The URL, secret parts masked.
    pub url: String,
    /// The status of the answer; nothing where none came.
    pub status: Option<u16>,
    /// The id under which the service's log files have the request.
    pub request_id: Option<String>,
    /// From the first byte sent to the last received, or to the failure.
    pub duration: Duration,
    /// 1 for the first attempt.
    pub attempt: u32,
    /// Why no answer came, or why it could not be read.
    pub error: Option<String>,
    /// Whether nothing was done for certain: the service itself refused it (not for its token), or it never reached the
    /// service.
    pub refused: bool,
}

/// A change that is about to be requested.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangeRecord {
    /// The service that is asked.
    pub service: ServiceKind,
    /// The HTTP method.
    pub method: String,
    /// The URL, secret parts masked.
    pub url: String,
    /// What is requested, where the URL does not say: an action's name, or where a backend fails over to.
    pub action: Option<String>,
}

/// A whole answer, for who looks at what it is made of. It may hold secrets: it is not to be kept or shown as it is, and has
/// no `Debug`.
pub struct AnswerRecord<'a> {
    /// The service that was asked.
    pub service: ServiceKind,
    /// The HTTP method.
    pub method: &'a str,
    /// The URL, secret parts masked.
    pub url: &'a str,
    /// The microversion that was requested, as its header has it: `volume 3.60`.
    pub version: Option<&'a str>,
    /// The body of the request.
    pub request: Option<&'a Value>,
    /// The HTTP status.
    pub status: u16,
    /// The headers of the answer.
    pub headers: &'a HeaderMap,
    /// The body of the answer.
    pub body: &'a [u8],
}

impl AnswerRecord<'_> {
    /// What an answer that is an error says, secrets masked.
    #[must_use]
    pub fn message(&self) -> Option<String> {
        (self.status >= 400).then(|| answer_message(self.body)).flatten()
    }
}

/// Observes every request as it ends, and every change before it is sent. It is called from the task that makes the request
/// and must not block for long.
pub trait RequestObserver: Send + Sync {
    /// A change is about to be sent.
    ///
    /// # Errors
    /// It must not be sent, and why: what was to be noted of it could not be.
    fn changing<'a>(&'a self, _: &'a ChangeRecord) -> BoxFuture<'a, Result<(), String>> {
        Box::pin(std::future::ready(Ok(())))
    }

    /// An attempt has ended.
    fn requested(&self, record: &RequestRecord);

    /// An answer has come, whole. Called after [`requested`](Self::requested).
    fn answered(&self, _answer: &AnswerRecord<'_>) {}

    /// A secret goes out, or came in: a password or a token, which no report may show.
    fn knows_secret(&self, secret: &str) {
        let _ = secret;
    }
}

/// Observes nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct Unobserved;

impl RequestObserver for Unobserved {
    fn requested(&self, _: &RequestRecord) {}
}
