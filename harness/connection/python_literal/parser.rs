//! From text to JSON values.

use serde_json::{Map, Value};

use super::error::PythonLiteralError;

/// How deep lists and dicts may lie in each other. Connection info has three or four levels.
const MAX_DEPTH: usize = 64;
/// How long a literal may be, in bytes. Connection info of a SAN with many ports has some tens of thousands.
const MAX_LENGTH: usize = 1024 * 1024;

/// Reads a Python literal that is the whole text, but for whitespace around it.
///
/// Tuples and sets become arrays, in the order in which they are written; keys become strings as Python's `json.dumps` makes
/// them; of a repeated key the last counts, as in Python. Integers that do not fit 64 bits become floating-point numbers, as
/// they do when `serde_json` reads them. Bytes become text; where they are not UTF-8, they stand escaped.
///
/// # Errors
/// It is not a Python literal, has no counterpart in JSON (such as a complex number), is longer than 1 MiB, or deeper than
/// 64 levels.
pub fn parse(text: &str) -> Result<Value, PythonLiteralError> {
    let mut parser = Parser::new(text);
    let value = parser.value(0)?;
    parser.blanks();
    match parser.peek() {
        None => Ok(value),
        Some(_) => Err(parser.error("expected the end of the literal")),
    }
}

/// Reads a Python literal at the beginning of a text that goes on behind it. Answers the value and the literal's length
/// in bytes.
///
/// # Errors
/// As [`parse`].
pub fn parse_prefix(text: &str) -> Result<(Value, usize), PythonLiteralError> {
    let mut parser = Parser::new(text);
    let value = parser.value(0)?;
    Ok((value, parser.offset))
}

pub(super) struct Parser<'a> {
    pub(super) text: &'a str,
    pub(super) offset: usize,
}

impl<'a> Parser<'a> {
    pub(super) fn new(text: &'a str) -> Parser<'a> {
        Parser { text, offset: 0 }
    }

    pub(super) fn error(&self, message: &str) -> PythonLiteralError {
        PythonLiteralError {
            offset: self.offset,
            message: message.to_owned(),
        }
    }

    pub(super) fn rest(&self) -> &'a str {
        &self.text[self.offset..]
    }

    pub(super) fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    /// The next character, which is passed.
    pub(super) fn next(&mut self) -> Option<char> {
        let character = self.peek()?;
        self.offset += character.len_utf8();
        Some(character)
    }

    /// Passes a text if it is next.
    pub(super) fn take(&mut self, text: &str) -> bool {
        let found = self.rest().starts_with(text);
        if found {
            self.offset += text.len();
        }
        found
    }

    pub(super) fn blanks(&mut self) {
        while self
            .peek()
            .is_some_and(|character| matches!(character, ' ' | '\t' | '\n' | '\r' | '\u{c}'))
        {
            self.offset += 1;
        }
    }

    fn value(&mut self, depth: usize) -> Result<Value, PythonLiteralError> {
        if depth > MAX_DEPTH {
            return Err(self.error("it is nested too deeply"));
        }
        if self.offset > MAX_LENGTH {
            return Err(self.error("it is too long"));
        }
        self.blanks();
        match self.peek() {
            Some('{') => self.braces(depth),
            Some('[') => {
                self.offset += 1;
                self.items(Vec::new(), ']', depth).map(|(items, _)| Value::Array(items))
            }
            Some('(') => self.parentheses(depth),
            Some('0'..='9' | '-' | '+' | '.') => self.number(),
            Some('\'' | '"') => self.strings(),
            Some(character) if character.is_ascii_alphabetic() || character == '_' => self.word(depth),
            Some(_) => Err(self.error("expected a value")),
            None => Err(self.error("the literal ends too early")),
        }
    }

    /// A name, or the letter before a string.
    fn word(&mut self, depth: usize) -> Result<Value, PythonLiteralError> {
        let rest = self.rest();
        let end = rest
            .find(|character: char| !character.is_alphanumeric() && character != '_')
            .unwrap_or(rest.len());
        let (word, behind) = rest.split_at(end);
        if behind.starts_with(['\'', '"']) && matches!(word, "b" | "B" | "u" | "U") {
            return self.strings();
        }
        let value = match word {
            "None" => Value::Null,
            "True" => Value::Bool(true),
            "False" => Value::Bool(false),
            "set" | "frozenset" if behind.starts_with('(') => return self.set(word.len(), depth),
            _ => return Err(self.error("this name is not a literal")),
        };
        self.offset += word.len();
        Ok(value)
    }

