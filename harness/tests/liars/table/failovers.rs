//! The failover, the failback, and what the service says of itself.

use serde_json::json;

use crate::lie::{
    Answer, Change, Lie, When, enabled_but_away, failed_after_202, failover_noop, flip, migrated, restart_in_failback,
    row, two_rows, volume,
};
use crate::row::{DO, Edit, FB, FO, Left, Row, lie};

const GATEWAY: Answer = Answer::Page(504);
const ACCEPTED: Answer = Answer::Empty(202);

pub fn rows() -> Vec<Row> {
    let done = |id, change, answer| lie(id, 2, Lie::Done(change, answer));
    let later = |id, change, seconds, answer| lie(id, 2, Lie::Later(change, seconds, answer));
    let noop = |id, connections| {
        // The storage tells that nothing moved, and nothing may be blamed on Nova, which shelved as it was told.
        lie(id, 1, failover_noop(connections))
            .failed()
            .at("failover")
            .says("primary")
            .never("must be shelved")
            .moves(0)
    };
    let twice = |change, second| Lie::Twice { change, second };
    let back = |id, members| lie(id, 1, row(When::Back, "enabled", members)).in_flow(FB);
    let over = |id, members| lie(id, 1, row(When::Over, "failed-over", members));
    vec![
        // Refused, and moving: an operator's failover looks like one that a proxy repeated, and is not the run's to undo.
        lie("fo-operator", 2, Lie::Operator)
            .after(2.0)
            .no_verdict()
            .at("failover")
            .left(Left::ForAPerson)
            .sampled(),
        lie("fo-twice-second", 2, twice(Change::Failover, true))
            .after(2.0)
            .no_verdict()
            .at("failover")
            .left(Left::ForAPerson),
        lie("fo-twice-first", 2, twice(Change::Failover, false))
            .after(2.0)
            .harmless(),
        lie("fb-twice-second", 2, twice(Change::Failback, true))
            .in_flow(FB)
            .after(2.0)
            .no_verdict()
            .left(Left::RecoveredOrForAPerson),
        done("fo-done500", Change::Failover, Answer::Page(500)).harmless(),
        // A gateway's 4xx is no refusal of Cinder's: what came of it is seen, as it is after a 500.
        done("fo-done400", Change::Failover, Answer::Page(400))
            .after(2.0)
            .caught_or_clean(),
        done("fo-done404", Change::Failover, Answer::Page(404))
            .after(2.0)
            .caught_or_clean(),
        done("fo-donedrop", Change::Failover, Answer::Dropped).harmless(),
        done("fo-done200empty", Change::Failover, Answer::Empty(200)).harmless(),
        done("fb-done400", Change::Failback, Answer::Page(400))
            .in_flow(FB)
            .caught_or_clean(),
        done("fb-cleanup-done500", Change::Failback, Answer::Page(500)).harmless(),
        done("fb-cleanup-done400", Change::Failback, Answer::Page(400)).caught_or_clean(),
        later("fo-slow20", Change::Failover, 20.0, ACCEPTED)
            .with_leftovers()
            .after(14.0)
            .left(Left::RecoveredOrForAPerson),
        later("fo-slow8", Change::Failover, 8.0, ACCEPTED).harmless().patient(),
        later("fo-lost5", Change::Failover, 5.0, GATEWAY).harmless().patient(),
        later("fo-lost20", Change::Failover, 20.0, GATEWAY)
            .with_leftovers()
            .after(10.0)
            .never("was not accepted")
            .left(Left::RecoveredOrForAPerson),
        later("fo-lost40", Change::Failover, 40.0, GATEWAY)
            .with_leftovers()
            .after(15.0)
            .left(Left::RecoveredOrForAPerson),
        later("fb-lost20", Change::Failback, 20.0, GATEWAY)
            .in_flow(FB)
            .after(10.0)
            .left(Left::RecoveredOrForAPerson),
        later("fb-cleanup-slow20", Change::Failback, 20.0, ACCEPTED)
            .after(12.0)
            .left(Left::RecoveredOrForAPerson),
        lie(
            "fo-ignored-b",
            2,
            Lie::NotDone(Change::Failover, u32::MAX, Answer::Empty(204)),
        )
        .failed()
        .at("failover")
        .left(Left::RecoveredOrForAPerson)
        .moves(0),
        noop("noop", false).sampled(),
        noop("noop-conn", true),
        noop("noop-conn-nolog", true).edits(&[Edit::WithoutLog]),
        noop("noop-conn-data", true).in_flow(DO),
        noop("noop-apionly", true)
            .in_flow(&["apionly"])
            .edits(&[Edit::WithoutLog]),
        noop("two-noop", true).in_flow(&["two"]).edits(&[Edit::WithoutLog]),
        lie("noop-apionly-nosite", 1, failover_noop(true))
            .in_flow(&["apionly"])
            .edits(&[Edit::WithoutLog, Edit::WithoutShells])
            .moves(0)
            .undecidable(
                "neither a site nor a log can be asked: the API is the only witness, says the same in all places, and every \
                 report says that it is",
            )
            .always_says("by the API alone"),
        lie("migrated", 1, migrated()).says("box@other"),
        lie("flip", 1, flip())
            .caught_or_clean()
            .left(Left::RecoveredOrForAPerson)
            .sampled(),
        lie("tworows-first", 1, two_rows(true, "down")).no_verdict().moves(0),
        // The issue: several rows are refused. A stale one that is down may as well be told from the right one.
        lie("tworows-last", 1, two_rows(false, "down")).caught_or_clean(),
        lie("tworows-first-up", 1, two_rows(true, "up"))
            .no_verdict()
            .says("(2|two|several|more than one) (service )?rows|rows")
            .moves(0)
            .sampled(),
        lie("enabled-away-0", 1, enabled_but_away(When::Over))
            .at("failover")
            .says("active_backend_id")
            .left(Left::RecoveredOrForAPerson)
            .sampled(),
        lie("enabled-away-1", 1, enabled_but_away(When::OverAfter(0.6)))
            .caught_or_clean()
            .left(Left::RecoveredOrForAPerson),
        lie("restart-fb", 1, restart_in_failback())
            .in_flow(FB)
            .says("active_backend_id")
            .left(Left::RecoveredOrForAPerson),
        lie("restart-cleanup", 1, restart_in_failback())
            .going_on()
            .no_verdict()
            .left(Left::ForAPerson)
            .sampled(),
        lie("failed202", 13, failed_after_202())
            .failed()
            .at("failover")
            .left(Left::RecoveredOrForAPerson)
            .moves(0)
            .sampled(),
        back("row-back-down", json!({"state": "down"})),
        back("row-back-frozen", json!({"frozen": true})).says("frozen"),
        over("row-over-down", json!({"state": "down"})).says("down"),
        over("row-over-null-noid", json!({"active_backend_id": null}))
            .edits(&[Edit::WithoutBackendId])
            .left(Left::RecoveredOrForAPerson),
        over("row-over-third-noid", json!({"active_backend_id": "third-site"}))
            .edits(&[Edit::WithoutBackendId])
            .harmless(),
        lie(
            "vol-back-host",
            0,
            volume(When::Back, "enabled", json!({"os-vol-host-attr": null})),
        )
        .in_flow(FB)
        .harmless(),
        lie(
            "own-error-at-primary",
            1,
            volume(
                When::BackAfter(0.3),
                "",
                json!({"status": "error", "replication_status": "error"}),
            ),
        )
        .in_flow(FB)
        .says("error")
        .left(Left::RecoveredOrForAPerson),
        lie("two-honest", 0, Lie::Truth).in_flow(&["two"]).harmless(),
        lie("two-one-missed", 7, Lie::Truth)
            .in_flow(&["two"])
            .sabotaged(&["one-volume-missed"])
            .says("primary|not moved")
            .never("run it by hand")
            .left(Left::RecoveredOrForAPerson),
        lie("fo-honest-nomarker", 0, Lie::Truth)
            .in_flow(&["nomarker"])
            .harmless(),
        lie("clock-back", 0, Lie::Truth)
            .in_flow(FO)
            .behind(&["faketime", "-m", "-f", "-40d"])
            .harmless(),
        lie("clock-ahead", 0, Lie::Truth)
            .behind(&["faketime", "-m", "-f", "+4000d"])
            .harmless(),
        lie("clock-fast", 0, Lie::Truth)
            .behind(&["faketime", "-m", "-f", "+0 x20"])
            .harmless(),
        lie("clock-1969", 0, Lie::Truth)
            .behind(&["faketime", "-m", "-f", "@1970-01-02 00:00:00"])
            .harmless(),
    ]
}
