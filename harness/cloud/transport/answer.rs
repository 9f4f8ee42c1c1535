//! A service's answer and what is read from it.

use std::time::Duration;

use reqwest::StatusCode;
use reqwest::header::{CONTENT_TYPE, HeaderMap, LOCATION};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::cloud::error::{
    ApiError, ApiErrorKind, Asked, answer_message, is_service_error, redact_json_error, redacted_beginning,
};

/// A complete answer. It has no `Debug`, because bodies hold secrets.
pub(crate) struct Answer {
    pub(crate) asked: Asked,
    pub(crate) attempts: u32,
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
    pub(crate) request_id: Option<String>,
    pub(crate) retry_after: Option<Duration>,
}

/// A page of a list.
pub(crate) struct Listing<Item> {
    pub(crate) items: Vec<Item>,
    /// Where the next page begins: the `marker` of the service's link to it.
    pub(crate) next_marker: Option<String>,
}

impl Answer {
    /// The answer if its status is a success, otherwise the error that it is.
    pub(crate) fn success(self) -> Result<Self, ApiError> {
        if self.status.is_success() {
            return Ok(self);
        }
        let kind = ApiErrorKind::Answered {
            status: self.status.as_u16(),
            message: self.message(),
            retry_after: self.retry_after,
            location: self.header(LOCATION.as_str()),
            by_service: self.request_id.is_some() && is_service_error(&self.body),
        };
        Err(self.error(kind))
    }

    /// The message of an answer that is an error.
    pub(crate) fn message(&self) -> Option<String> {
        answer_message(&self.body)
    }

    /// A header as text.
    pub(crate) fn header(&self, name: &str) -> Option<String> {
        self.headers.get(name)?.to_str().ok().map(str::to_owned)
    }

    /// An error about this answer's request.
    pub(crate) fn error(&self, kind: ApiErrorKind) -> ApiError {
        ApiError::about(self.asked.clone(), kind, self.request_id.clone(), self.attempts)
    }

    /// The body read as JSON of the shape of `T`.
    pub(crate) fn json<T: DeserializeOwned>(&self) -> Result<T, ApiError> {
        let mut deserializer = serde_json::Deserializer::from_slice(&self.body);
        let value = serde_path_to_error::deserialize(&mut deserializer).map_err(|error| {
            let path = error.path().to_string();
            let cause = error.into_inner();
            if cause.is_data() {
                self.wrong_shape(path, &cause)
            } else {
                self.not_json(&cause)
            }
        })?;
        deserializer.end().map_err(|error| self.not_json(&error))?;
        Ok(value)
    }

    /// The body read as a page of the list `collection`, whose members are of the shape of `Item`.
    pub(crate) fn listing<Item: DeserializeOwned>(&self, collection: &str) -> Result<Listing<Item>, ApiError> {
        let mut body: Map<String, Value> = self.json()?;
        let links = body.remove(&format!("{collection}_links"));
        let next = links
            .as_ref()
            .and_then(next_link)
            .or_else(|| body.get("next").and_then(Value::as_str));
        let next_marker = next.and_then(marker);
        let Some(items) = body.remove(collection) else {
            return Err(self.error(ApiErrorKind::WrongShape {
                status: self.status.as_u16(),
                path: collection.to_owned(),
                message: "it is missing".to_owned(),
                beginning: redacted_beginning(&self.body),
            }));
        };
        let items = serde_path_to_error::deserialize(items).map_err(|error| {
            let path = format!("{collection}{}", error.path());
            self.wrong_shape(path, error.inner())
        })?;
        Ok(Listing { items, next_marker })
    }

    fn wrong_shape(&self, path: String, cause: &serde_json::Error) -> ApiError {
        self.error(ApiErrorKind::WrongShape {
            status: self.status.as_u16(),
            // A path is made of the body's own names, and words may quote one; a strange body has long ones.
            path: if path == "." {
                "the top".to_owned()
            } else {
                redacted_beginning(path.as_bytes())
            },
            message: redacted_beginning(redact_json_error(cause).as_bytes()),
            beginning: redacted_beginning(&self.body),
        })
    }

    fn not_json(&self, cause: &serde_json::Error) -> ApiError {
        self.error(ApiErrorKind::NotJson {
            status: self.status.as_u16(),
            content_type: self.header(CONTENT_TYPE.as_str()),
            beginning: redacted_beginning(&self.body),
            message: redacted_beginning(cause.to_string().as_bytes()),
        })
    }
}

fn next_link(links: &Value) -> Option<&str> {
    links
        .as_array()?
        .iter()
        .find(|link| link.get("rel").and_then(Value::as_str) == Some("next"))?
        .get("href")?
        .as_str()
}

/// The `marker` of a link. Only that is used of it: its host is the service's own idea of its address, which behind a
/// proxy is often not one that can be reached.
fn marker(link: &str) -> Option<String> {
    let (_, query) = link.split_once('?')?;
    let pairs = reqwest::Url::parse(&format!("http://host/?{query}")).ok()?;
    let (_, marker) = pairs.query_pairs().find(|(name, _)| name == "marker")?;
    Some(marker.into_owned())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;
    use crate::cloud::ServiceKind;

    #[test]
    fn the_marker_is_taken_from_any_link() {
        assert_eq!(
            marker("http://inside:8776/v3/p/volumes/detail?limit=2&marker=a%2Db"),
            Some("a-b".to_owned())
        );
        assert_eq!(marker("/v2/images?marker=c&limit=25"), Some("c".to_owned()));
        assert_eq!(marker("/v2/images"), None);
    }

    proptest! {
        #[test]
        fn no_body_is_too_strange(body in proptest::collection::vec(any::<u8>(), 0..300), json in r#"[\[\]{}":,0-9a-z \\]{0,80}"#) {
            for body in [body, json.into_bytes()] {
                let url = "http://box/".parse().unwrap();
                let answer = Answer {
                    asked: Asked::new(ServiceKind::BlockStorage, &reqwest::Method::GET, &url, false),
                    attempts: 1,
                    status: StatusCode::OK,
                    headers: HeaderMap::new(),
                    body,
                    request_id: None,
                    retry_after: None,
                };
                let read = answer.json::<BTreeMap<String, u64>>().err();
                let listed = answer.listing::<u64>("things").err();
                for error in read.into_iter().chain(listed) {
                    prop_assert!(error.to_string().contains("http://box/"));
                }
                answer.message();
            }
        }
    }
}
