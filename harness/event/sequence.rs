//! Whether the lines of a journal follow one another.

use std::fmt;

use crate::counted::{by_count, counted};

/// A place in a journal where lines are missing, repeated or in disorder: each line's `sequence` is that of the line before
/// it and 1, across recoveries too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gap {
    /// The sequence of the line before it; 0 at the beginning.
    pub after: u64,
    /// The sequence of the line behind it.
    pub next: u64,
}

impl fmt::Display for Gap {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.next.checked_sub(self.after) {
            Some(distance @ 2..) => write!(
                formatter,
                "{} {} missing between line {} and line {}",
                counted(distance - 1, "event"),
                by_count(distance - 1, "is", "are"),
                self.after,
                self.next
            ),
            _ => write!(formatter, "event {} is repeated after event {}", self.next, self.after),
        }
    }
}

/// Follows the sequences of a journal's lines.
#[derive(Clone, Debug, Default)]
pub(super) struct Sequence {
    last: u64,
    pub gaps: Vec<Gap>,
}

impl Sequence {
    /// The next line has this sequence.
    pub fn add(&mut self, next: u64) {
        if next != self.last + 1 {
            self.gaps.push(Gap { after: self.last, next });
        }
        self.last = next;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gaps(sequences: &[u64]) -> Vec<String> {
        let mut sequence = Sequence::default();
        sequences.iter().for_each(|next| sequence.add(*next));
        sequence.gaps.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn what_is_missing_or_repeated_is_named() {
        assert_eq!(gaps(&[1, 2, 3]), Vec::<String>::new());
        assert_eq!(gaps(&[1, 3]), ["1 event is missing between line 1 and line 3"]);
        assert_eq!(gaps(&[3, 4]), ["2 events are missing between line 0 and line 3"]);
        assert_eq!(gaps(&[1, 2, 2, 3]), ["event 2 is repeated after event 2"]);
        assert_eq!(
            gaps(&[1, 3, 2, 4]),
            [
                "1 event is missing between line 1 and line 3",
                "event 2 is repeated after event 3",
                "1 event is missing between line 2 and line 4"
            ]
        );
    }
}
