//! What is kept of an output: a machine that writes without end must not fill this one's memory.

use super::command::OUTPUT_LIMIT;

/// What a command may write, and how much of it is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Bound {
    /// All of it; more than so many bytes is an error.
    All {
        /// The most.
        most: usize,
    },
    /// The first so many bytes.
    First {
        /// How many.
        kept: usize,
    },
    /// The last so many bytes, and at most as many before them.
    Last {
        /// How many.
        kept: usize,
    },
}

/// How long the mark behind a command's output is at most: it is the harness' own, and not counted.
const MARK: usize = 128;

impl Bound {
    /// The most that may be written, in bytes.
    pub(super) fn most(self) -> usize {
        match self {
            Bound::All { most } => most.min(OUTPUT_LIMIT),
            Bound::First { .. } | Bound::Last { .. } => OUTPUT_LIMIT,
        }
    }
}

/// What a command wrote to one of its outputs.
#[derive(Debug)]
pub(super) struct Stream {
    /// What is kept of it.
    pub(super) bytes: Vec<u8>,
    written: usize,
    bound: Bound,
}

impl Stream {
    /// An output of which nothing has come.
    pub(super) fn new(bound: Bound) -> Stream {
        Stream {
            bytes: Vec::new(),
            written: 0,
            bound,
        }
    }

    /// Takes what came. Answers false once it is more than may be written.
    pub(super) fn take(&mut self, chunk: &[u8]) -> bool {
        self.written = self.written.saturating_add(chunk.len());
        match self.bound {
            Bound::All { .. } => self.bytes.extend_from_slice(chunk),
            Bound::First { kept } => {
                let room = kept.saturating_sub(self.bytes.len()).min(chunk.len());
                self.bytes.extend_from_slice(&chunk[..room]);
            }
            Bound::Last { kept } => {
                self.bytes.extend_from_slice(chunk);
                if self.bytes.len() > kept.saturating_mul(2) {
                    self.bytes.drain(..self.bytes.len() - kept);
                }
            }
        }
        self.written <= self.bound.most().saturating_add(MARK)
    }

    /// The most that may be written, in bytes.
    pub(super) fn most(&self) -> usize {
        self.bound.most()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taken(bound: Bound, chunks: &[&[u8]]) -> (bool, Vec<u8>) {
        let mut stream = Stream::new(bound);
        let fits = chunks.iter().all(|chunk| stream.take(chunk));
        (fits, stream.bytes)
    }

    #[test]
    fn each_bound_keeps_what_it_says() {
        let all = Bound::All { most: 4 };
        assert_eq!(taken(all, &[b"ab", b"cd"]), (true, b"abcd".to_vec()));
        let long = vec![b'x'; 4 + MARK + 1];
        assert!(!taken(all, &[&long]).0);
        let first = Bound::First { kept: 3 };
        assert_eq!(taken(first, &[b"ab", b"cd", b"ef"]), (true, b"abc".to_vec()));
        let last = Bound::Last { kept: 3 };
        assert_eq!(taken(last, &[b"abcdef", b"g"]), (true, b"efg".to_vec()));
        assert_eq!(taken(last, &[b"abcdefghi"]), (true, b"ghi".to_vec()));
    }

    #[test]
    fn what_is_not_kept_counts_all_the_same() {
        let chunk = vec![0; OUTPUT_LIMIT / 2];
        for bound in [Bound::First { kept: 3 }, Bound::Last { kept: 3 }] {
            assert!(taken(bound, &[&chunk, &chunk]).0);
            assert!(!taken(bound, &[&chunk, &chunk, &chunk]).0);
        }
    }
}
