//! Texts as other programs wrote them, with their escapes undone: HTML, JSON, Python, URLs, and line breaks within a word.

use std::ops::Range;

/// A text with escapes undone, and where each of its bytes came from.
pub(super) struct Decoded {
    pub text: String,
    /// For each byte of the text, the bytes of the original that became it.
    from: Vec<Range<usize>>,
}

impl Decoded {
    fn with_capacity(length: usize) -> Decoded {
        Decoded {
            text: String::with_capacity(length),
            from: Vec::with_capacity(length),
        }
    }

    fn push(&mut self, character: char, from: &Range<usize>) {
        self.text.push(character);
        self.from
            .extend(std::iter::repeat_n(from.clone(), character.len_utf8()));
    }

    /// The bytes of the original that became a part of the text. The part is not empty.
    pub fn origin(&self, part: &Range<usize>) -> Range<usize> {
        self.from[part.start].start..self.from[part.end - 1].end
    }

    /// The same text decoded once more; nothing if there is nothing to decode.
    pub fn again(&self) -> Option<Decoded> {
        let inner = decode(&self.text)?;
        let from = inner.from.iter().map(|part| self.origin(part)).collect();
        Some(Decoded { text: inner.text, from })
    }
}

/// A text without line breaks and what indents the line behind them; nothing if it has none.
pub(super) fn unwrapped(text: &str) -> Option<Decoded> {
    if !text.contains('\n') {
        return None;
    }
    let mut decoded = Decoded::with_capacity(text.len());
    let mut skipping = false;
    for (at, character) in text.char_indices() {
        skipping = matches!(character, '\n' | '\r') || (skipping && matches!(character, ' ' | '\t'));
        if !skipping {
            decoded.push(character, &(at..at + character.len_utf8()));
        }
    }
    Some(decoded)
}

/// A text with one layer of escapes undone; nothing if there is none.
pub(super) fn decode(text: &str) -> Option<Decoded> {
    if !text.contains(['\\', '%', '&']) {
        return None;
    }
    let mut decoded = Decoded::with_capacity(text.len());
    let mut bytes: Vec<(u8, Range<usize>)> = Vec::new();
    let mut at = 0;
    let mut changed = false;
    while let Some(character) = text[at..].chars().next() {
        let unit = unit(&text[at..]);
        let length = unit.as_ref().map_or(character.len_utf8(), |(_, length)| *length);
        let from = at..at + length;
        at += length;
        match unit {
            Some((Unit::Byte(byte), _)) => {
                changed = true;
                bytes.push((byte, from));
            }
            Some((Unit::Character(character), _)) => {
                changed = true;
                flush(&mut decoded, &mut bytes);
                decoded.push(character, &from);
            }
            None => {
                flush(&mut decoded, &mut bytes);
                decoded.push(character, &from);
            }
        }
    }
    flush(&mut decoded, &mut bytes);
    changed.then_some(decoded)
}

/// What an escape stands for.
enum Unit {
    Character(char),
    /// A byte of a character, in whatever encoding.
    Byte(u8),
}

/// The escape at the beginning of a text, and its length.
fn unit(text: &str) -> Option<(Unit, usize)> {
    match text.as_bytes().first()? {
        b'%' => Some((Unit::Byte(u8::from_str_radix(hex(text, 1, 2)?, 16).ok()?), 3)),
        b'&' => entity(text),
        b'\\' => backslash(text),
        _ => None,
    }
}

fn entity(text: &str) -> Option<(Unit, usize)> {
    /// HTML's longest name is that long.
    const LONGEST: usize = 33;
    let end = text.bytes().take(LONGEST).position(|byte| byte == b';')?;
    let whole = &text[..=end];
    let decoded = html_escape::decode_html_entities(whole);
    let mut characters = decoded.chars();
    let (Some(character), None) = (characters.next(), characters.next()) else {
        return None;
    };
    Some((Unit::Character(character), whole.len()))
}

