//! JSON Schema (draft 2020-12) of a table.

use serde_json::{Map, Value, json};

use super::{Choice, Field, Need, Record, Shape};

/// Whether numbers and truth values may come out of a template.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Scalars {
    /// They are what they are.
    Plain,
    /// They may also be a text with `${…}` in it.
    Templates,
}

/// The schema of a document with these fields.
pub fn schema(title: &str, text: &str, record: &Record, scalars: Scalars) -> Value {
    let mut root = Map::new();
    root.insert("$schema".into(), json!("https://json-schema.org/draft/2020-12/schema"));
    root.insert("title".into(), json!(title));
    root.insert("description".into(), json!(text));
    root.extend(record_schema(record, scalars));
    Value::Object(root)
}

fn field_schema(field: &Field, scalars: Scalars) -> Value {
    let mut schema = Map::new();
    schema.insert("description".into(), json!(field.text));
    if let Need::Default(default) = field.need {
        // The default is written as YAML; numbers and truth values are themselves in JSON too.
        schema.insert(
            "default".into(),
            serde_json::from_str(default).unwrap_or_else(|_| json!(default)),
        );
    }
    schema.extend(shape_schema(&field.shape, scalars));
    Value::Object(schema)
}

fn shape_schema(shape: &Shape, scalars: Scalars) -> Map<String, Value> {
    let plain = |value: Value| match value {
        Value::Object(map) => map,
        other => Map::from_iter([("const".to_owned(), other)]),
    };
    let number = |value: Value| match scalars {
        Scalars::Plain => plain(value),
        Scalars::Templates => plain(json!({ "anyOf": [value, { "type": "string", "pattern": r"\$\{" }] })),
    };
    // An editor does not know the value of a template.
    let pattern = |pattern: &str| match scalars {
        Scalars::Plain => plain(json!({ "type": "string", "pattern": pattern })),
        Scalars::Templates => plain(json!({ "type": "string", "pattern": format!(r"{pattern}|\$\{{") })),
    };
    match shape {
        Shape::Text => plain(json!({ "type": "string", "minLength": 1 })),
        Shape::AnyText => plain(json!({ "type": "string" })),
        Shape::Name => pattern(NAME),
        Shape::NameOrEach => pattern(&format!("{NAME}|^each( [a-z0-9-]+)?$")),
        Shape::Scalar => plain(json!({ "type": ["string", "number", "boolean"] })),
        Shape::Boolean => number(json!({ "type": "boolean" })),
        Shape::Integer { minimum, maximum } => number(json!({
            "type": "integer",
            "minimum": i64::try_from(*minimum).unwrap_or(i64::MIN),
            "maximum": i64::try_from(*maximum).unwrap_or(i64::MAX),
        })),
        Shape::Factor => number(json!({ "type": "number", "exclusiveMinimum": 0, "maximum": 1000 })),
        Shape::Size => pattern("^[1-9][0-9]* ?(GiB|TiB|MiB)$"),
        Shape::Duration => pattern("^[0-9].*[a-z]$"),
        Shape::Rate => pattern("^([1-9][0-9]* ?/s|max)$"),
        Shape::Loss => plain(json!({ "anyOf": [{ "const": 0 }, pattern("^(0|[0-9].*[a-z]|report)$")] })),
        Shape::Word(words) => {
            let values: Vec<Value> = words
                .iter()
                .map(|word| json!({ "const": word.word, "description": word.text }))
                .collect();
            let mut values = values;
            if scalars == Scalars::Templates {
                values.push(json!({ "type": "string", "pattern": r"\$\{" }));
            }
            plain(json!({ "anyOf": values }))
        }
        Shape::Record(record) => record_schema(record, scalars),
        Shape::Choice(choice) => {
            let mut schema = mapping(choice.options, scalars);
            schema.insert("minProperties".into(), json!(1));
            schema.insert("maxProperties".into(), json!(1));
            add_common(&mut schema, choice, scalars);
            if choice.forms.is_empty() {
                return schema;
            }
            let forms = choice.forms.iter().map(|form| record_schema(form, scalars));
            let all: Vec<Value> = std::iter::once(schema).chain(forms).map(Value::Object).collect();
            plain(json!({ "anyOf": all }))
        }
        Shape::Named { values, .. } => plain(json!({
            "type": "object",
            "propertyNames": { "pattern": NAME },
            "additionalProperties": shape_schema(values, scalars),
        })),
        Shape::List { values, .. } => {
            plain(json!({ "type": "array", "minItems": 1, "items": shape_schema(values, scalars) }))
        }
        Shape::OneOrMore { values, .. } => {
            let one = shape_schema(values, scalars);
            plain(json!({ "anyOf": [one.clone(), { "type": "array", "minItems": 1, "items": one }] }))
        }
        Shape::Texts => plain(json!({
            "type": "object",
            "additionalProperties": { "type": "string", "minLength": 1 },
        })),
        Shape::Again { pointer, .. } => plain(json!({ "$ref": pointer })),
        Shape::ConnectionFields => plain(json!({
            "type": "object",
            "additionalProperties": {
                "type": ["string", "number", "boolean", "array"],
                "minItems": 1,
                "items": { "type": ["string", "number", "boolean"] },
            },
        })),
    }
}

/// Adds to each option that is a record what all of them have.
fn add_common(schema: &mut Map<String, Value>, choice: &Choice, scalars: Scalars) {
    for option in choice.options {
        let Shape::Record(record) = option.shape else { continue };
        for field in choice.besides(record) {
            schema["properties"][option.key]["properties"][field.key] = field_schema(field, scalars);
        }
    }
}

/// The rule of [`crate::names::ScenarioName`] as a pattern that JavaScript's and Rust's engines share.
const NAME: &str = "^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$";

fn record_schema(record: &Record, scalars: Scalars) -> Map<String, Value> {
    let mut schema = mapping(record.fields, scalars);
    let required: Vec<&str> = record
        .fields
        .iter()
        .filter(|field| field.need == Need::Required)
        .map(|field| field.key)
        .collect();
    if !required.is_empty() {
        schema.insert("required".into(), json!(required));
    }
    let groups: Vec<Value> = record
        .one_of
        .iter()
        .map(|group| {
            let options: Vec<Value> = group.iter().map(|key| json!({ "required": [key] })).collect();
            json!({ "oneOf": options })
        })
        .collect();
    if !groups.is_empty() {
        schema.insert("allOf".into(), json!(groups));
    }
    schema
}

fn mapping(fields: &[Field], scalars: Scalars) -> Map<String, Value> {
    let properties: Map<String, Value> = fields
        .iter()
        .map(|field| (field.key.to_owned(), field_schema(field, scalars)))
        .collect();
    let mut schema = Map::new();
    schema.insert("type".into(), json!("object"));
    schema.insert("additionalProperties".into(), json!(false));
    schema.insert("properties".into(), Value::Object(properties));
    schema
}
