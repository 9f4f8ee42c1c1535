//! The outcome of a move: each bad day as a script, in milliseconds.

use std::time::Duration;

use serde_json::json;

use super::fake_backend::{FakeBackend, at_primary, away, judged, moving, row, torn};
use super::readings::{ACCEPTANCE, DEAD_AFTER, Known, Location, Request};
use super::settling::{Course, End, Settling, Stuck};
use super::unsettled::Asked;
use crate::backend::{ImageAt, Place, PrimaryAt, Unfit};
use crate::cloud::Service;
use crate::failure::Failure;
use crate::names::SiteName;
use crate::session::{Answer, Undecided};

const BUDGET: Duration = Duration::from_secs(240);

fn there() -> Settling {
    Settling::to(SiteName::Secondary, Some("ceph2"))
}

fn back() -> Settling {
    Settling::to(SiteName::Primary, Some("default"))
}

/// How it ends, and after how many seconds.
fn end(fake: &FakeBackend, settling: Settling) -> (End, f64) {
    match fake.settles(settling, BUDGET) {
        Ok((Course::Ended(end), after)) => (end, after.as_secs_f64()),
        other => panic!("no end: {other:?}"),
    }
}

fn request(to: SiteName, answer: Answer) -> Request {
    Request {
        to,
        answer,
        seen: false,
        age: Duration::ZERO,
    }
}

fn found(fake: &FakeBackend, known: Known) -> Location {
    fake.is_found(known, BUDGET).expect("a location").0
}

fn undecided(fake: &FakeBackend, known: Known) -> Undecided {
    match found(fake, known) {
        Location::Unclear(undecided) => undecided,
        other => panic!("it is decided: {other:?}"),
    }
}

/// A failover that was accepted, and seen.
const SEEN: Known = Known {
    failover_to_undo: Some(true),
    sent: None,
    dead_for: Duration::ZERO,
};

#[test]
fn an_honest_backend_arrives_both_ways_and_nobody_waits_long() {
    let over = FakeBackend::of([(0.0, moving()), (1.6, away())]);
    let (course, after) = over.settles(there(), BUDGET).expect("settled");
    assert_eq!(course, Course::Arrived("ceph2".to_owned()));
    assert!(after.as_secs_f64() < 1.6 * 1.12, "{after:?}");
    let failed_back = FakeBackend::of([(0.0, away()), (0.01, moving()), (70.0, at_primary())]);
    let (course, after) = failed_back.settles(back(), BUDGET).expect("settled");
    assert_eq!(course, Course::Arrived(String::new()));
    assert!(after.as_secs_f64() < 70.0 * 1.12, "{after:?}");
    // A driver that chooses may go anywhere but back.
    let chosen = over.settles(Settling::to(SiteName::Secondary, None), BUDGET);
    assert!(matches!(chosen, Ok((Course::Arrived(active), _)) if active == "ceph2"));
}

#[test]
fn a_driver_that_fails_or_goes_elsewhere_ends_it_at_once() {
    let failed = row(json!({ "replication_status": "failover-error", "status": "disabled" }));
    let fake = FakeBackend::of([(0.0, moving()), (3.0, failed)]);
    let (why, after) = end(&fake, there());
    assert_eq!(why, End::Failed("failover-error".to_owned()));
    assert!(after < 3.5);
    let third = row(json!({ "replication_status": "failed-over", "active_backend_id": "ceph3", "status": "disabled" }));
    let fake = FakeBackend::of([(0.0, moving()), (1.0, third)]);
    assert_eq!(end(&fake, there()).0, End::Elsewhere("ceph3".to_owned()));
}

#[test]
fn a_restart_in_the_middle_ends_the_wait_long_before_the_budget() {
    let fake = FakeBackend::of([(0.0, moving()), (4.0, at_primary())]);
    let (why, after) = end(&fake, there());
    assert_eq!(why, End::GaveUp);
    assert!(after < 8.0, "{after}");
    let fake = FakeBackend::of([(0.0, moving()), (4.0, away())]);
    assert_eq!(end(&fake, back()).0, End::GaveUp);
    // init_host keeps the id of a failback that was torn.
    let fake = FakeBackend::of([(0.0, moving()), (4.0, torn())]);
    assert!(matches!(end(&fake, back()).0, End::Contradiction(_)));
}

