//! From when to when a lie is told.

use super::memory::Memory;

/// A time of a drill, seen by what it asked of the backend. Seconds count from the request.
#[derive(Clone, Copy, Debug)]
pub enum When {
    Always,
    /// Once a failover was requested.
    Asked,
    /// While the last thing that was requested is a failover.
    Over,
    /// While the last thing that was requested is a failback.
    Back,
    /// The same, from so many seconds on.
    OverAfter(f64),
    BackAfter(f64),
    /// The same, for so many seconds after the answer.
    OverWithin(f64),
    BackWithin(f64),
}

impl When {
    pub fn is_now(self, memory: &Memory) -> bool {
        let last = memory.last.as_ref();
        let over = last.is_some_and(|asked| asked.to != "default");
        let back = last.is_some_and(|asked| asked.to == "default");
        let since = last.map_or(0.0, |asked| asked.at.elapsed().as_secs_f64());
        // The request itself is still answered.
        let answered = last
            .and_then(|asked| asked.answered)
            .map(|at| at.elapsed().as_secs_f64());
        match self {
            When::Always => true,
            When::Asked => last.is_some(),
            When::Over => over,
            When::Back => back,
            When::OverAfter(seconds) => over && since > seconds,
            When::BackAfter(seconds) => back && since > seconds,
            When::OverWithin(seconds) => over && answered.is_some_and(|since| since < seconds),
            When::BackWithin(seconds) => back && answered.is_some_and(|since| since < seconds),
        }
    }
}
