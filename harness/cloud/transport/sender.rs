//! Sends requests.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use reqwest::header::{ACCEPT, HeaderMap, HeaderValue, RETRY_AFTER};
use reqwest::{Client, StatusCode};
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::watch;
use tokio::time::Instant;

use super::answer::{Answer, is_whole};
use super::failure;
use super::http_client;
use super::record::{AnswerRecord, ChangeRecord, RequestObserver, RequestRecord};
use super::request::Request;
use super::retry_policy::RetryPolicy;
use crate::cloud::ServiceKind;
use crate::cloud::config::{CloudConfig, Timeouts};
use crate::cloud::error::{ApiError, ApiErrorKind, Heard, is_service_error};

/// The longest body that is read, in bytes. The longest that a drill needs is a page of a thousand volumes, about 2 MiB.
pub(crate) const BODY_LIMIT: usize = 16 * 1024 * 1024;

/// The header that asks for a microversion.
pub(crate) const VERSION_HEADER: &str = "openstack-api-version";

/// Sends requests, retries those that only read, and notifies the observer of every attempt.
pub(crate) struct Transport {
    reads: Client,
    changes: Client,
    retry: RetryPolicy,
    timeouts: Timeouts,
    observer: Arc<dyn RequestObserver>,
    changes_under_way: watch::Sender<usize>,
    heard: Mutex<BTreeMap<ServiceKind, Heard>>,
}

/// What one attempt gave.
pub(super) enum Attempt {
    /// An answer, as far as its head; the body may have failed.
    Answered {
        status: StatusCode,
        headers: HeaderMap,
        body: Result<Vec<u8>, ApiErrorKind>,
    },
    /// No answer.
    Failed(ApiErrorKind),
}

impl Attempt {
    fn status(&self) -> Option<StatusCode> {
        match self {
            Self::Answered { status, .. } => Some(*status),
            Self::Failed(_) => None,
        }
    }

    fn headers(&self) -> Option<&HeaderMap> {
        match self {
            Self::Answered { headers, .. } => Some(headers),
            Self::Failed(_) => None,
        }
    }

    fn is_success(&self) -> bool {
        self.status().is_some_and(|status| status.is_success())
    }

    /// Whether it is a success that can be read.
    fn is_whole(&self) -> bool {
        self.is_success() && matches!(self, Self::Answered { body: Ok(body), .. } if is_whole(body))
    }

    fn error(&self) -> Option<&ApiErrorKind> {
        match self {
            Self::Answered { body: Err(kind), .. } | Self::Failed(kind) => Some(kind),
            Self::Answered { body: Ok(_), .. } => None,
        }
    }

    /// Whether the request has done nothing for certain. A token that is refused is no such case: the request is sent again.
    fn refused(&self) -> bool {
        match self {
            Self::Answered {
                status, body: Ok(body), ..
            } => {
                status.is_client_error()
                    && *status != StatusCode::UNAUTHORIZED
                    && self.headers().and_then(request_id).is_some()
                    && is_service_error(body)
            }
            Self::Answered { body: Err(_), .. } => false,
            Self::Failed(kind) => matches!(
                kind,
                ApiErrorKind::Unreachable { .. } | ApiErrorKind::CertificateNotTrusted { .. }
            ),
        }
    }

    /// Whether a read that gave this is worth repeating: an answer that is not the service's own, or not whole, is.
    fn may_pass(&self, service: ServiceKind, whole: bool) -> bool {
        match self {
            Self::Answered { body: Ok(_), .. } if self.is_success() => !whole,
            Self::Answered {
                status,
                headers,
                body: Ok(body),
            } => match status.as_u16() {
                408 | 429 | 500 | 502 | 503 | 504 => true,
                // Glance's own 404 is a page of HTML, and that of Keystone's address is of whatever else is there.
                404 if matches!(service, ServiceKind::Image | ServiceKind::Identity) => false,
                404 => !(request_id(headers).is_some() && is_service_error(body)),
                _ => false,
            },
            Self::Answered { body: Err(kind), .. } | Self::Failed(kind) => failure::may_pass(kind),
        }
    }
}