#[test]
fn a_dead_cinder_volume_ends_the_wait_after_two_heartbeats() {
    let down = row(json!({ "replication_status": "failing-over", "state": "down" }));
    let fake = FakeBackend::of([(0.0, moving()), (60.0, down.clone())]);
    let (why, after) = end(&fake, there());
    assert_eq!(why, End::DeadInTheMiddle);
    assert!(after < 60.0 + DEAD_AFTER.as_secs_f64() + 10.0, "{after}");
    // One that comes back in time was only slow.
    let fake = FakeBackend::of([(0.0, moving()), (60.0, down), (70.0, moving()), (100.0, away())]);
    assert!(matches!(fake.settles(there(), BUDGET), Ok((Course::Arrived(_), _))));
}

#[test]
fn one_that_was_seen_to_begin_before_is_not_taken_for_one_that_never_did() {
    // The answer was lost, the failover was seen to begin, and cinder-volume was restarted at once.
    let fake = FakeBackend::of([(0.0, at_primary())]);
    assert_eq!(end(&fake, there().begun(true)).0, End::GaveUp);
}

#[test]
fn what_never_begins_or_never_ends_is_told_apart() {
    assert_eq!(
        FakeBackend::of([(0.0, at_primary())]).settles(there(), BUDGET),
        Err(Stuck::NeverBegan)
    );
    assert_eq!(
        FakeBackend::of([(0.0, moving())]).settles(there(), BUDGET),
        Err(Stuck::Moving)
    );
    // What Cinder itself accepted was failing-over before the answer, and is not waited for to the end.
    let (ended, after) = end(&FakeBackend::of([(0.0, at_primary())]), there().accepted(true));
    assert!(ended == End::NeverBegan && after < 17.0, "{after} s");
    let late = FakeBackend::of([(0.0, at_primary()), (10.0, moving()), (60.0, away())]);
    assert!(matches!(
        late.settles(there().accepted(true), BUDGET),
        Ok((Course::Arrived(_), _))
    ));
    let down = row(json!({ "state": "down" }));
    assert_eq!(
        FakeBackend::of([(0.0, down)]).settles(there(), BUDGET),
        Err(Stuck::NeverBegan)
    );
}

#[test]
fn at_the_primary_is_all_of_it_and_so_is_away() {
    let unfit = |rows, settling| match end(&FakeBackend::of([(0.0, moving()), (1.0, rows)]), settling) {
        (End::Unfit(because), after) => (because, after),
        other => panic!("fit: {other:?}"),
    };
    let (because, after) = unfit(row(json!({ "frozen": true, "status": "disabled" })), back());
    assert_eq!(because, [Unfit::Frozen]);
    assert!(after < 3.0);
    assert_eq!(
        unfit(row(json!({ "status": "disabled" })), back()).0,
        [Unfit::Disabled(None)]
    );
    assert_eq!(unfit(row(json!({ "state": "down" })), back()).0, [Unfit::Down]);
    let mut down = away();
    down.state = "down".to_owned();
    assert_eq!(unfit(down, there()).0, [Unfit::Down]);
    // Failed over and nowhere: also where the driver chooses.
    for id in [json!(null), json!(""), json!("default")] {
        let nowhere =
            row(json!({ "replication_status": "failed-over", "status": "disabled", "active_backend_id": id }));
        let fake = FakeBackend::of([(0.0, moving()), (1.0, nowhere)]);
        assert!(matches!(
            end(&fake, Settling::to(SiteName::Secondary, None)).0,
            End::Contradiction(_)
        ));
    }
}

