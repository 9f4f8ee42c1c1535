//! Numbers.

use serde_json::{Number, Value};

use super::error::PythonLiteralError;
use super::parser::Parser;

impl Parser<'_> {
    /// An integer or a floating-point number in decimal, with a sign or not.
    pub(super) fn number(&mut self) -> Result<Value, PythonLiteralError> {
        let rest = self.rest();
        let belongs = |(index, character): (usize, char)| match character {
            '0'..='9' | '.' | '_' => true,
            '+' | '-' => index == 0 || rest[..index].ends_with(['e', 'E']),
            letter => letter.is_alphabetic(),
        };
        let end = rest
            .char_indices()
            .find(|place| !belongs(*place))
            .map_or(rest.len(), |(index, _)| index);
        let value = value(&rest[..end]).ok_or_else(|| self.error("expected a decimal number"))?;
        self.offset += end;
        Ok(value)
    }
}

fn value(text: &str) -> Option<Value> {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let text = text.strip_prefix('+').unwrap_or(text);
    if unsigned.bytes().all(|byte| byte.is_ascii_digit()) && !unsigned.is_empty() {
        // A leading zero makes it no number in Python, but for zero itself.
        if unsigned.starts_with('0') && unsigned.bytes().any(|byte| byte != b'0') {
            return None;
        }
        if let Ok(number) = text.parse::<i64>() {
            return Some(Value::from(number));
        }
        if let Ok(number) = text.parse::<u64>() {
            return Some(Value::from(number));
        }
    }
    // Rust reads also `inf`, `nan` and `infinity`, which are names in Python.
    let is_float = unsigned.starts_with(|first: char| first.is_ascii_digit() || first == '.')
        && unsigned
            .bytes()
            .all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b'e' | b'E' | b'+' | b'-'));
    let float = text.parse::<f64>().ok().filter(|_| is_float)?;
    Number::from_f64(float).map(Value::Number)
}