/// Tells whether a change has been sent whose answer is still to come.
#[derive(Clone)]
pub struct ChangesUnderWay(watch::Receiver<usize>);

impl ChangesUnderWay {
    /// Returns when none is. Whoever drops a call before would not know what it did.
    pub async fn none(&self) {
        // Who sent them being gone means that there are none.
        let _ = self.0.clone().wait_for(|count| *count == 0).await;
    }
}

/// One change that is on its way, until this is dropped.
struct UnderWay<'a>(&'a watch::Sender<usize>);

impl UnderWay<'_> {
    fn new(count: &watch::Sender<usize>) -> UnderWay<'_> {
        count.send_modify(|count| *count += 1);
        UnderWay(count)
    }
}

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        self.0.send_modify(|count| *count -= 1);
    }
}

impl Transport {
    pub(crate) fn new(config: &CloudConfig, observer: Arc<dyn RequestObserver>) -> Result<Self, ApiError> {
        let (reads, changes) = http_client::both(config)?;
        Ok(Self {
            reads,
            changes,
            retry: config.retry,
            timeouts: config.timeouts,
            observer,
            changes_under_way: watch::Sender::new(0),
            heard: Mutex::default(),
        })
    }

    /// Tells whether a change is on its way.
    pub(crate) fn changes_under_way(&self) -> ChangesUnderWay {
        ChangesUnderWay(self.changes_under_way.subscribe())
    }

    /// Sends a request and gives its answer, whatever the status is. Reads are repeated while the policy allows it; of a
    /// repeated read the last answer counts. `attempts_before` were made already, with another token.
    pub(crate) async fn send(
        &self,
        request: &Request,
        token: Option<&SecretString>,
        attempts_before: u32,
    ) -> Result<Answer, ApiError> {
        let _under_way = request.changes.then(|| UnderWay::new(&self.changes_under_way));
        let began = Instant::now();
        let mut attempt = 0;
        loop {
            attempt += 1;
            let number = attempts_before + attempt;
            let got = self.attempt(request, token, number, began.elapsed()).await;
            let retry_after = got.headers().and_then(retry_after);
            let whole = got.is_whole();
            let heard = self.hear(request, &got, whole);
            if got.may_pass(request.service, whole) && !request.changes {
                let delay = self.retry.delay(attempt, began.elapsed(), retry_after, rand::random());
                if let Some(delay) = delay {
                    tokio::time::sleep(delay).await;
                    continue;
                }
            }
            let request_id = got.headers().and_then(request_id);
            return match got {
                Attempt::Answered {
                    status,
                    headers,
                    body: Ok(body),
                } => Ok(Answer {
                    asked: request.asked(),
                    attempts: number,
                    status,
                    headers,
                    body,
                    request_id,
                    retry_after,
                    heard,
                }),
                Attempt::Answered { body: Err(kind), .. } | Attempt::Failed(kind) => {
                    Err(ApiError::about(request.asked(), kind, request_id, number))
                }
            };
        }
    }

    /// Counts what a service answered to reads, and gives the count.
    fn hear(&self, request: &Request, got: &Attempt, whole: bool) -> Heard {
        let mut heard = self.heard.lock().unwrap_or_else(PoisonError::into_inner);
        let heard = heard.entry(request.service).or_default();
        if got.is_success() && !request.changes {
            heard.answers += 1;
            heard.whole += usize::from(whole);
        }
        *heard
    }