#[test]
fn a_second_row_and_a_flipping_one_never_arrive() {
    let (why, after) = end(&FakeBackend::of([(0.0, away())]).and_row(&at_primary()), there());
    assert!(matches!(why, End::Contradiction(_)) && after < 1.0, "{why:?}");
    for (fake, settling) in [
        (FakeBackend::of([(0.0, away())]).flips_to(at_primary()), there()),
        (FakeBackend::of([(0.0, at_primary())]).flips_to(away()), back()),
    ] {
        let (why, after) = end(&fake, settling);
        assert!(matches!(why, End::Contradiction(_)) && after < 1.0, "{why:?}");
    }
}

#[test]
fn the_clean_up_takes_one_reading_against_the_run_for_nothing() {
    assert_eq!(
        found(&FakeBackend::of([(0.0, away())]), SEEN),
        Location::Away("ceph2".to_owned())
    );
    // A replica that lags for a second is waited for.
    let lags = FakeBackend::of([(0.0, at_primary()), (1.0, away())]);
    assert_eq!(found(&lags, SEEN), Location::Away("ceph2".to_owned()));
    // One that says the same for seconds is believed: somebody failed it back by hand, as the help says.
    let (location, after) = FakeBackend::of([(0.0, at_primary())])
        .is_found(SEEN, BUDGET)
        .expect("found");
    assert_eq!(location, Location::AtPrimary);
    assert!(after >= Duration::from_secs(4));
    for fake in [
        FakeBackend::of([(0.0, away())]).flips_to(at_primary()),
        FakeBackend::of([(0.0, away())]).and_row(&at_primary()),
        FakeBackend::of([(0.0, torn())]),
    ] {
        assert!(matches!(undecided(&fake, SEEN), Undecided::Contradiction(_)));
    }
}

#[test]
fn an_answer_that_was_lost_is_a_leftover_until_it_is_seen() {
    let known = Known {
        failover_to_undo: Some(false),
        sent: Some(request(SiteName::Secondary, Answer::Lost)),
        ..Known::default()
    };
    // Seen late: it is this run's, and failed back.
    let late = FakeBackend::of([(0.0, at_primary()), (10.0, moving()), (12.0, away())]);
    assert_eq!(found(&late, known), Location::Away("ceph2".to_owned()));
    // Never seen: a time-out is no proof, whatever the answer was.
    for answer in [Answer::Lost, Answer::Accepted] {
        let known = Known {
            sent: Some(request(SiteName::Secondary, answer)),
            ..known
        };
        let (location, after) = FakeBackend::of([(0.0, at_primary())])
            .is_found(known, BUDGET)
            .expect("found");
        assert_eq!(location, Location::Unclear(Undecided::FailoverMayCome));
        assert!(after >= ACCEPTANCE);
    }
    // A later process knows nothing of when.
    let later = Known { sent: None, ..known };
    assert_eq!(
        undecided(&FakeBackend::of([(0.0, at_primary())]), later),
        Undecided::FailoverMayCome
    );
}

#[test]
fn the_failback_is_not_sent_twice() {
    let lost = |seen| Known {
        failover_to_undo: Some(true),
        sent: Some(Request {
            seen,
            ..request(SiteName::Primary, Answer::Lost)
        }),
        ..Known::default()
    };
    let stays = FakeBackend::of([(0.0, away())]);
    assert_eq!(undecided(&stays, lost(false)), Undecided::FailbackMayCome);
    // One that came and gave up is over.
    assert_eq!(found(&stays, lost(true)), Location::Away("ceph2".to_owned()));
    let late = FakeBackend::of([(0.0, away()), (9.0, moving()), (11.0, at_primary())]);
    assert_eq!(found(&late, lost(false)), Location::AtPrimary);
}

#[test]
fn a_movement_whose_request_was_refused_is_nobodys_to_undo() {
    let known = Known {
        failover_to_undo: Some(false),
        sent: Some(request(SiteName::Secondary, Answer::Disputed)),
        ..Known::default()
    };
    let operator = FakeBackend::of([(0.0, moving()), (2.0, away())]);
    assert_eq!(undecided(&operator, known), Undecided::Disputed);
    let undone = FakeBackend::of([(0.0, at_primary())]);
    assert_eq!(found(&undone, known), Location::AtPrimary);
}

