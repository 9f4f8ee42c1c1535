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
    /// What an error shows of it.
    pub(crate) fn asked(&self) -> Asked {
        Asked::new(self.service, &self.method, &self.url, self.changes)
    }

    /// What a change asks for where its URL does not say it: the name of an action, or where a backend is to go. Nothing else
    /// of a body is shown, since bodies hold secrets.
    pub(crate) fn action(&self) -> Option<String> {
        let body = self.body.as_ref()?.as_object()?;
        match self.url.path().rsplit('/').next()? {
            "action" => body.keys().next().cloned(),
            "failover_host" => {
                let target = body.get("backend_id").and_then(Value::as_str);
                Some(target.unwrap_or("the driver chooses").to_owned())
            }
            _ => None,
        }
    }
}
