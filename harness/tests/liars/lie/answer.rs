//! Answers to a change that are not the service's own.

use serde_json::json;

use crate::proxy::{Reply, Wire};

/// What is answered in place of the service's answer.
#[derive(Clone, Copy, Debug)]
pub enum Answer {
    /// A gateway's page of HTML.
    Page(u16),
    /// An empty body.
    Empty(u16),
    /// The service's own refusal, with a request id.
    Refusal(u16),
    /// What looks like the service's refusal and is a gateway's: no request id.
    LooksLikeRefusal(u16),
    /// Keystone's middleware does not know the token.
    Unauthorized,
    /// A body cut in half.
    Truncated,
    /// The connection ends.
    Dropped,
    /// Nova's or Cinder's `itemNotFound`, with a request id.
    NotFound,
    /// A redirect to somewhere else.
    Redirect,
    /// The service is busy, and to be asked again in so many seconds.
    Busy(u16, u32),
}

impl Answer {
    /// The reply, given the service's own.
    pub fn reply(self, mut own: Reply) -> Reply {
        let id = ("x-openstack-request-id", "req-11111111-2222-4333-8444-555555555555");
        match self {
            Answer::Page(status) => Reply::page(status, "Liar"),
            Answer::Empty(status) => Reply::new(status, "application/json", Vec::new()).with_header(id.0, id.1),
            Answer::Refusal(status) => error(status).with_header(id.0, id.1),
            Answer::LooksLikeRefusal(status) => error(status),
            Answer::Unauthorized => Reply::json(
                401,
                &json!({"error": {"code": 401, "title": "Unauthorized", "message": "The request you have made requires authentication."}}),
            ),
            Answer::Truncated => {
                own.body.truncate(own.body.len() / 2);
                own
            }
            Answer::Dropped => {
                own.wire = Wire::Dropped;
                own
            }
            Answer::NotFound => Reply::json(
                404,
                &json!({"itemNotFound": {"code": 404, "message": "Resource could not be found."}}),
            )
            .with_header(id.0, id.1),
            Answer::Redirect => {
                Reply::new(307, "text/plain", Vec::new()).with_header("location", "http://127.0.0.1:9/elsewhere")
            }
            Answer::Busy(status, seconds) => {
                Reply::new(status, "text/plain", "busy").with_header("retry-after", &seconds.to_string())
            }
        }
    }
}

fn error(status: u16) -> Reply {
    let kind = match status {
        400 => "badRequest",
        403 => "forbidden",
        404 => "itemNotFound",
        409 => "conflictingRequest",
        413 => "overLimit",
        _ => "computeFault",
    };
    Reply::json(
        status,
        &json!({kind: {"code": status, "message": "The liar does not do this."}}),
    )
}