#[test]
fn a_backend_that_takes_no_failover_is_not_asked_for_one() {
    let failed = row(json!({ "replication_status": "failover-error", "status": "disabled" }));
    let because = vec![Unfit::Replication(Some("failover-error".to_owned()))];
    let place = Place::Neither;
    assert_eq!(
        undecided(&FakeBackend::of([(0.0, failed)]), SEEN),
        Undecided::Unfit { place, because }
    );
    let mut frozen = away();
    frozen.frozen = Some(true);
    let unfit = undecided(&FakeBackend::of([(0.0, frozen)]), SEEN);
    assert!(matches!(unfit, Undecided::Unfit { because, .. } if because == [Unfit::Frozen]));
    let mut down = away();
    down.state = "down".to_owned();
    let (location, after) = FakeBackend::of([(0.0, down)]).is_found(SEEN, BUDGET).expect("found");
    assert!(matches!(location, Location::Unclear(Undecided::Unfit { because, .. }) if because == [Unfit::Down]));
    assert!(after >= DEAD_AFTER && after < DEAD_AFTER * 2);
    let dead = row(json!({ "replication_status": "failing-over", "state": "down" }));
    let dead = FakeBackend::of([(0.0, dead)]);
    assert_eq!(undecided(&dead, SEEN), Undecided::DeadInTheMiddle);
    // Who has waited for it already does not wait again, and one that lives meanwhile is not dead.
    let known = Known {
        dead_for: DEAD_AFTER,
        ..SEEN
    };
    let (found, after) = dead.is_found(known, BUDGET).expect("found");
    assert!(matches!(found, Location::Unclear(Undecided::DeadInTheMiddle)) && after < Duration::from_secs(1));
    let down = row(json!({ "replication_status": "failing-over", "state": "down" }));
    let alive = FakeBackend::of([(0.0, moving()), (5.0, down), (15.0, moving()), (20.0, away())]);
    assert!(matches!(alive.is_found(known, BUDGET), Some((Location::Away(_), _))));
}

#[test]
fn each_end_says_what_was_seen_and_what_to_do() {
    let asked = Asked {
        what: "the service box@ceph",
        expected: "failed-over with active_backend_id ceph2",
        to: SiteName::Secondary,
        primary: "site-a",
        secondary: "site-b",
        accepted: true,
        asks_rbd: true,
    };
    let image = |primary| ImageAt {
        image: "volume-1".to_owned(),
        primary,
    };
    let ended = |fake: FakeBackend, last: Service, images: &[ImageAt]| -> Failure {
        let (why, _) = end(&fake, there());
        asked.ended(&why, &judged(&[last]), images)
    };
    let restarted = || FakeBackend::of([(0.0, moving()), (4.0, at_primary())]);
    let down = row(json!({ "replication_status": "failing-over", "state": "down" }));
    let lost = Asked {
        accepted: false,
        ..asked
    };
    let texts = [
        ended(restarted(), at_primary(), &[image(PrimaryAt::Nowhere)]),
        ended(restarted(), at_primary(), &[image(PrimaryAt::Site(SiteName::Primary))]),
        ended(restarted(), at_primary(), &[]),
        ended(FakeBackend::of([(0.0, down.clone())]), down, &[]),
        ended(
            FakeBackend::of([(0.0, away())]).flips_to(at_primary()),
            at_primary(),
            &[],
        ),
        lost.timed_out(
            &Stuck::NeverBegan,
            &judged(&[at_primary()]),
            &[],
            Failure::expectation("not in time"),
        ),
        asked.timed_out(
            &Stuck::NeverBegan,
            &judged(&[at_primary()]),
            &[],
            Failure::expectation("not in time"),
        ),
    ];
    insta::assert_snapshot!(texts.map(|failure| failure.to_string()).join("\n\n"));
}
