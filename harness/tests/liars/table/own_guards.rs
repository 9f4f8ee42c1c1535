//! Lies of our own against what stands between a lie and the cloud: the renewal of tokens, the lock, the lists of the clean-up,
//! and the second witness.

use serde_json::{Value, json};

use crate::lie::{Answer, Change, Lie, Read, When, edited, failover_noop};
use crate::row::{Edit, Left, Row, lie};

fn types(when: When, tell: fn(&mut Vec<Value>)) -> Lie {
    edited(when, Read::Types, move |body, _| {
        if let Some(list) = body["volume_types"].as_array_mut() {
            tell(list);
        }
    })
}

fn is_lock(kind: &Value) -> bool {
    kind["name"]
        .as_str()
        .is_some_and(|name| name.starts_with("cinder-drill-lock"))
}

fn volumes(tell: fn(&mut Vec<Value>)) -> Lie {
    edited(When::Asked, Read::Volumes, move |body, _| {
        if let Some(list) = body["volumes"].as_array_mut() {
            tell(list);
        }
    })
}

pub fn rows() -> Vec<Row> {
    let refused = |change, times| Lie::NotDone(change, times, Answer::Unauthorized);
    vec![
        // The token of the failover itself is refused once: Cinder has not seen it, and hears of it once.
        lie("own-token-failover", 2, refused(Change::Failover, 1))
            .patient()
            .harmless()
            .sampled(),
        lie("own-token-cleanup", 2, refused(Change::Failback, 1)).harmless(),
        lie("own-token-always", 2, refused(Change::Failover, u32::MAX))
            .no_verdict()
            .at("failover")
            .left(Left::RecoveredOrForAPerson)
            .moves(0),
        // It is refused, and carried out all the same, a little later.
        lie(
            "own-token-late",
            2,
            Lie::Later(Change::Failover, 6.0, Answer::Unauthorized),
        )
        .patient()
        .after(4.0)
        .caught_or_clean()
        .left(Left::RecoveredOrForAPerson),
        lie("own-token-every", 8, Lie::Token(1)).no_verdict().moves(0),
        lie(
            "own-token-services",
            8,
            Lie::Reads(When::OverWithin(3.0), Read::Services, Answer::Unauthorized),
        )
        .caught_or_clean()
        .left(Left::RecoveredOrForAPerson),
        // The lock is there, and no list has it; it is another run's; another run has one, too.
        lie(
            "own-lock-hidden",
            3,
            types(When::Back, |list| list.retain(|kind| !is_lock(kind))),
        )
        .caught_or_clean()
        .sampled(),
        lie(
            "own-lock-of-another",
            3,
            types(When::Back, |list| {
                for kind in list.iter_mut().filter(|kind| is_lock(kind)) {
                    kind["extra_specs"]["cinder-drill-run"] = json!("20200101-000000-0000");
                }
            }),
        )
        .caught_or_clean(),
        lie(
            "own-lock-rival",
            3,
            types(When::Always, |list| {
                list.push(json!({
                    "id": "99999999-9999-4999-8999-999999999999", "name": "cinder-drill-lock:box@ceph:20200101-000000-0000",
                    "is_public": false, "extra_specs": {"cinder-drill-run": "20200101-000000-0000"}, "description": null,
                }));
            }),
        )
        .no_verdict()
        .says("20200101-000000-0000")
        .moves(0),
        // The lists of the clean-up lack what is there, call a foreign volume the run's, or cannot be read.
        lie("own-list-empty", 3, volumes(Vec::clear)).caught_or_clean(),
        lie(
            "own-list-claims",
            3,
            volumes(|list| {
                let own = list.iter().find(|volume| volume["metadata"]["cinder-drill-run"].is_string());
                if let Some(metadata) = own.map(|volume| volume["metadata"].clone()) {
                    list.iter_mut().for_each(|volume| volume["metadata"] = metadata.clone());
                }
            }),
        )
        .shared_with(&["x1"])
        .caught_or_clean()
        .sampled(),
        lie(
            "own-list-forbidden",
            3,
            Lie::Reads(When::Back, Read::Volumes, Answer::Refusal(403)),
        )
        .caught_or_clean(),
        // Where the storage cannot be asked, the log is the second witness.
        lie("own-noop-log-only", 14, failover_noop(true))
            .in_flow(&["apionly"])
            .edits(&[Edit::WithoutShells])
            .left(Left::RecoveredOrForAPerson)
            .moves(0),
    ]
}
