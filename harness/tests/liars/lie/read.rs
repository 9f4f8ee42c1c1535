//! The reads of a drill, and how one can be spoilt on its way.

use std::time::Duration;

use crate::proxy::{Reply, Request, Wire};

/// A request that only reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Read {
    Any,
    Volume,
    /// Any list of volumes.
    Volumes,
    /// The list of the volumes of all projects.
    AllVolumes,
    /// A volume, or a list of them.
    VolumeOrList,
    Summary,
    Services,
    Attachment,
    Server,
    /// A server, or a list of them.
    ServerOrList,
    Types,
    Images,
    Networks,
}

impl Read {
    /// Whether a request is one.
    pub fn is(self, request: &Request) -> bool {
        if request.method != "GET" {
            return false;
        }
        let ends = |tail: &[&str]| request.ends_with(tail);
        match self {
            Read::Any => !request.path.contains("/auth/"),
            Read::Volume => ends(&["volumes", "*"]),
            Read::Volumes => ends(&["volumes", "detail"]),
            Read::AllVolumes => ends(&["volumes", "detail"]) && request.path.contains("all_tenants"),
            Read::VolumeOrList => Read::Volume.is(request) || Read::Volumes.is(request),
            Read::Summary => ends(&["volumes", "summary"]),
            Read::Services => ends(&["os-services"]) && request.path.contains("volume"),
            Read::Attachment => ends(&["attachments", "*"]),
            Read::Server => ends(&["servers", "*"]),
            Read::ServerOrList => ends(&["servers", "*"]) || ends(&["servers", "detail"]),
            Read::Types => ends(&["types"]),
            Read::Images => ends(&["images"]),
            Read::Networks => ends(&["networks"]),
        }
    }
}

/// What happens to an answer on its way.
#[derive(Clone, Copy, Debug)]
pub enum How {
    /// It is called HTML.
    Html,
    Truncated,
    /// It comes twice.
    Twice,
    Empty,
    Moved,
    NoContent,
    Partial,
    /// It is chunked, and its second chunk is garbage.
    Chunked,
    /// It is shorter than it says.
    Long,
    /// It is longer than it says.
    Short,
    /// It comes so many seconds late.
    Slow(u32),
    /// It is refused for now.
    Later(u16, &'static str),
    /// A gateway does not find it.
    NotFoundPage,
    /// It is no UTF-8.
    NotUtf8,
}

impl How {
    pub fn spoil(self, reply: &mut Reply) {
        let head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n";
        let sized = |reply: &Reply, length: usize| {
            let head = format!("{head}Content-Length: {length}\r\n\r\n");
            Wire::Raw([head.as_bytes(), &reply.body].concat())
        };
        match self {
            How::Html => {
                // All else is the service's own, its request id too.
                reply
                    .headers
                    .retain(|(name, _)| !name.eq_ignore_ascii_case("content-type"));
                reply.headers.push(("content-type".to_owned(), "text/html".to_owned()));
            }
            How::Truncated => reply.body.truncate(reply.body.len() / 2),
            How::Twice => reply.body = reply.body.repeat(2),
            How::Empty => reply.body.clear(),
            How::Moved => {
                *reply =
                    Reply::new(301, "text/plain", Vec::new()).with_header("location", "http://127.0.0.1:9/elsewhere");
            }
            How::NoContent => *reply = Reply::new(204, "text/plain", Vec::new()),
            How::Partial => reply.status = 206,
            How::Chunked => {
                let start = reply.body.iter().take(20).copied().collect::<Vec<u8>>();
                let head = format!("{head}Transfer-Encoding: chunked\r\n\r\n{:x}\r\n", start.len());
                reply.wire = Wire::Raw([head.as_bytes(), &start, b"\r\nZZZ\r\ngarbage"].concat());
            }
            How::Long => reply.wire = sized(reply, reply.body.len() + 50),
            How::Short => reply.wire = sized(reply, reply.body.len() / 2),
            How::Slow(seconds) => reply.delay = Duration::from_secs(seconds.into()),
            How::Later(status, seconds) => {
                *reply = Reply::new(status, "text/plain", "busy").with_header("retry-after", seconds);
            }
            How::NotFoundPage => *reply = Reply::page(404, "Not Found"),
            How::NotUtf8 => reply.body.insert(1, 0xff),
        }
    }
}
