//! A call as the services' modules write it, before it has address and token.

use reqwest::Method;
use serde_json::Value;

use super::ServiceKind;
use super::microversion::Wanted;

/// One call to a service.
#[derive(Clone)]
pub struct Call {
    pub(crate) service: ServiceKind,
    pub(crate) method: Method,
    pub(crate) path: Vec<String>,
    pub(crate) query: Vec<(String, String)>,
    pub(crate) version: Option<Wanted>,
    pub(crate) body: Option<Value>,
    pub(crate) changes: bool,
}

impl Call {
    /// A read.
    pub fn get(service: ServiceKind, path: &[&str]) -> Self {
        Self::new(service, Method::GET, path, None, false)
    }

    /// A change.
    pub fn post(service: ServiceKind, path: &[&str], body: Value) -> Self {
        Self::new(service, Method::POST, path, Some(body), true)
    }

    /// A change.
    pub fn put(service: ServiceKind, path: &[&str], body: Value) -> Self {
        Self::new(service, Method::PUT, path, Some(body), true)
    }

    /// A change. HTTP calls DELETE repeatable, but a repeated one may meet what the first has set going.
    pub fn delete(service: ServiceKind, path: &[&str]) -> Self {
        Self::new(service, Method::DELETE, path, None, true)
    }

    fn new(service: ServiceKind, method: Method, path: &[&str], body: Option<Value>, changes: bool) -> Self {
        let path = path.iter().map(|&segment| segment.to_owned()).collect();
        Self {
            service,
            method,
            path,
            query: Vec::new(),
            version: None,
            body,
            changes,
        }
    }

    /// Asks for a microversion.
    pub fn version(mut self, version: Wanted) -> Self {
        self.version = Some(version);
        self
    }

    /// Adds a query parameter.
    pub(crate) fn query(mut self, name: &str, value: impl Into<String>) -> Self {
        self.query.push((name.to_owned(), value.into()));
        self
    }

    /// Says that a POST only reads, so it may be repeated.
    pub(crate) fn only_reads(mut self) -> Self {
        self.changes = false;
        self
    }
}
