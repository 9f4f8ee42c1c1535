//! Lies of our own about what is there, which no list had.

use serde_json::{Value, json};

use crate::lie::{
    Answer, How, Lie, Link, NOBODY, Read, When, attachment, attachments, connection, edited, foreign, row, server,
    spoilt, volume,
};
use crate::row::{FB, Left, Row, lie};

fn services(when: When, tell: fn(&mut Vec<Value>, u32)) -> Lie {
    edited(when, Read::Services, move |body, moment| {
        if let Some(list) = body["services"].as_array_mut() {
            tell(list, moment.count);
        }
    })
}

pub fn rows() -> Vec<Row> {
    let back = |id, members| lie(id, 1, row(When::Back, "enabled", members)).in_flow(FB);
    let over = |id, members| lie(id, 1, row(When::Over, "failed-over", members)).left(Left::RecoveredOrForAPerson);
    let radius = |id, lie_told| {
        lie(id, 4, lie_told)
            .foreign(&["database-of-somebody"])
            .no_verdict()
            .moves(0)
    };
    let other_backend = |list: &mut Vec<Value>, count: u32| {
        let mut other = list[0].clone();
        for (name, value) in [("host", json!("box@lvm")), ("replication_status", json!("disabled"))] {
            other[name] = value;
        }
        let at = if count.is_multiple_of(2) { 0 } else { list.len() };
        list.insert(at, other);
    };
    vec![
        lie("own-rows-reordered", 1, services(When::Always, other_backend)).harmless(),
        lie("own-row-vanishes", 1, services(When::Over, |list, _| list.clear())).left(Left::RecoveredOrForAPerson),
        lie(
            "own-cluster-appears",
            4,
            services(When::Over, |list, _| {
                list[0]["cluster"] = json!("mycluster@ceph");
                let mut other = list[0].clone();
                other["host"] = json!("box2@ceph");
                list.push(other);
            }),
        )
        .caught_or_clean()
        .left(Left::RecoveredOrForAPerson),
        lie(
            "own-cluster-alone",
            4,
            row(When::Always, "", json!({"cluster": "mycluster@ceph"})),
        )
        .no_verdict()
        .says("cluster")
        .moves(0),
        back(
            "own-back-disabled",
            json!({"status": "disabled", "disabled_reason": "maintenance of Friday"}),
        )
        .says("disabled|maintenance")
        .sampled(),
        back("own-back-null", json!({"replication_status": null})),
        back("own-back-away-id", json!({"active_backend_id": "ceph2"})).says("active_backend_id"),
        over("own-over-frozen", json!({"frozen": true})).caught_or_clean(),
        over("own-over-third", json!({"active_backend_id": "ceph3"})).says("ceph3"),
        over("own-over-null", json!({"replication_status": null})),
        lie(
            "own-frozen-before",
            5,
            row(When::Always, "enabled", json!({"frozen": true})),
        )
        .no_verdict()
        .says("frozen")
        .moves(0),
        lie(
            "own-away-before",
            5,
            row(When::Always, "enabled", json!({"active_backend_id": "ceph2"})),
        )
        .no_verdict()
        .says("active_backend_id")
        .moves(0),
        lie(
            "own-volume-error-midway",
            7,
            volume(When::OverAfter(0.4), "failed-over", json!({"status": "error"})),
        )
        .left(Left::RecoveredOrForAPerson),
        lie(
            "own-volume-null-midway",
            1,
            volume(When::Over, "failed-over", json!({"replication_status": null})),
        )
        .left(Left::RecoveredOrForAPerson),
        lie(
            "own-volume-without-metadata",
            3,
            volume(When::Always, "", json!({"metadata": {}})),
        )
        .caught_or_clean()
        .left(Left::RecoveredOrForAPerson),
        lie(
            "own-summary-lies",
            4,
            edited(When::Always, Read::Summary, |body, _| {
                body["volume-summary"]["total_count"] = json!(99)
            }),
        )
        .no_verdict()
        .says("summary|99")
        .moves(0),
        radius(
            "own-summary-agrees",
            Lie::All(vec![
                Lie::HideForeign(Link::None),
                edited(When::Always, Read::Summary, |body, _| {
                    body["volume-summary"]["total_count"] = json!(1)
                }),
            ]),
        )
        .says("image|pool")
        .sampled(),
        radius("own-hf-relative", Lie::HideForeign(Link::Relative)),
        radius("own-hf-loop", Lie::HideForeign(Link::Loop)),
        radius(
            "own-migrating",
            foreign(
                When::Always,
                json!({"os-vol-host-attr:host": "box@lvm#lvm", "migration_status": "migrating"}),
            ),
        ),
        radius(
            "own-foreign-null",
            foreign(When::Always, json!({"replication_status": null})),
        ),
        radius(
            "own-foreign-deleting",
            foreign(When::Always, json!({"status": "deleting"})),
        ),
        lie("own-list-cached", 4, Lie::Lagging(5.0, Read::AllVolumes)).caught_or_clean(),
        lie(
            "own-attachment-of-another",
            6,
            attachments(|list| list[0]["server_id"] = json!(NOBODY)),
        )
        .says(NOBODY),
        lie(
            "own-attachment-attaching",
            6,
            attachment(json!({"status": "attaching"})),
        )
        .at("expect-connection")
        .says("attaching"),
        lie(
            "own-attachment-detached-at",
            6,
            attachment(json!({"detached_at": "2026-11-29T01:00:00.000000"})),
        )
        .caught_or_clean(),
        lie(
            "own-both-monitors",
            6,
            connection(When::Over, json!({"hosts": ["198.51.100.11", "192.0.2.11"]})),
        )
        .failed()
        .at("expect-connection"),
        lie(
            "own-other-protocol",
            6,
            connection(When::Over, json!({"driver_volume_type": "iscsi"})),
        )
        .at("expect-connection"),
        lie(
            "own-server-task",
            13,
            server(When::Over, json!({"OS-EXT-STS:task_state": "powering-off"})),
        )
        .caught_or_clean(),
        lie(
            "own-retry-after-a-day",
            8,
            spoilt(How::Later(429, "86400"), Read::Volume, 3),
        )
        .caught_or_clean()
        .sampled(),
        lie(
            "own-retry-after-date",
            8,
            spoilt(How::Later(503, "Fri, 31 Dec 2999 23:59:59 GMT"), Read::Services, 3),
        )
        .caught_or_clean(),
        lie("own-404-page-of-volume", 8, spoilt(How::NotFoundPage, Read::Volume, 4)).caught_or_clean(),
        lie("own-not-utf8", 8, spoilt(How::NotUtf8, Read::Volume, 3)).caught_or_clean(),
        lie("own-long", 8, spoilt(How::Long, Read::Volume, 3)).harmless(),
        lie("own-short", 8, spoilt(How::Short, Read::Services, 3)).caught_or_clean(),
        lie(
            "own-types-forbidden",
            3,
            Lie::Reads(When::Back, Read::Types, Answer::Refusal(403)),
        )
        .caught_or_clean(),
        lie(
            "own-services-forbidden",
            1,
            Lie::Reads(When::Over, Read::Services, Answer::Refusal(403)),
        )
        .no_verdict()
        .left(Left::RecoveredOrForAPerson),
    ]
}
