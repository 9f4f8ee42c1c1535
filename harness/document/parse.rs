//! From bytes to a tree. The only place that knows serde-saphyr.

use std::fmt;
use std::sync::Arc;

use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_saphyr::budget::BudgetBreach;
use serde_saphyr::{DuplicateKeyPolicy, Error, MergeKeyPolicy, Options, Spanned};

use super::{Node, Value, syntax};
use crate::bounded_file::LONGEST as LONGEST_FILE;
use crate::diagnostic::{Diagnostic, Diagnostics, Location};

/// What a document may cost. Generous for what people write; small enough that no document takes noticeable time or
/// memory.
fn limits() -> Options {
    serde_saphyr::options! {
        budget: serde_saphyr::budget! {
            max_depth: 24,
            max_nodes: 20_000,
            max_events: 60_000,
            max_anchors: 100,
            max_aliases: 100,
            max_documents: 2,
            max_total_scalar_bytes: LONGEST_FILE,
        },
        alias_limits: serde_saphyr::alias_limits! {
            max_total_replayed_events: 5_000,
            max_replay_stack_depth: 8,
            max_alias_expansions_per_anchor: 100,
        },
        // Repeated keys are found when a mapping is checked, where both places can be shown.
        duplicate_keys: DuplicateKeyPolicy::PassThrough,
        // A `<<` is shown as an unknown field; merging would hide where a value stands.
        merge_keys: MergeKeyPolicy::AsOrdinary,
        strict_booleans: true,
        with_snippet: false,
    }
}

/// The text of a file, if it is one.
pub fn decode(file: &Arc<str>, bytes: Vec<u8>) -> Result<Arc<str>, Diagnostics> {
    if bytes.len() > LONGEST_FILE {
        let fault = Diagnostic::error("file-too-large", format!("{file} is too large"))
            .note(format!("a file may have {LONGEST_FILE} bytes at most"));
        return Err(fault.into());
    }
    String::from_utf8(bytes).map(Arc::from).map_err(|error| {
        let good = error.utf8_error().valid_up_to();
        let line = error.as_bytes()[..good].iter().filter(|byte| **byte == b'\n').count() + 1;
        Diagnostic::error(
            "not-utf-8",
            format!("{file} is not UTF-8: byte {} in line {line}", good + 1),
        )
        .note(format!("found the byte 0x{:02x}", error.as_bytes()[good]))
        .help("save the file as UTF-8")
        .into()
    })
}

/// The tree of the one document of a file. None if the file holds nothing.
pub fn parse(file: &Arc<str>, text: &str) -> Result<Option<Node>, Diagnostics> {
    let root: Spanned<Raw> = serde_saphyr::from_str_with_options(text, limits())
        .map_err(|error| Diagnostics::from(fault(file, text, &error)))?;
    let root = place(file, text, root);
    Ok((root.value != Value::Null).then_some(root))
}

/// The tree of a file that must hold something: what is `expected` in it, and how that begins.
pub fn parse_whole(file: &Arc<str>, text: &str, expected: &str, help: &str) -> Result<Node, Diagnostics> {
    parse(file, text)?.ok_or_else(|| {
        Diagnostic::error("empty-file", format!("{file} holds nothing"))
            .at(&Location::in_text(file, text, 0..0), expected)
            .help(help)
            .into()
    })
}

/// What the parser says is wrong with a text, as a fault that points into it.
fn fault(file: &Arc<str>, text: &str, error: &Error) -> Diagnostic {
    let location = error.location().filter(|location| location.line() > 0);
    let at = location.map_or_else(
        || Location::in_text(file, text, 0..0),
        |location| byte_place(file, text, &location),
    );
    // What is wrong within what an alias stands for is what counts.
    let mut cause = error;
    while let Error::AliasError { error, .. } = cause {
        cause = error;
    }
    match cause {
        Error::MultipleDocuments { .. } => Diagnostic::error("multiple-documents", "a file holds one document")
            .at(&at, "the second one begins here")
            .help("move what follows `---` to a file of its own"),
        Error::Budget { breach, .. } => too_large(&at, breached(breach)),
        Error::AliasReplayLimitExceeded { .. }
        | Error::AliasExpansionLimitExceeded { .. }
        | Error::AliasReplayStackDepthExceeded { .. } => too_large(&at, "its aliases expand to too much"),
        Error::RecursiveReferencesRequireWeakTypes { .. } => {
            Diagnostic::error("syntax", "an alias is used within its own value").at(&at, "")
        }
        other => Diagnostic::error("syntax", strip_place(&other.to_string()))
            .at(&at, "")
            .help_if(syntax::help(text, at.line)),
    }
}

fn too_large(at: &Location, what: &str) -> Diagnostic {
    Diagnostic::error("document-too-large", format!("the document is too large: {what}"))
        .at(at, "")
        .note("no scenario and no target comes near the limits; they keep a harmful file from using up the machine")
}

/// Which limit of [`limits`] a document breaks.
fn breached(breach: &BudgetBreach) -> &'static str {
    match breach {
        BudgetBreach::Depth { .. } => "it is too deep",
        BudgetBreach::Aliases { .. } | BudgetBreach::AliasAnchorRatio { .. } => "it has too many aliases",
        BudgetBreach::Anchors { .. } => "it has too many anchors",
        BudgetBreach::Documents { .. } => "it has too many documents",
        _ => "it holds too much",
    }
}

