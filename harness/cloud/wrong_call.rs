//! Calls that are made to be refused.

use reqwest::Method;
use serde_json::Value;

use super::call::Call;
use super::connect::Cloud;
use super::error::{ApiError, ApiErrorKind};
use super::microversion::Wanted;
use super::service_kind::ServiceKind;

/// A call that a cloud should refuse.
#[derive(Clone, Debug, PartialEq)]
pub struct WrongCall {
    service: ServiceKind,
    method: Method,
    path: String,
    body: Option<Value>,
    microversion: Option<(u32, u32)>,
}

impl WrongCall {
    /// A read of what is at a path below the service's address.
    #[must_use]
    pub fn get(service: ServiceKind, path: impl Into<String>) -> WrongCall {
        WrongCall::new(service, Method::GET, path.into(), None)
    }

    /// A deletion.
    #[must_use]
    pub fn delete(service: ServiceKind, path: impl Into<String>) -> WrongCall {
        WrongCall::new(service, Method::DELETE, path.into(), None)
    }

    /// A `POST` with a body.
    #[must_use]
    pub fn post(service: ServiceKind, path: impl Into<String>, body: Value) -> WrongCall {
        WrongCall::new(service, Method::POST, path.into(), Some(body))
    }

    /// A `PUT` with a body.
    #[must_use]
    pub fn put(service: ServiceKind, path: impl Into<String>, body: Value) -> WrongCall {
        WrongCall::new(service, Method::PUT, path.into(), Some(body))
    }

    /// Asks for this microversion, or for the highest that the service offers, if that is lower.
    #[must_use]
    pub fn at(mut self, major: u32, minor: u32) -> WrongCall {
        self.microversion = Some((major, minor));
        self
    }

    fn new(service: ServiceKind, method: Method, path: String, body: Option<Value>) -> WrongCall {
        WrongCall {
            service,
            method,
            path,
            body,
            microversion: None,
        }
    }

    /// The call as the other modules write theirs. Like theirs, it is sent once if it is no read.
    fn call(&self) -> Call {
        let path: Vec<&str> = self.path.split('/').collect();
        let mut call = match (&self.method, self.body.clone()) {
            (&Method::GET, _) => Call::get(self.service, &path),
            (&Method::DELETE, _) => Call::delete(self.service, &path),
            (&Method::PUT, body) => Call::put(self.service, &path, body.unwrap_or(Value::Null)),
            (_, body) => Call::post(self.service, &path, body.unwrap_or(Value::Null)),
        };
        if let Some(version) = self.microversion {
            call = call.version(Wanted::new(version, (0, 0)));
        }
        call
    }
}

impl Cloud {
    /// Makes a call that the cloud should refuse, once, and answers with its status whatever that is.
    ///
    /// # Errors
    /// No answer came.
    pub async fn call_wrongly(&self, call: &WrongCall) -> Result<u16, ApiError> {
        match self.perform(call.call()).await {
            Ok(answer) => Ok(answer.status.as_u16()),
            Err(error) => match error.kind() {
                ApiErrorKind::Answered { status, .. } => Ok(*status),
                _ => Err(error),
            },
        }
    }
}