fn backslash(text: &str) -> Option<(Unit, usize)> {
    let code = |digits: &str| u32::from_str_radix(digits, 16).ok();
    match text.as_bytes().get(1)? {
        b'x' => Some((Unit::Byte(u8::from_str_radix(hex(text, 2, 2)?, 16).ok()?), 4)),
        b'u' if text.as_bytes().get(2) == Some(&b'{') => {
            let digits = text[3..].split_once('}')?.0;
            let character = char::from_u32(code(digits)?)?;
            Some((Unit::Character(character), digits.len() + 4))
        }
        b'u' => {
            let first = code(hex(text, 2, 4)?)?;
            if let Some(character) = char::from_u32(first) {
                return Some((Unit::Character(character), 6));
            }
            // Half of a pair, as JSON has what lies beyond 16 bits.
            let second = text
                .get(6..8)
                .filter(|start| *start == "\\u")
                .and_then(|_| hex(text, 8, 4))?;
            let pair = [u16::try_from(first).ok()?, u16::from_str_radix(second, 16).ok()?];
            let character = char::decode_utf16(pair).next()?.ok()?;
            Some((Unit::Character(character), 12))
        }
        b'U' => Some((Unit::Character(char::from_u32(code(hex(text, 2, 8)?)?)?), 10)),
        b'n' => Some((Unit::Character('\n'), 2)),
        b't' => Some((Unit::Character('\t'), 2)),
        b'r' => Some((Unit::Character('\r'), 2)),
        quoted @ (b'"' | b'\'' | b'\\' | b'/') => Some((Unit::Character(char::from(*quoted)), 2)),
        _ => None,
    }
}

/// So many hexadecimal digits of a text.
fn hex(text: &str, start: usize, digits: usize) -> Option<&str> {
    let part = text.get(start..start + digits)?;
    part.bytes().all(|byte| byte.is_ascii_hexdigit()).then_some(part)
}

/// Bytes that follow one another are UTF-8, or each is a character of Latin-1.
fn flush(decoded: &mut Decoded, bytes: &mut Vec<(u8, Range<usize>)>) {
    if bytes.is_empty() {
        return;
    }
    let plain: Vec<u8> = bytes.iter().map(|(byte, _)| *byte).collect();
    match std::str::from_utf8(&plain) {
        Ok(text) => {
            for (at, character) in text.char_indices() {
                let last = at + character.len_utf8() - 1;
                let from = bytes[at].1.start..bytes[last].1.end;
                decoded.push(character, &from);
            }
        }
        Err(_) => bytes
            .iter()
            .for_each(|(byte, from)| decoded.push(char::from(*byte), from)),
    }
    bytes.clear();
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn escapes_of_other_programs_are_undone() {
        for (text, expected) in [
            ("Tr0ub&amp;dor&lt;3&gt;&quot;x&quot;&eacute;", "Tr0ub&dor<3>\"x\"é"),
            ("&#38;&#x26;&#X26;", "&&&"),
            (r"Tr0ub\u0026dor\u003c3\u003e\u0022x\u0022\u00e9", "Tr0ub&dor<3>\"x\"é"),
            (r"\xe9 and \xc3\xa9", "é and é"),
            ("%E9 and %c3%a9%26", "é and é&"),
            (r"\ud83d\ude00 \U0001f600 \u{1f600}", "😀 😀 😀"),
            (r#"\"a\\b\/c\'"#, r#""a\b/c'"#),
        ] {
            assert_eq!(decode(text).expect("escapes").text, expected, "{text}");
        }
        for text in ["plain", "100% of it", "a & b", r"\q", "&nothing;", "%zz"] {
            assert!(decode(text).is_none(), "{text}");
        }
    }

    #[test]
    fn layers_are_undone_one_by_one_and_their_origin_is_known() {
        let text = "x%2526amp%253By";
        let once = decode(text).expect("a layer");
        let twice = once.again().expect("a second");
        let thrice = twice.again().expect("a third");
        assert_eq!(thrice.text, "x&y");
        assert_eq!(thrice.origin(&(1..2)), 1..text.len() - 1);
    }

    proptest! {
        #[test]
        fn no_text_is_too_strange(text in r"[\\%&#xuU0-9a-f;{}é\n ]{0,60}") {
            if let Some(decoded) = decode(&text) {
                for end in 1..=decoded.text.len() {
                    let origin = decoded.origin(&(0..end));
                    prop_assert!(text.is_char_boundary(origin.start) && text.is_char_boundary(origin.end));
                }
                decoded.again();
            }
            unwrapped(&text);
        }
    }
}