    /// `set()`, which has no other form, and `frozenset({…})`.
    fn set(&mut self, name_length: usize, depth: usize) -> Result<Value, PythonLiteralError> {
        let start = self.offset;
        self.offset += name_length + 1;
        let (mut items, _) = self.items(Vec::new(), ')', depth)?;
        match (items.pop(), items.is_empty()) {
            (None, _) => Ok(Value::Array(Vec::new())),
            (Some(Value::Array(items)), true) => Ok(Value::Array(items)),
            _ => Err(PythonLiteralError {
                offset: start,
                message: "expected one collection in the set".to_owned(),
            }),
        }
    }

    /// What is in brackets after the opening one and the items that were read already, and whether a comma stood in it.
    fn items(
        &mut self,
        mut items: Vec<Value>,
        close: char,
        depth: usize,
    ) -> Result<(Vec<Value>, bool), PythonLiteralError> {
        let mut comma = false;
        loop {
            self.blanks();
            if self.peek() == Some(close) {
                self.offset += close.len_utf8();
                return Ok((items, comma));
            }
            if !items.is_empty() && !self.after_comma(&mut comma)? {
                return Err(self.error("expected a comma or the closing bracket"));
            }
            self.blanks();
            if self.peek() == Some(close) {
                continue;
            }
            items.push(self.value(depth + 1)?);
        }
    }

    /// Passes a comma, and notes that there was one.
    fn after_comma(&mut self, comma: &mut bool) -> Result<bool, PythonLiteralError> {
        if self.peek().is_none() {
            return Err(self.error("the literal ends too early"));
        }
        let found = self.take(",");
        *comma |= found;
        Ok(found)
    }

    /// A tuple, or a value in parentheses, which is just that value.
    fn parentheses(&mut self, depth: usize) -> Result<Value, PythonLiteralError> {
        self.offset += 1;
        let (mut items, comma) = self.items(Vec::new(), ')', depth)?;
        match items.pop() {
            Some(only) if items.is_empty() && !comma => Ok(only),
            last => {
                items.extend(last);
                Ok(Value::Array(items))
            }
        }
    }

    /// A dict or a set.
    fn braces(&mut self, depth: usize) -> Result<Value, PythonLiteralError> {
        self.offset += 1;
        self.blanks();
        if self.take("}") {
            return Ok(Value::Object(Map::new()));
        }
        let key_at = self.offset;
        let first = self.value(depth + 1)?;
        self.blanks();
        if self.peek() != Some(':') {
            return self
                .items(vec![first], '}', depth)
                .map(|(items, _)| Value::Array(items));
        }
        let mut map = Map::new();
        let mut key = self.key(first, key_at)?;
        loop {
            self.blanks();
            if !self.take(":") {
                return Err(self.error("expected a colon after the key"));
            }
            map.insert(key, self.value(depth + 1)?);
            self.blanks();
            if self.take("}") {
                return Ok(Value::Object(map));
            }
            if !self.after_comma(&mut false)? {
                return Err(self.error("expected a comma or the closing brace"));
            }
            self.blanks();
            if self.take("}") {
                return Ok(Value::Object(map));
            }
            let key_at = self.offset;
            let value = self.value(depth + 1)?;
            key = self.key(value, key_at)?;
        }
    }

    /// A dict's key as `json.dumps` writes it.
    fn key(&self, value: Value, offset: usize) -> Result<String, PythonLiteralError> {
        match value {
            Value::String(text) => Ok(text),
            Value::Null | Value::Bool(_) | Value::Number(_) => Ok(value.to_string()),
            Value::Array(_) | Value::Object(_) => Err(PythonLiteralError {
                offset,
                message: "this key cannot be a key in JSON".to_owned(),
            }),
        }
    }
}
