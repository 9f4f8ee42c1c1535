//! The error of every call to a cloud.

use std::fmt;

use super::kind::ApiErrorKind;
use super::redaction::redact_url;
use super::words;
use crate::cloud::ServiceKind;

/// The request to a service, as an error shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Asked {
    pub(crate) service: ServiceKind,
    pub(crate) method: String,
    pub(crate) url: String,
    /// Whether the request changes something, so a lost answer leaves its outcome unknown.
    pub(crate) changes: bool,
}

impl Asked {
    pub(crate) fn new(service: ServiceKind, method: &reqwest::Method, url: &reqwest::Url, changes: bool) -> Self {
        Self {
            service,
            method: method.to_string(),
            url: redact_url(url),
            changes,
        }
    }
}

/// A call to a cloud that did not give what it should.
///
/// `Display` is one line with everything but the help; a diagnostic is built from [`summary`](Self::summary),
/// [`details`](Self::details) and [`help`](Self::help).
#[derive(Clone, PartialEq, Eq)]
pub struct ApiError(Box<Content>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Content {
    kind: ApiErrorKind,
    asked: Option<Asked>,
    request_id: Option<String>,
    attempts: u32,
    /// The service, where no one request is to blame.
    of: Option<ServiceKind>,
}

impl ApiError {
    /// An error that is not about one request.
    pub(crate) fn new(kind: ApiErrorKind) -> Self {
        Self(Box::new(Content {
            kind,
            asked: None,
            request_id: None,
            attempts: 0,
            of: None,
        }))
    }

    /// An error about one request, of which `attempts` were made.
    pub(crate) fn about(asked: Asked, kind: ApiErrorKind, request_id: Option<String>, attempts: u32) -> Self {
        Self(Box::new(Content {
            kind,
            asked: Some(asked),
            request_id,
            attempts,
            of: None,
        }))
    }

    /// The same, about a service as a whole.
    #[must_use]
    pub(crate) fn of(mut self, service: ServiceKind) -> Self {
        self.0.of = Some(service);
        self
    }

    /// The case.
    pub fn kind(&self) -> &ApiErrorKind {
        &self.0.kind
    }

    /// The service that was asked, where one request is to blame.
    pub fn service(&self) -> Option<ServiceKind> {
        self.0.asked.as_ref().map(|asked| asked.service).or(self.0.of)
    }

    /// The id under which the service's log files have the request (`X-Openstack-Request-Id`).
    pub fn request_id(&self) -> Option<&str> {
        self.0.request_id.as_deref()
    }

    /// What went wrong, on one line, without URL and request id.
    pub fn summary(&self) -> String {
        words::summary(&self.0.kind, self.service())
    }

    /// What belongs to it: label and text, in the order in which to print them.
    pub fn details(&self) -> Vec<(&'static str, String)> {
        let mut details = Vec::new();
        if let Some(asked) = &self.0.asked {
            details.push(("asked", format!("{} {} ({})", asked.method, asked.url, asked.service)));
        }
        if self.0.attempts > 1 {
            details.push(("attempts", self.0.attempts.to_string()));
        }
        words::details(&self.0.kind, &mut details);
        if let Some(request_id) = &self.0.request_id {
            details.push(("request id", request_id.clone()));
        }
        details
    }

    /// What to do next, where that can be said.
    pub fn help(&self) -> Option<String> {
        words::help(&self.0.kind, self.service(), self.outcome_unknown())
    }

    /// The HTTP status of the answer, where there was one.
    pub fn status(&self) -> Option<u16> {
        match self.0.kind {
            ApiErrorKind::Answered { status, .. }
            | ApiErrorKind::NotJson { status, .. }
            | ApiErrorKind::WrongShape { status, .. } => Some(status),
            ApiErrorKind::LoginRefused { .. }
            | ApiErrorKind::ProjectRefused { .. }
            | ApiErrorKind::TokenRefused { .. } => Some(401),
            _ => None,
        }
    }

    /// Whether the service itself says that there is no such thing: a 404 in the form of its own errors, with a request id.
    /// That of a proxy, which may have lost the service or the path, says nothing of the thing.
    pub fn is_not_found(&self) -> bool {
        self.refused() && self.status() == Some(404)
    }

    /// Whether the request was a change that may have been done although this error came of it.
    ///
    /// Such a change was sent exactly once and must not be sent again: the caller has to look at the state of the cloud.
    /// A 5xx counts too, since Cinder and Nova hand work on before they answer, and a proxy's 502 or 504 says nothing
    /// about what is behind it. So does a success whose body cannot be read, a redirect, and a refusal (4xx) without the
    /// service's own message: a proxy gives those, whatever the service behind it has done.
    pub fn outcome_unknown(&self) -> bool {
        let changes = self.0.asked.as_ref().is_some_and(|asked| asked.changes);
        match &self.0.kind {
            ApiErrorKind::AnswerLost(_) => true,
            ApiErrorKind::Answered { .. } => changes && !self.refused(),
            ApiErrorKind::NotJson { .. } | ApiErrorKind::WrongShape { .. } | ApiErrorKind::TooLarge { .. } => changes,
            _ => false,
        }
    }

    /// Whether the middleware before the service refused the token: the service has not seen the request, as far as that may
    /// be believed.
    pub fn refused_token(&self) -> bool {
        matches!(
            &self.0.kind,
            ApiErrorKind::Answered {
                status: 401,
                by_service: true,
                ..
            }
        )
    }

    /// Whether the service itself refused the request: a 4xx in the form of its own errors, with a request id. What it
    /// refused, it has not done. A 401 is no such word: it is that of the middleware before the service.
    pub fn refused(&self) -> bool {
        matches!(
            &self.0.kind,
            ApiErrorKind::Answered {
                status: 400 | 402..=499,
                by_service: true,
                ..
            }
        )
    }
}

impl fmt::Display for ApiError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.summary())?;
        let details = self.details();
        if !details.is_empty() {
            let details: Vec<String> = details.iter().map(|(label, text)| format!("{label}: {text}")).collect();
            write!(formatter, " ({})", details.join("; "))?;
        }
        Ok(())
    }
}

impl fmt::Debug for ApiError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, formatter)
    }
}

impl std::error::Error for ApiError {}
