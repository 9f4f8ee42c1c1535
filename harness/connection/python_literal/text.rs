//! Strings and bytes.

use serde_json::Value;

use super::error::PythonLiteralError;
use super::parser::Parser;

/// What a string is made of so far: bytes literals have bytes, others characters.
enum Content {
    Text(String),
    Bytes(Vec<u8>),
}

impl Parser<'_> {
    /// A string, or several next to each other, which are one.
    pub(super) fn strings(&mut self) -> Result<Value, PythonLiteralError> {
        let mut content = self.string()?;
        loop {
            let before = self.offset;
            self.blanks();
            let rest = self.rest();
            let prefixed = rest
                .strip_prefix(['b', 'B', 'u', 'U'])
                .is_some_and(|rest| rest.starts_with(['\'', '"']));
            if !prefixed && !rest.starts_with(['\'', '"']) {
                self.offset = before;
                break;
            }
            match (&mut content, self.string()?) {
                (Content::Text(text), Content::Text(more)) => text.push_str(&more),
                (Content::Bytes(bytes), Content::Bytes(more)) => bytes.extend(more),
                _ => return Err(self.error("text and bytes cannot be one literal")),
            }
        }
        Ok(Value::String(match content {
            Content::Text(text) => text,
            Content::Bytes(bytes) => {
                String::from_utf8(bytes).unwrap_or_else(|error| error.as_bytes().escape_ascii().to_string())
            }
        }))
    }

    fn string(&mut self) -> Result<Content, PythonLiteralError> {
        let is_bytes = self.take("b") || self.take("B");
        if !is_bytes && !self.take("u") {
            self.take("U");
        }
        let quote = self.next().ok_or_else(|| self.error("the literal ends too early"))?;
        let (mut text, mut bytes) = (String::new(), Vec::new());
        loop {
            match self.next() {
                None | Some('\n') => return Err(self.error("the string does not end")),
                Some(character) if character == quote => break,
                Some('\\') => {
                    if let Some(escape) = self.escape(is_bytes)? {
                        match (is_bytes, escape) {
                            (false, Escape::Character(character)) => text.push(character),
                            (false, Escape::Unknown(character)) => text.extend(['\\', character]),
                            (true, Escape::Character(character)) => {
                                bytes.push(u8::try_from(u32::from(character)).unwrap_or(b'?'))
                            }
                            (true, Escape::Unknown(character)) => {
                                bytes.push(b'\\');
                                bytes.extend(character.encode_utf8(&mut [0; 4]).bytes());
                            }
                        }
                    }
                }
                Some(character) if !is_bytes => text.push(character),
                Some(character) if character.is_ascii() => bytes.extend(u8::try_from(character).ok()),
                Some(_) => return Err(self.error("bytes can only be written in ASCII")),
            }
        }
        Ok(if is_bytes {
            Content::Bytes(bytes)
        } else {
            Content::Text(text)
        })
    }

    /// What follows a backslash. `None` for the end of a line, which is passed over.
    fn escape(&mut self, is_bytes: bool) -> Result<Option<Escape>, PythonLiteralError> {
        let character = self.next().ok_or_else(|| self.error("the string does not end"))?;
        let meant = match character {
            '\n' => return Ok(None),
            '\\' | '\'' | '"' => character,
            'a' => '\u{7}',
            'b' => '\u{8}',
            'f' => '\u{c}',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'v' => '\u{b}',
            '0'..='7' => {
                self.offset -= 1;
                self.octal()
            }
            'x' => self.hexadecimal(2)?,
            'u' if !is_bytes => self.hexadecimal(4)?,
            'U' if !is_bytes => self.hexadecimal(8)?,
            'N' if !is_bytes => return Err(self.error("characters by their names are not supported")),
            _ => return Ok(Some(Escape::Unknown(character))),
        };
        Ok(Some(Escape::Character(meant)))
    }

    /// Up to three octal digits. In bytes they mean at most 255, as Python has it.
    fn octal(&mut self) -> char {
        let digits = self
            .rest()
            .bytes()
            .take(3)
            .take_while(|byte| matches!(byte, b'0'..=b'7'));
        let (length, code) = digits.fold((0, 0), |(length, code), byte| {
            (length + 1, code * 8 + u32::from(byte - b'0'))
        });
        self.offset += length;
        char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER)
    }

    /// So many hexadecimal digits. Halves of surrogate pairs, which a Python string may hold alone, have no counterpart.
    fn hexadecimal(&mut self, length: usize) -> Result<char, PythonLiteralError> {
        let digits = self
            .rest()
            .get(..length)
            .filter(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()));
        let code = digits.and_then(|digits| u32::from_str_radix(digits, 16).ok());
        let code = code.ok_or_else(|| self.error(&format!("expected {length} hexadecimal digits")))?;
        self.offset += length;
        match char::from_u32(code) {
            Some(character) => Ok(character),
            None if code <= 0xDFFF => Ok(char::REPLACEMENT_CHARACTER),
            None => Err(self.error("there is no such character")),
        }
    }
}

enum Escape {
    /// The character, or the byte with its number.
    Character(char),
    /// No escape: Python leaves the backslash where it is.
    Unknown(char),
}
