//! Random edits of an input.

use proptest::prelude::*;

/// How long an edited input may become.
const LONGEST: usize = 3 << 20;

/// What is done, where, and how much of it; each number is taken modulo what there is.
#[derive(Clone, Debug)]
pub struct Edit {
    kind: u8,
    at: u32,
    other: u32,
    amount: u32,
}

/// A few edits, one after the other.
pub fn edits() -> impl Strategy<Value = Vec<Edit>> {
    let edit = (0..9u8, any::<u32>(), any::<u32>(), any::<u32>()).prop_map(|(kind, at, other, amount)| Edit {
        kind,
        at,
        other,
        amount,
    });
    prop::collection::vec(edit, 1..6)
}

/// Numbers that do not fit.
const NUMBERS: [&str; 8] = [
    "99999999999999999999999999",
    "-1",
    "1e999999999",
    "0x7fffffffffffffff",
    "18446744073709551616",
    "-9223372036854775809",
    "0.00000000000000000000000000000000001e-300",
    "NaN",
];

/// What opens something in one of the languages.
const OPENERS: [&str; 8] = ["[", "{", "{a: ", "- ", "(", "{'a': ", "{\"a\":", "? "];

/// The input after the edits.
pub fn apply(seed: &[u8], edits: &[Edit], corpus: &[Vec<u8>], tokens: &[&str]) -> Vec<u8> {
    let mut text = seed.to_vec();
    for edit in edits {
        one(&mut text, edit, corpus, tokens);
        text.truncate(LONGEST);
    }
    text
}

fn one(text: &mut Vec<u8>, edit: &Edit, corpus: &[Vec<u8>], tokens: &[&str]) {
    let index = |number: u32, length: usize| if length == 0 { 0 } else { number as usize % length };
    let at = index(edit.at, text.len() + 1);
    let length = index(edit.amount, 64) + 1;
    let end = (at + length).min(text.len());
    match edit.kind {
        // A byte becomes another, often one that is no UTF-8.
        0 => {
            if let Some(byte) = text.get_mut(at) {
                *byte ^= (edit.amount % 255 + 1) as u8;
            }
        }
        1 => {
            text.drain(at..end);
        }
        // A piece is repeated, often many times.
        2 => {
            let piece = text[at..end].to_vec();
            let times = index(edit.other, 2000);
            let repeated: Vec<u8> = piece
                .iter()
                .copied()
                .cycle()
                .take((piece.len() * times).min(LONGEST))
                .collect();
            text.splice(at..at, repeated);
        }
        3 => {
            let token = tokens[index(edit.other, tokens.len())].as_bytes();
            text.splice(at..at, token.iter().copied());
        }
        // A piece of another input.
        4 => {
            let other = &corpus[index(edit.other, corpus.len())];
            let from = index(edit.amount, other.len() + 1);
            let piece = other[from..(from + 400).min(other.len())].to_vec();
            text.splice(at..at, piece);
        }
        5 => text.truncate(at),
        // Deeply nested.
        6 => {
            let opener = OPENERS[index(edit.other, OPENERS.len())].as_bytes();
            let depth = index(edit.amount, 50_000);
            let nested: Vec<u8> = opener
                .iter()
                .copied()
                .cycle()
                .take((opener.len() * depth).min(LONGEST))
                .collect();
            text.splice(at..at, nested);
        }
        // A number that does not fit, in place of one.
        7 => {
            let number = NUMBERS[index(edit.other, NUMBERS.len())].as_bytes();
            let start = (at..text.len())
                .find(|place| text[*place].is_ascii_digit())
                .unwrap_or(at);
            let end = (start..text.len())
                .find(|place| !text[*place].is_ascii_digit())
                .unwrap_or(text.len());
            text.splice(start..end, number.iter().copied());
        }
        // A string that is very long.
        _ => {
            let filler = [b'x', b' ', b'\\', 0xc3, b'\n', b'"'][index(edit.other, 6)];
            text.splice(at..at, std::iter::repeat_n(filler, index(edit.amount, 300_000)));
        }
    }
}
