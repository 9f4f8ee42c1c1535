//! A request and a reply, as the proxy passes them on.

use std::time::Duration;

use serde_json::Value;

/// A request of the drill's.
#[derive(Clone, Debug)]
pub struct Request {
    pub method: String,
    /// With the query.
    pub path: String,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Request {
    /// The path without the query.
    pub fn bare(&self) -> &str {
        self.path.split('?').next().unwrap_or_default()
    }

    /// Whom the drill believes to ask.
    pub fn host(&self) -> &str {
        let host = self.headers.iter().find(|(name, _)| name == "host");
        host.map_or("", |(_, value)| value)
    }

    /// The body, or null.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    /// Whether the path ends with these segments; `*` is any, and an id is what is no list.
    pub fn ends_with(&self, tail: &[&str]) -> bool {
        let segments: Vec<&str> = self.bare().split('/').collect();
        let lists = ["detail", "summary"];
        segments.len() >= tail.len()
            && segments[segments.len() - tail.len()..]
                .iter()
                .zip(tail)
                .all(|(segment, wanted)| *wanted == *segment || *wanted == "*" && !lists.contains(segment))
    }

    /// Where a failover is to go to, if this asks for one.
    pub fn failover_to(&self) -> Option<String> {
        let asks = self.method == "PUT"
            && (self.ends_with(&["os-services", "failover_host"]) || self.ends_with(&["os-services", "failover"]));
        asks.then(|| self.json()["backend_id"].as_str().unwrap_or_default().to_owned())
    }
}

/// How a reply goes over the wire.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wire {
    /// As HTTP has it.
    Whole,
    /// Not at all: the connection ends.
    Dropped,
    /// These bytes, and then the connection ends.
    Raw(Vec<u8>),
}

/// What the drill is answered.
#[derive(Clone, Debug)]
pub struct Reply {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
    pub wire: Wire,
    pub delay: Duration,
}

impl Reply {
    /// With a body of this type.
    pub fn new(status: u16, content_type: &str, body: impl Into<Vec<u8>>) -> Reply {
        Reply {
            status,
            headers: vec![("content-type".to_owned(), content_type.to_owned())],
            body: body.into(),
            wire: Wire::Whole,
            delay: Duration::ZERO,
        }
    }

    /// A page of HTML, as gateways answer.
    pub fn page(status: u16, title: &str) -> Reply {
        let page = format!("<html><body><h1>{status} {title}</h1></body></html>");
        Reply::new(status, "text/html", page)
    }

    /// A body of JSON, as the services answer.
    pub fn json(status: u16, body: &Value) -> Reply {
        Reply::new(status, "application/json", body.to_string())
    }

    /// The body, or null.
    pub fn value(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    /// Another body.
    pub fn set(&mut self, body: &Value) {
        self.body = body.to_string().into_bytes();
    }

    /// A header more, or another value of it.
    pub fn with_header(mut self, name: &str, value: &str) -> Reply {
        self.headers.retain(|(known, _)| known != name);
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }
}
