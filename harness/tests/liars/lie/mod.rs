//! Lies about a cloud, one a value. A lie is a pure judgement of requests and replies; the proxy carries it out.

mod answer;
mod change;
mod edits;
mod memory;
mod read;
mod tell;
mod when;

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

pub use answer::Answer;
pub use change::Change;
pub use edits::*;
pub use memory::{Memory, Moment};
pub use read::{How, Read};
pub use when::When;

use crate::proxy::{Reply, Request};

/// What the proxy does with a request.
pub enum Act {
    /// It passes it on.
    Forward,
    /// It passes on another one.
    ForwardAs(Request),
    /// It answers, and the cloud hears nothing.
    Say(Reply),
    /// It answers, and the cloud hears of it later.
    SayAndForwardLater(Reply, Duration),
    /// It passes on another one, and answers as it likes.
    ForwardAsAndSay(Request, Reply),
    /// It repeats it, and answers with one of both answers.
    ForwardTwice { second: bool },
    /// Somebody else asks for the same thing a moment earlier.
    ForwardCopyFirst,
}

/// How the last page of a list that is not at its end is linked.
#[derive(Clone, Copy, Debug)]
pub enum Link {
    /// Not at all.
    None,
    /// By an offset.
    Offset,
    /// By a marker that is empty.
    EmptyMarker,
    /// By something that is no URL.
    Relative,
    /// By a marker that leads to the same page again.
    Loop,
}

type Edit = Arc<dyn Fn(&mut Value, &Moment) + Send + Sync>;

/// A lie.
#[derive(Clone)]
pub enum Lie {
    /// None.
    Truth,
    /// All of them.
    All(Vec<Lie>),
    /// The first of these changes is answered at once, and carried out so many seconds later.
    Later(Change, f64, Answer),
    /// The first of these changes is carried out, and answered so.
    Done(Change, Answer),
    /// So many of these changes are not carried out, and are answered so.
    NotDone(Change, u32, Answer),
    /// Each of these changes is carried out twice.
    Twice { change: Change, second: bool },
    /// Another user has a thing of exactly the name of the drill's, and the drill's own was not created.
    SameName(Change),
    /// An operator fails the backend over a moment before the drill does.
    Operator,
    /// From the first deletion on, nothing of this kind is found any more, and nothing is deleted.
    Gone(Change, Read, Answer),
    /// These reads are answered so.
    Reads(When, Read, Answer),
    /// Every so manieth of these reads, from the first on, is spoilt.
    Spoilt(How, Read, u32),
    /// These reads tell something else.
    Edited(When, Read, Edit),
    /// These reads lag so many seconds behind.
    Lagging(f64, Read),
    /// Every so manieth request is refused with 401.
    Token(u32),
    /// From this moment on, all of this part of the cloud is answered with 503.
    Outage(When, &'static str),
    /// Every answer to this method is so many seconds late.
    Slow(&'static str, f64),
    /// Servers seem to be shelved and unshelved, and go on running.
    FakeShelve,
    /// After the failback each volume shows the attachment that it had at first.
    StaleFirst,
    /// Lists of volumes and servers come in pages of so many.
    Paged(usize),
    /// Types come in pages of so many, newest first.
    TypesPaged(usize),
    /// Only volumes of the drill's own names are listed.
    HideForeign(Link),
}

/// These reads tell something else.
pub fn edited(when: When, read: Read, edit: impl Fn(&mut Value, &Moment) + Send + Sync + 'static) -> Lie {
    Lie::Edited(when, read, Arc::new(edit))
}
