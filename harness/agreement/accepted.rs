//! The file of accepted differences.

use std::path::Path;
use std::sync::Arc;

use regex::Regex;

use crate::diagnostic::{Diagnostic, Diagnostics, Location, SourceMap};
use crate::document::{self, DiskFiles, Field, Fields, Files, Node, Record, Shape, Value};

/// What an entry must name at least, besides its `*`: what accepts nearly everything hides what it was not meant for.
const SHORTEST: usize = 12;

static FILE: Record = Record {
    fields: &[Field::required(
        "accepted",
        Shape::List {
            noun: "an accepted difference",
            values: &Shape::Record(&ENTRY),
        },
        "Differences that are known, each with its reason.",
    )],
    one_of: &[],
};

static ENTRY: Record = Record {
    fields: &[
        Field::required(
            "difference",
            Shape::Text,
            "The difference as the agreement check prints it; `*` stands for any text.",
        ),
        Field::required("reason", Shape::Text, "Why it is accepted."),
        Field::default(
            "sometimes",
            Shape::Boolean,
            "false",
            "Whether it does not occur every time, and so is not stale when it does not.",
        ),
    ],
    one_of: &[],
};

/// An accepted difference.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The difference, with `*` for any text.
    pub difference: String,
    /// Why it is accepted.
    pub reason: String,
    /// Whether it does not occur every time.
    pub sometimes: bool,
    pattern: Regex,
}

impl Entry {
    /// Whether this is about a difference.
    #[must_use]
    pub fn accepts(&self, line: &str) -> bool {
        self.pattern.is_match(line)
    }
}

/// Differences that are accepted.
#[derive(Clone, Debug, Default)]
pub struct Accepted {
    /// In the order of the file.
    pub entries: Vec<Entry>,
}

impl Accepted {
    /// Reads a file.
    ///
    /// # Errors
    /// All faults of the file.
    pub fn load(path: &Path, sources: &mut SourceMap) -> Result<Accepted, Diagnostics> {
        let file: Arc<str> = path.to_string_lossy().into();
        let bytes = DiskFiles.read(path).map_err(|error| {
            Diagnostic::error(
                "unreadable",
                format!("cannot read the accepted differences {file}: {error}"),
            )
        })?;
        let text = document::decode(&file, bytes)?;
        sources.insert(file.clone(), text.clone());
        let Some(root) = document::parse(&file, &text)? else {
            return Err(Diagnostic::error("empty-file", format!("{file} holds nothing"))
                .at(&Location::in_text(&file, &text, 0..0), "expected `accepted:`")
                .help("leave --accepted out if nothing is accepted")
                .into());
        };
        let start = match &root.value {
            Value::Mapping(entries) => entries.first().map_or(&root.at, |(key, _)| &key.at).clone(),
            _ => root.at.clone(),
        };
        let mut faults = Diagnostics::default();
        document::check(
            &root,
            &Shape::Record(&FILE),
            ("the accepted differences", &start),
            &mut faults,
        );
        let accepted = read(&root, &mut faults);
        if faults.has_errors() { Err(faults) } else { Ok(accepted) }
    }
}

fn read(root: &Node, faults: &mut Diagnostics) -> Accepted {
    let mut entries: Vec<(Entry, Location)> = Vec::new();
    for node in Fields::of(root).list("accepted") {
        let fields = Fields::of(node);
        let (Some(difference), Some(reason)) = (fields.text("difference"), fields.text("reason")) else {
            continue;
        };
        let text = difference.value.trim().to_owned();
        if text.chars().filter(|letter| *letter != '*').count() < SHORTEST {
            faults.push(
                Diagnostic::error("accepts-anything", "this accepts nearly every difference")
                    .at(
                        &difference.at,
                        format!("expected at least {SHORTEST} characters besides `*`"),
                    )
                    .help("copy the line that `cinder-drill agree` prints, and put `*` only where runs differ"),
            );
            continue;
        }
        if reason.value.trim().is_empty() {
            faults.push(
                Diagnostic::error("no-reason", "an accepted difference needs a reason")
                    .at(&reason.at, "expected why it need not be fixed"),
            );
            continue;
        }
        if let Some((_, first)) = entries.iter().find(|(entry, _)| entry.difference == text) {
            faults.push(
                Diagnostic::error("repeated", "this difference is accepted twice")
                    .at(&difference.at, "")
                    .because(first, "it is accepted here already"),
            );
            continue;
        }
        let pattern = text.split('*').map(regex::escape).collect::<Vec<_>>().join(".*");
        match Regex::new(&format!("(?s)^{pattern}$")) {
            Ok(pattern) => entries.push((
                Entry {
                    difference: text,
                    reason: reason.value.trim().to_owned(),
                    sometimes: fields.boolean("sometimes").unwrap_or(false),
                    pattern,
                },
                difference.at,
            )),
            Err(error) => faults.push(Diagnostic::error("too-long", error.to_string()).at(&difference.at, "")),
        }
    }
    Accepted {
        entries: entries.into_iter().map(|(entry, _)| entry).collect(),
    }
}
