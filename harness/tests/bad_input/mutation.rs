//! Mutations of the corpus: bytes that are changed, cut out, doubled, moved in from another input, or replaced by what
//! often goes wrong.

use proptest::prelude::*;
use proptest::sample::{Index, select};

/// What often goes wrong, in YAML, JSON, Python literals and texts.
const PIECES: &[&str] = &[
    "",
    " ",
    "\n",
    "\t",
    ":",
    "- ",
    ", ",
    "{",
    "}",
    "[",
    "]",
    "(",
    ")",
    "\"",
    "'",
    "\\",
    "&a ",
    "*a",
    "<<: ",
    "!!x ",
    "? ",
    "null",
    "None",
    "True",
    "true",
    "~",
    "1",
    "-1",
    "0x",
    "1e999",
    "-0.0",
    "99999999999999999999999999",
    "NaN",
    "é",
    "\u{0}",
    "---\n",
    "...\n",
    "failover: { to: primary }",
    "app",
    "data",
    "${env.X}",
    "${",
    "|",
    ">-\n",
    "#",
    "%",
    "\r\n",
    "\r",
    "\u{feff}",
    "\u{202e}",
    "\u{1f469}\u{200d}\u{1f680}",
    "\u{fffd}",
    "\u{1b}[31m",
    "b'\\xff'",
    "u'\\ud800'",
    "\\N{DASH}",
    "\\u0000",
    "\\ud800",
    "set(",
    "Connection info returned from driver {",
    "\nmark 0\n",
    "\"message\": ",
    "\"links\": ",
    "\"connection_info\": {",
    "\"attachments\": [",
    "\"event\":\"proven\"",
    "<title>",
    "driver",
    "sites:",
    "steps:",
];

/// One change.
#[derive(Clone, Debug)]
enum Edit {
    /// Some bytes are replaced by a piece.
    Piece(Index, usize, &'static str),
    /// Some bytes are replaced by any.
    Bytes(Index, usize, Vec<u8>),
    /// Some bytes stand many times.
    Repeat(Index, usize, usize),
    /// A part of another input is moved in.
    Splice(Index, Index, Index, usize),
    /// The rest is cut off.
    Cut(Index),
}

fn edit() -> impl Strategy<Value = Edit> {
    let at = any::<Index>;
    prop_oneof![
        6 => (at(), 0..16_usize, select(PIECES)).prop_map(|(at, length, piece)| Edit::Piece(at, length, piece)),
        2 => (at(), 0..4_usize, prop::collection::vec(any::<u8>(), 0..4))
            .prop_map(|(at, length, bytes)| Edit::Bytes(at, length, bytes)),
        2 => (at(), 1..24_usize, 2..400_usize).prop_map(|(at, length, times)| Edit::Repeat(at, length, times)),
        3 => (at(), at(), at(), 1..200_usize).prop_map(|(at, seed, from, length)| Edit::Splice(at, seed, from, length)),
        1 => at().prop_map(Edit::Cut),
    ]
}

/// Any mutation of any of some inputs.
pub fn mutations(seeds: Vec<Vec<u8>>) -> impl Strategy<Value = Vec<u8>> {
    (any::<Index>(), prop::collection::vec(edit(), 0..8)).prop_map(move |(seed, edits)| {
        let mut bytes = seed.get(&seeds).clone();
        for edit in edits {
            apply(&mut bytes, edit, &seeds);
        }
        bytes
    })
}

fn apply(bytes: &mut Vec<u8>, edit: Edit, seeds: &[Vec<u8>]) {
    let range = |at: Index, length: usize, bytes: &[u8]| {
        let start = at.index(bytes.len() + 1);
        start..(start + length).min(bytes.len())
    };
    match edit {
        Edit::Piece(at, length, piece) => {
            bytes.splice(range(at, length, bytes), piece.bytes());
        }
        Edit::Bytes(at, length, piece) => {
            bytes.splice(range(at, length, bytes), piece);
        }
        Edit::Repeat(at, length, times) => {
            let range = range(at, length, bytes);
            let piece = bytes[range.clone()].repeat(times);
            bytes.splice(range, piece);
        }
        Edit::Splice(at, seed, from, length) => {
            let other = seed.get(seeds);
            let piece = other[range(from, length, other)].to_vec();
            bytes.splice(range(at, 0, bytes), piece);
        }
        Edit::Cut(at) => bytes.truncate(at.index(bytes.len() + 1)),
    }
}
