//! Lists that are not whole, foreign volumes, and names that are not what they seem.

use serde_json::json;

use crate::lie::{Answer, Lie, Link, Read, When, cluster, foreign, plain_is_replicated, twice_named};
use crate::row::{Edit, FB, Row, lie};

pub fn rows() -> Vec<Row> {
    // Whatever moves a foreign volume unasked must be refused before it is sent.
    let radius = |id, lie_told| {
        lie(id, 4, lie_told)
            .foreign(&["database-of-somebody"])
            .no_verdict()
            .moves(0)
    };
    let hidden = |id, link| radius(id, Lie::HideForeign(link));
    let error = json!({"replication_status": "failover-error", "status": "error"});
    let status = json!({"replication_status": "failover-error"});
    let spoilt = |id, members| {
        lie(id, 4, foreign(When::Asked, members))
            .shared_with(&["x1"])
            .says("failover-error|in error|error")
            .never("because not replicated")
    };
    let once_over = |read, answer| Lie::Reads(When::Over, read, answer);
    vec![
        hidden("hf-nolink", Link::None),
        hidden("hf-offset", Link::Offset),
        hidden("hf-emptymarker", Link::EmptyMarker),
        // Cinder pages types under a key that does not name the list; a whole list is no reason to fail.
        lie("typespaged-3", 8, Lie::TypesPaged(2))
            .with_fillers(5)
            .harmless()
            .sampled(),
        spoilt("foreignerr-norepl", error.clone()),
        spoilt("foreignerr-status-fb", status).in_flow(FB),
        spoilt("foreignerr-fb", error).in_flow(FB),
        radius("cluster", cluster()).says("cluster").sampled(),
        radius(
            "unscheduled",
            foreign(
                When::Always,
                json!({"os-vol-host-attr:host": null, "status": "creating"}),
            ),
        ),
        lie("volumegone", 2, once_over(Read::Volume, Answer::NotFound))
            .no_verdict()
            .says("404|not found|gone"),
        lie(
            "novacell",
            2,
            Lie::Reads(When::OverWithin(1.0), Read::Server, Answer::NotFound),
        )
        .no_verdict()
        .at("reconnect"),
        lie("dup-image", 5, twice_named(Read::Images, "images"))
            .no_verdict()
            .says("2 images")
            .moves(0),
        lie("own-dup-network", 5, twice_named(Read::Networks, "networks"))
            .no_verdict()
            .says("2 networks")
            .moves(0),
        lie("all-paged", 8, Lie::Paged(1)).harmless(),
        lie("all-paged-foreign", 4, Lie::Paged(1))
            .foreign(&["one", "two", "three"])
            .no_verdict()
            .says("3 volumes")
            .moves(0),
        lie("extraspecs", 5, plain_is_replicated()).edits(&[Edit::PlainType]),
    ]
}
