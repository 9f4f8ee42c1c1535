//! Where the backend is, as far as a run knows.

use crate::backend::{Contradiction, Judgement, Place, Unfit};
use crate::failure::Failure;

/// Where the backend is, as far as this run may act on it.
#[derive(Clone, Debug)]
pub enum Whereabouts {
    /// At the primary site, and nothing that this run sent may still move it.
    AtPrimary,
    /// Failed over, by this run or before it, and it can be failed back.
    Away,
    /// Unknown, or nothing may be done about it: it is LEFT, with the lock.
    Unclear(Box<Unclear>),
}

/// Why it is unknown where a backend is, or why it must not be moved.
#[derive(Clone, Debug)]
pub struct Unclear {
    /// Why; none where there was no answer, or it did not settle in time.
    pub undecided: Option<Undecided>,
    /// What was seen last.
    pub judgement: Option<Judgement>,
    /// All readings, and the command for each case.
    pub failure: Failure,
}

/// Why it is unknown where a backend is, or why it must not be moved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Undecided {
    /// Its readings contradict each other: those of its rows, or API and storage.
    Contradiction(Contradiction),
    /// Cinder refuses a failover in this state.
    Unfit {
        /// Where it is, as far as it says.
        place: Place,
        /// Why.
        because: Vec<Unfit>,
    },
    /// It is failing-over, and its cinder-volume is dead.
    DeadInTheMiddle,
    /// A failover was sent, and nothing of it was seen: it may still be carried out.
    FailoverMayCome,
    /// A failback was sent, and nothing of it was seen: it may still be carried out, and a second one would then reach a
    /// backend that is on its primary site.
    FailbackMayCome,
    /// Cinder refused this run's request while the backend moved.
    Disputed,
}
