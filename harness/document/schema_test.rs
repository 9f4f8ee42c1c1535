//! The JSON Schema says of a file what the checks say, as far as a schema can.

use std::path::Path;
use std::sync::Arc;

use serde_json::{Value as Json, json};

use super::{Node, Value, parse};
use crate::diagnostic::{Diagnostics, SourceMap};
use crate::document::{DiskFiles, Files};
use crate::scenario::load_all;
use crate::targets::{Target, Variables};

/// The tree as JSON. Repeated keys are lost, as they are to every editor.
fn to_json(node: &Node) -> Json {
    match &node.value {
        Value::Null | Value::Unknown => Json::Null,
        Value::Boolean(value) => json!(value),
        Value::Integer(value) => json!(i64::try_from(*value).expect("small numbers in golden files")),
        Value::Number(value) => json!(value),
        Value::Text(text) | Value::Rendered(text) => json!(text),
        Value::List(values) => values.iter().map(to_json).collect(),
        Value::Mapping(entries) => entries
            .iter()
            .map(|(key, value)| (key.text().map_or_else(|| key.kind(), str::to_owned), to_json(value)))
            .collect::<serde_json::Map<_, _>>()
            .into(),
    }
}

/// Whether the schema accepts a file. None if the file is no YAML.
fn accepts(schema: &Json, file: &Path) -> Option<bool> {
    let name: Arc<str> = file.to_string_lossy().into();
    let text = String::from_utf8(DiskFiles.read(file).expect("a file")).ok()?;
    let root = parse(&name, &text).ok()?;
    let mut compiler = boon::Compiler::new();
    let mut schemas = boon::Schemas::new();
    compiler.add_resource("schema.json", schema.clone()).expect("a schema");
    let compiled = compiler.compile("schema.json", &mut schemas).expect("a sound schema");
    Some(
        schemas
            .validate(&root.map_or(Json::Null, |root| to_json(&root)), compiled)
            .is_ok(),
    )
}

/// Faults that a schema can see. The others need names to be looked up, or quantities to be computed.
const VISIBLE: [&str; 10] = [
    "unknown-field",
    "missing-field",
    "wrong-type",
    "unknown-choice",
    "unknown-word",
    "several-choices",
    "empty-list",
    "empty-text",
    "bad-name",
    "empty-file",
];

/// For each file: what the schema accepts has no visible fault, and what it rejects has some error.
fn agrees(folder: &str, schema: &Json, faults_of: impl Fn(&Path) -> Diagnostics) {
    let mut rejected = 0;
    for file in DiskFiles.yaml_files(Path::new(folder)).expect("the folder") {
        if file.to_string_lossy().ends_with(".target.yaml") {
            continue;
        }
        let Some(accepted) = accepts(schema, &file) else {
            continue;
        };
        let faults = faults_of(&file);
        if accepted {
            let visible = faults
                .iter()
                .find(|fault| fault.code.is_some_and(|code| VISIBLE.contains(&code)) && is_in(fault, &file));
            assert!(
                visible.is_none(),
                "the schema accepts {}, which has {:?}",
                file.display(),
                visible
            );
        } else {
            rejected += 1;
            assert!(
                faults.has_errors(),
                "the schema rejects {}, which is good",
                file.display()
            );
        }
    }
    assert!(rejected > 5, "the schema rejects only {rejected} files of {folder}");
}

/// Whether a fault is one of this file, and not of one that it continues. `guest` that needs `floating-network` is
/// beyond the schema.
fn is_in(fault: &crate::diagnostic::Diagnostic, file: &Path) -> bool {
    let here = fault
        .primary
        .as_ref()
        .is_some_and(|label| Path::new(&*label.at.file) == file);
    here && !fault.message.contains("floating-network") && !is_value_of_matrix(fault, file)
}

/// Whether a fault is one of a value of a matrix: what its variable stands for is beyond the schema.
fn is_value_of_matrix(fault: &crate::diagnostic::Diagnostic, file: &Path) -> bool {
    let text = std::fs::read_to_string(file).unwrap_or_default();
    let line = fault.primary.as_ref().map_or(0, |label| label.at.line);
    let key = |line: &&str| line.starts_with(|first: char| first.is_ascii_lowercase());
    let above = text.lines().take(line).filter(key).last();
    above.is_some_and(|key| key.starts_with("matrix:")) && fault.code == Some("unknown-word")
}

#[test]
fn scenarios_and_their_schema_agree() {
    let schema = crate::scenario::json_schema();
    for file in DiskFiles.yaml_files(Path::new("scenarios")).expect("the scenarios") {
        assert_eq!(accepts(&schema, &file), Some(true), "{}", file.display());
    }
    agrees("harness/scenario/golden", &schema, |file| {
        load_all(&DiskFiles, &[file.to_owned()], &mut SourceMap::default()).1
    });
}

#[test]
fn targets_and_their_schema_agree() {
    let schema = crate::targets::json_schema();
    for file in DiskFiles
        .yaml_files(Path::new("fixtures/targets"))
        .expect("the targets")
    {
        assert_eq!(accepts(&schema, &file), Some(true), "{}", file.display());
    }
    agrees("harness/targets/golden", &schema, |file| {
        Target::load(file, &Variables::default(), &mut SourceMap::default())
            .err()
            .unwrap_or_default()
    });
}
