//! A backend that is a script: what Cinder says of it at which time. Looks happen at the times at which a wait looks, and
//! take no time.

use std::time::Duration;

use serde_json::json;

use super::readings::{Known, Location, Readings};
use super::settling::{Course, Settling, Stuck};
pub(crate) use crate::backend::row;
use crate::backend::{Judgement, judge};
use crate::cloud::Service;
use crate::wait::{Pace, pause};

/// At the primary site.
pub(crate) fn at_primary() -> Service {
    row(json!({}))
}

/// Failed over to ceph2.
pub(crate) fn away() -> Service {
    row(json!({
        "status": "disabled", "disabled_reason": "failed-over", "replication_status": "failed-over",
        "active_backend_id": "ceph2",
    }))
}

/// In the middle of a failover.
pub(crate) fn moving() -> Service {
    row(json!({ "replication_status": "failing-over" }))
}

/// What `init_host` makes of a failback that was torn: `enabled`, and the id of the site that it left or not.
pub(crate) fn torn() -> Service {
    row(json!({ "active_backend_id": "ceph2" }))
}

/// What all these rows say.
pub(crate) fn judged(rows: &[Service]) -> Judgement {
    judge(&"box@ceph".parse().expect("a backend"), None, rows)
}

/// The script of a backend.
pub(crate) struct FakeBackend {
    /// Seconds from which on its rows are these.
    script: Vec<(f64, Vec<Service>)>,
    /// What every other look shows instead, as behind two replicas of a database.
    stale: Option<Vec<Service>>,
}

impl FakeBackend {
    /// One row that changes at these seconds.
    pub(crate) fn of(script: impl IntoIterator<Item = (f64, Service)>) -> FakeBackend {
        let script = script.into_iter().map(|(at, row)| (at, vec![row]));
        FakeBackend {
            script: script.collect(),
            stale: None,
        }
    }

    /// A second row beside the first, all the time.
    pub(crate) fn and_row(mut self, row: &Service) -> FakeBackend {
        self.script.iter_mut().for_each(|(_, rows)| rows.push(row.clone()));
        self
    }

    /// Every other look shows this instead.
    pub(crate) fn flips_to(mut self, row: Service) -> FakeBackend {
        self.stale = Some(vec![row]);
        self
    }

    fn look(&self, elapsed: Duration, number: usize) -> Judgement {
        match &self.stale {
            Some(rows) if number % 2 == 1 => judged(rows),
            _ => {
                let now = |(at, _): &&(f64, Vec<Service>)| *at <= elapsed.as_secs_f64();
                let rows = self.script.iter().rfind(now).map(|(_, rows)| rows.as_slice());
                judged(rows.unwrap_or_default())
            }
        }
    }

    /// The looks of a wait: when, and what is seen.
    fn looks(&self, budget: Duration) -> impl Iterator<Item = (Duration, Judgement)> {
        let mut elapsed = Some(Duration::ZERO);
        let mut number = 0;
        std::iter::from_fn(move || {
            let at = elapsed?;
            let seen = self.look(at, number);
            number += 1;
            elapsed = (at < budget).then(|| at + pause(at, budget - at, &Pace::default()));
            Some((at, seen))
        })
    }

    /// The outcome of a move, and after how long; or how it was stuck.
    pub(crate) fn settles(&self, mut settling: Settling, budget: Duration) -> Result<(Course, Duration), Stuck> {
        for (at, seen) in self.looks(budget) {
            match settling.see(at, &seen) {
                Course::NotYet(_) => {}
                course => return Ok((course, at)),
            }
        }
        Err(settling.stuck())
    }

    /// Where it is, and after how long that is known; `None` if the time runs out.
    pub(crate) fn is_found(&self, known: Known, budget: Duration) -> Option<(Location, Duration)> {
        let mut readings = Readings::new(known);
        self.looks(budget).find_map(|(at, seen)| match readings.see(at, &seen) {
            Location::NotYet(_) => None,
            location => Some((location, at)),
        })
    }
}
