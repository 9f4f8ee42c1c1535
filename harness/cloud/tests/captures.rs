//! Reads the recordings of a real cloud under fixtures/captures/openstack.

use std::path::Path;

use serde_json::Value;

/// A recorded request and its answer.
pub(super) struct Capture {
    pub(super) method: String,
    /// From the API version on: `v3/<project>/volumes`.
    pub(super) path: String,
    pub(super) version: Option<String>,
    pub(super) request: Option<Value>,
    pub(super) status: u16,
    pub(super) request_id: String,
    pub(super) body: String,
}

impl Capture {
    pub(super) fn read(name: &str) -> Self {
        let path = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("fixtures/captures/openstack")
            .join(name);
        let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let (request, answer) = text.split_once("#### response\n").unwrap();
        let request = request.split_once('\n').unwrap().1;
        let (request_head, request_body) = request.split_once("\n\n").unwrap();
        let (answer_head, body) = answer.split_once("\n\n").unwrap();
        let mut line = request_head.lines().next().unwrap().split(' ');
        let method = line.next().unwrap().to_owned();
        let path = line.next().unwrap().split_once('/').unwrap().1.to_owned();
        let status = answer_head.split(' ').nth(1).unwrap().parse().unwrap();
        Self {
            method,
            path,
            version: header(request_head, "OpenStack-API-Version"),
            request: serde_json::from_str(request_body).ok(),
            status,
            request_id: header(answer_head, "X-Openstack-Request-Id").unwrap(),
            body: body.to_owned(),
        }
    }

    /// The body of the answer, read as `T`.
    pub(super) fn json<T: serde::de::DeserializeOwned>(&self) -> T {
        serde_json::from_str(&self.body).unwrap()
    }
}

fn header(head: &str, name: &str) -> Option<String> {
    let line = head
        .lines()
        .find(|line| line.to_lowercase().starts_with(&format!("{}:", name.to_lowercase())))?;
    Some(line.split_once(": ")?.1.trim().to_owned())
}
