//! What happens to requests and answers on their way, and clouds that are away for a while.

use crate::lie::{How, Lie, Read, When, edited, spoilt};
use crate::row::{FB, Left, Row, lie};

pub fn rows() -> Vec<Row> {
    // A read that came spoilt may be made again: both are right, to say so and to go on.
    let read = |id, how, what, every| lie(id, 8, spoilt(how, what, every)).caught_or_clean();
    let outage = |id, when, part| lie(id, 2, Lie::Outage(when, part)).left(Left::RecoveredOrForAPerson);
    let lagging = |id, seconds, what| lie(id, 1, Lie::Lagging(seconds, what)).harmless();
    vec![
        outage("outage-over-8", When::OverWithin(8.0), "/volume/").caught_or_clean(),
        outage("outage-over-40", When::OverWithin(40.0), "/volume/").no_verdict(),
        outage("outage-failback-8", When::BackWithin(8.0), "/volume/")
            .in_flow(FB)
            .caught_or_clean(),
        lie("outage-cleanup-8", 2, Lie::Outage(When::BackWithin(5.0), "/volume/")).harmless(),
        outage("outage-nova-10", When::OverWithin(10.0), "/compute/").caught_or_clean(),
        lie(
            "outage-keystone-20",
            2,
            Lie::Outage(When::OverWithin(20.0), "/identity/"),
        )
        .in_flow(FB)
        .harmless(),
        outage("outage-all-15", When::OverWithin(15.0), "/")
            .in_flow(FB)
            .caught_or_clean(),
        lagging("snap-attach", 2.0, Read::Attachment).in_flow(FB),
        lagging("snap-servers", 1.5, Read::ServerOrList),
        lagging("snap-services", 1.5, Read::Services).sampled(),
        lie("token-7", 8, Lie::Token(7)).in_flow(FB).harmless(),
        lie("token-2", 8, Lie::Token(2)).harmless(),
        read("http-html-volume", How::Html, Read::Volume, 1).harmless(),
        read("http-trunc-volume", How::Truncated, Read::Volume, 3),
        read("http-twojson", How::Twice, Read::Services, 3),
        read("http-empty", How::Empty, Read::Server, 3),
        read("http-301", How::Moved, Read::Volume, 3),
        read("http-204", How::NoContent, Read::Volume, 3),
        read("http-206", How::Partial, Read::Volumes, 1).harmless(),
        read("http-chunk", How::Chunked, Read::Services, 2).harmless(),
        read("http-429", How::Later(429, "1"), Read::Volume, 2).harmless(),
        read("http-503", How::Later(503, "0"), Read::Attachment, 2).harmless(),
        read("http-slow", How::Slow(33), Read::Attachment, 3).harmless(),
        read("attach-slow", How::Slow(33), Read::Attachment, 2)
            .in_flow(FB)
            .harmless(),
        read("http-dupdetail", How::Chunked, Read::Volume, 4)
            .in_flow(FB)
            .harmless(),
        read("server-301", How::Moved, Read::Server, 6),
        lie("slow-get", 8, Lie::Slow("GET", 1.0)).harmless().patient(),
        lie("slow-post", 8, Lie::Slow("POST", 8.0)).harmless().patient(),
        lie("slow-put", 8, Lie::Slow("PUT", 14.0)).harmless().patient(),
        // A member that no release has is no reason to fail.
        lie(
            "unheard-of-members",
            8,
            edited(When::Always, Read::Any, |body, _| {
                body["unheard_of"] = serde_json::json!({"a": [1, null]})
            }),
        )
        .harmless(),
    ]
}