/// The message without the place at its end, which is shown in another way.
fn strip_place(message: &str) -> String {
    message
        .rsplit_once(" at line ")
        .map_or(message, |(before, _)| before)
        .trim()
        .to_owned()
}

/// The place of a parser's location. Bytes are known for what comes from a text; some errors only know the line and the
/// column.
fn byte_place(file: &Arc<str>, text: &str, location: &serde_saphyr::Location) -> Location {
    let line = usize::try_from(location.line()).unwrap_or(usize::MAX).max(1);
    let column = usize::try_from(location.column()).unwrap_or(usize::MAX).max(1);
    let span = location.span();
    let bytes = |number: Option<u64>| number.and_then(|number| usize::try_from(number).ok());
    let (start, length) = match (bytes(span.byte_offset()), bytes(span.byte_len())) {
        (Some(start), Some(length)) => (start, length),
        _ => {
            let line_start = text.split_inclusive('\n').take(line - 1).map(str::len).sum::<usize>();
            let within = text[line_start..]
                .chars()
                .take(column - 1)
                .map(char::len_utf8)
                .sum::<usize>();
            (line_start + within, usize::from(line_start + within < text.len()))
        }
    };
    let place = Location::in_text(file, text, start..start.saturating_add(length));
    // The parser counts lines as it goes, which is exact; only the bytes are wanted from the text.
    Location { line, column, ..place }
}

/// The tree with places. Its depth is bounded by the budget.
fn place(file: &Arc<str>, text: &str, spanned: Spanned<Raw>) -> Node {
    let span = spanned.referenced.span();
    let number = |number: u64| usize::try_from(number).unwrap_or(0);
    let start = span.byte_offset().map_or(0, number).min(text.len());
    let end = start.saturating_add(span.byte_len().map_or(0, number)).min(text.len());
    let at = Location {
        file: file.clone(),
        line: number(spanned.referenced.line()).max(1),
        column: number(spanned.referenced.column()).max(1),
        span: start..end,
    };
    let value = match spanned.value {
        Raw::Null => Value::Null,
        Raw::Boolean(value) => Value::Boolean(value),
        Raw::Integer(value) => Value::Integer(value),
        Raw::Number(value) => Value::Number(value),
        Raw::Text(value) => Value::Text(value),
        Raw::List(values) => Value::List(values.into_iter().map(|value| place(file, text, value)).collect()),
        Raw::Mapping(entries) => Value::Mapping(
            entries
                .into_iter()
                .map(|(key, value)| (place(file, text, key), place(file, text, value)))
                .collect(),
        ),
    };
    Node { value, at }
}

/// A value of any kind, as serde hands it over.
enum Raw {
    Null,
    Boolean(bool),
    Integer(i128),
    Number(f64),
    Text(String),
    List(Vec<Spanned<Raw>>),
    Mapping(Vec<(Spanned<Raw>, Spanned<Raw>)>),
}

impl<'de> Deserialize<'de> for Raw {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Raw, D::Error> {
        deserializer.deserialize_any(RawVisitor)
    }
}

struct RawVisitor;

impl<'de> Visitor<'de> for RawVisitor {
    type Value = Raw;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("any value")
    }

    fn visit_unit<E: serde::de::Error>(self) -> Result<Raw, E> {
        Ok(Raw::Null)
    }

    fn visit_none<E: serde::de::Error>(self) -> Result<Raw, E> {
        Ok(Raw::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Raw, D::Error> {
        Raw::deserialize(deserializer)
    }

    fn visit_bool<E: serde::de::Error>(self, value: bool) -> Result<Raw, E> {
        Ok(Raw::Boolean(value))
    }

    fn visit_i64<E: serde::de::Error>(self, value: i64) -> Result<Raw, E> {
        Ok(Raw::Integer(value.into()))
    }

    fn visit_i128<E: serde::de::Error>(self, value: i128) -> Result<Raw, E> {
        Ok(Raw::Integer(value))
    }

    fn visit_u64<E: serde::de::Error>(self, value: u64) -> Result<Raw, E> {
        Ok(Raw::Integer(value.into()))
    }

    fn visit_u128<E: serde::de::Error>(self, value: u128) -> Result<Raw, E> {
        i128::try_from(value)
            .map(Raw::Integer)
            .map_err(|_| E::custom("the number is too large"))
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Raw, E> {
        Ok(Raw::Number(value))
    }

    fn visit_str<E: serde::de::Error>(self, value: &str) -> Result<Raw, E> {
        Ok(Raw::Text(value.to_owned()))
    }

    fn visit_bytes<E: serde::de::Error>(self, _: &[u8]) -> Result<Raw, E> {
        Err(E::custom("binary data is not used here"))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Raw, A::Error> {
        let mut values = Vec::new();
        while let Some(value) = access.next_element()? {
            values.push(value);
        }
        Ok(Raw::List(values))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Raw, A::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = access.next_entry::<Spanned<Raw>, Spanned<Raw>>()? {
            if matches!(entry.0.value, Raw::List(_) | Raw::Mapping(_)) {
                return Err(A::Error::custom("a key is a text, not a list or a mapping"));
            }
            entries.push(entry);
        }
        Ok(Raw::Mapping(entries))
    }
}