    async fn attempt(
        &self,
        request: &Request,
        token: Option<&SecretString>,
        number: u32,
        elapsed: Duration,
    ) -> Attempt {
        let timeout = if request.changes {
            self.timeouts.change
        } else {
            // The last attempt gets what is left of the total, so the bound holds for hanging services too.
            self.timeouts.read.min(self.retry.total.saturating_sub(elapsed))
        };
        let asked = request.asked();
        if request.changes {
            let change = ChangeRecord {
                service: request.service,
                method: asked.method.clone(),
                url: asked.url.clone(),
                action: request.action(),
            };
            if let Err(message) = self.observer.changing(&change).await {
                return Attempt::Failed(ApiErrorKind::Setup { message });
            }
        }
        let began = Instant::now();
        let attempt = self.exchange(request, token, timeout).await;
        self.observer.requested(&RequestRecord {
            service: request.service,
            method: asked.method.clone(),
            url: asked.url.clone(),
            status: attempt.status().map(|status| status.as_u16()),
            request_id: attempt.headers().and_then(request_id),
            duration: began.elapsed(),
            attempt: number,
            error: attempt
                .error()
                .map(|kind| ApiError::about(asked.clone(), kind.clone(), None, number).summary()),
            refused: attempt.refused(),
        });
        if let Attempt::Answered {
            status,
            headers,
            body: Ok(body),
        } = &attempt
        {
            let version = request.headers.iter().find(|(name, _)| name == VERSION_HEADER);
            self.observer.answered(&AnswerRecord {
                service: request.service,
                method: &asked.method,
                url: &asked.url,
                version: version.and_then(|(_, value)| value.to_str().ok()),
                request: request.body.as_ref(),
                status: status.as_u16(),
                headers,
                body,
            });
        }
        attempt
    }

    async fn exchange(&self, request: &Request, token: Option<&SecretString>, timeout: Duration) -> Attempt {
        #[cfg(test)]
        if let Some(attempt) = super::in_process::answer(request, timeout).await {
            return attempt;
        }
        let client = if request.changes { &self.changes } else { &self.reads };
        let mut sending = client
            .request(request.method.clone(), request.url.clone())
            .timeout(timeout)
            .header(ACCEPT, HeaderValue::from_static("application/json"));
        if let Some(token) = token {
            self.observer.knows_secret(token.expose_secret());
            match HeaderValue::from_str(token.expose_secret()) {
                Ok(mut value) => {
                    value.set_sensitive(true);
                    sending = sending.header("X-Auth-Token", value);
                }
                Err(_) => {
                    let message = "Keystone's token cannot be sent in a header".to_owned();
                    return Attempt::Failed(ApiErrorKind::Setup { message });
                }
            }
        }
        for (name, value) in &request.headers {
            sending = sending.header(name, value);
        }
        if let Some(body) = &request.body {
            sending = sending.json(body);
        }
        let kind_of = |error: &reqwest::Error| failure::kind_of(error, request.changes, timeout);
        let mut response = match sending.send().await {
            Ok(response) => response,
            Err(error) => return Attempt::Failed(kind_of(&error)),
        };
        let status = response.status();
        let headers = response.headers().clone();
        let mut body = Vec::new();
        let body = loop {
            match response.chunk().await {
                Ok(None) => break Ok(body),
                Ok(Some(chunk)) if body.len() + chunk.len() > BODY_LIMIT => {
                    break Err(ApiErrorKind::TooLarge { limit: BODY_LIMIT });
                }
                Ok(Some(chunk)) => body.extend_from_slice(&chunk),
                Err(error) => break Err(kind_of(&error)),
            }
        };
        Attempt::Answered { status, headers, body }
    }
}

/// The id that the service gave the request. Old releases of Nova and Cinder have only the second name.
fn request_id(headers: &HeaderMap) -> Option<String> {
    let value = headers
        .get("x-openstack-request-id")
        .or_else(|| headers.get("x-compute-request-id"))?;
    value.to_str().ok().map(str::to_owned)
}

/// What `Retry-After` asks for: seconds, or a date (RFC 9110, 10.2.3).
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let moment = jiff::fmt::rfc2822::parse(text).ok()?.timestamp();
    Some(Duration::try_from(moment.duration_since(jiff::Timestamp::now())).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked_to_wait(value: &str) -> Option<Duration> {
        let mut headers = HeaderMap::new();
        headers.insert(RETRY_AFTER, HeaderValue::from_str(value).unwrap());
        retry_after(&headers)
    }

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        assert_eq!(asked_to_wait("120"), Some(Duration::from_secs(120)));
        assert_eq!(asked_to_wait("Sun, 06 Nov 1994 08:49:37 GMT"), Some(Duration::ZERO));
        let far = asked_to_wait("Tue, 31 Dec 2199 23:59:59 GMT").unwrap();
        assert!(far > Duration::from_secs(100 * 365 * 24 * 3600));
        assert_eq!(asked_to_wait("soon"), None);
    }
}
