//! Lies of our own about changes, which no list had.

use serde_json::json;

use crate::lie::{Answer, Change, Lie, Read, When, edited, row, volume};
use crate::row::{DO, FB, Left, Row, lie};

/// The row of the backend is touched, as a service does that is about to work.
fn touched() -> Lie {
    edited(When::Over, Read::Services, |body, moment| {
        for row in body["services"].as_array_mut().into_iter().flatten() {
            row["updated_at"] = json!(format!("2026-11-29T01:00:{:02}.000000", moment.count % 60));
        }
    })
}

pub fn rows() -> Vec<Row> {
    let not_done = |change, times, answer| Lie::NotDone(change, times, answer);
    vec![
        // Cinder itself refuses: nothing was done, and nothing is to be undone.
        lie(
            "own-fo-403",
            2,
            not_done(Change::Failover, u32::MAX, Answer::Refusal(403)),
        )
        .no_verdict()
        .at("failover")
        .says("403")
        .moves(0)
        .sampled(),
        lie("own-fo-409", 2, not_done(Change::Failover, 1, Answer::Refusal(409)))
            .no_verdict()
            .at("failover")
            .moves(0),
        // A gateway speaks like Cinder, without a request id, and passes it on late.
        lie(
            "own-fo-lookalike",
            2,
            Lie::Later(Change::Failover, 4.0, Answer::LooksLikeRefusal(400)),
        )
        .after(5.0)
        .caught_or_clean()
        .left(Left::RecoveredOrForAPerson),
        lie("own-fo-redirected", 2, Lie::Done(Change::Failover, Answer::Redirect)).caught_or_clean(),
        lie("own-fo-busy", 2, Lie::Done(Change::Failover, Answer::Busy(429, 1))).caught_or_clean(),
        lie("own-fo-401", 2, Lie::Done(Change::Failover, Answer::Unauthorized))
            .caught_or_clean()
            .left(Left::RecoveredOrForAPerson),
        lie(
            "own-fo-touched",
            2,
            Lie::All(vec![
                not_done(Change::Failover, u32::MAX, Answer::Empty(202)),
                touched(),
            ]),
        )
        .failed()
        .at("failover")
        .left(Left::RecoveredOrForAPerson)
        .moves(0),
        lie("own-fb-409", 2, not_done(Change::Failback, 1, Answer::Refusal(409)))
            .in_flow(FB)
            .no_verdict()
            .at("failback"),
        lie(
            "own-fb-always-403",
            12,
            not_done(Change::Failback, u32::MAX, Answer::Refusal(403)),
        )
        .going_on()
        .no_verdict()
        .left(Left::ForAPerson),
        lie(
            "own-cleanup-ignored",
            12,
            not_done(Change::Failback, u32::MAX, Answer::Empty(202)),
        )
        .no_verdict()
        .left(Left::RecoveredOrForAPerson),
        lie(
            "own-volume-413",
            2,
            not_done(Change::Volume, u32::MAX, Answer::Refusal(413)),
        )
        .no_verdict()
        .moves(0),
        lie(
            "own-server-lookalike",
            2,
            Lie::Later(Change::Server, 2.0, Answer::LooksLikeRefusal(400)),
        )
        .after(5.0)
        .no_verdict(),
        lie("own-keypair-dropped", 2, Lie::Done(Change::Keypair, Answer::Dropped)).no_verdict(),
        lie(
            "own-keypair-late-do",
            2,
            Lie::Later(Change::Keypair, 3.0, Answer::Page(502)),
        )
        .in_flow(DO)
        .after(6.0)
        .no_verdict(),
        lie(
            "own-lock-lookalike",
            3,
            Lie::Done(Change::Lock, Answer::LooksLikeRefusal(409)),
        )
        .caught_or_clean(),
        lie(
            "own-attach-twice",
            2,
            Lie::Twice {
                change: Change::Attach,
                second: true,
            },
        )
        .in_flow(DO)
        .caught_or_clean(),
        lie(
            "own-unshelve-late",
            2,
            Lie::Later(Change::Unshelve, 3.0, Answer::Page(504)),
        )
        .no_verdict()
        .after(4.0),
        lie(
            "own-shelve-ignored",
            13,
            not_done(Change::Shelve, u32::MAX, Answer::Empty(202)),
        )
        .at("reconnect")
        .never("loses data"),
        lie(
            "own-delete-409-once",
            12,
            not_done(Change::DeleteVolume, 1, Answer::Refusal(409)),
        )
        .caught_or_clean(),
        lie(
            "own-delete-late",
            2,
            Lie::Later(Change::DeleteVolume, 4.0, Answer::Page(504)),
        )
        .caught_or_clean()
        .after(3.0),
        lie(
            "own-error-deleting",
            12,
            Lie::All(vec![
                not_done(Change::DeleteVolume, u32::MAX, Answer::Empty(202)),
                volume(When::Back, "", json!({"status": "error_deleting"})),
            ]),
        )
        .no_verdict()
        .says("error_deleting"),
        lie(
            "own-lock-renamed",
            3,
            edited(When::Always, Read::Types, |body, _| {
                for kind in body["volume_types"].as_array_mut().into_iter().flatten() {
                    let name = kind["name"]
                        .as_str()
                        .unwrap_or_default()
                        .replace("cinder-drill-lock", "drill-lock");
                    kind["name"] = json!(name);
                }
            }),
        )
        .no_verdict()
        .moves(0),
        // A server of the run's name that is another user's.
        lie("own-samename-server", 3, Lie::SameName(Change::Server))
            .in_flow(DO)
            .no_verdict()
            .left(Left::OthersStay),
        lie(
            "own-gone-volumes",
            2,
            Lie::Gone(Change::DeleteVolume, Read::Volume, Answer::Page(404)),
        )
        .no_verdict()
        .says("LEFT"),
        lie(
            "own-gone-attachments",
            2,
            Lie::Gone(Change::Detach, Read::Attachment, Answer::NotFound),
        )
        .in_flow(DO)
        .caught_or_clean(),
        // It stays under way and the service dies: nothing comes of it any more.
        lie(
            "own-failing-over-down",
            13,
            Lie::All(vec![
                not_done(Change::Failover, u32::MAX, Answer::Empty(202)),
                row(
                    When::Over,
                    "",
                    json!({"replication_status": "failing-over", "state": "down"}),
                ),
            ]),
        )
        .at("failover")
        .says("down")
        .left(Left::RecoveredOrForAPerson)
        .moves(0),
    ]
}
