//! A request before it is sent.

use reqwest::header::{HeaderName, HeaderValue};
use reqwest::{Method, Url};
use serde_json::Value;

use crate::cloud::ServiceKind;
use crate::cloud::error::Asked;

/// A request to a service. It has no `Debug`, because the body of a login holds the password.
pub(crate) struct Request {
    pub(crate) service: ServiceKind,
    pub(crate) method: Method,
    pub(crate) url: Url,
    pub(crate) headers: Vec<(HeaderName, HeaderValue)>,
    pub(crate) body: Option<Value>,
    /// Whether it changes something. What changes something is never sent twice.
    pub(crate) changes: bool,
}

impl Request {
    /// What an error tells of it.
    pub(crate) fn asked(&self) -> Asked {
        Asked::new(self.service, &self.method, &self.url, self.changes)
    }
}
