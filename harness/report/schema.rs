//! The JSON Schema of reports, from their types.

use schemars::Schema;
use schemars::generate::SchemaSettings;
use schemars::transform::{RecursiveTransform, Transform};
use serde_json::{Value, json};

use super::document::{REPORT_FORMAT, Report};

/// The schema of what `cinder-drill report --format json` writes.
pub fn json_schema() -> Value {
    let settings = SchemaSettings::draft2020_12().for_serialize();
    let mut schema = settings.into_generator().into_root_schema_for::<Report>();
    RecursiveTransform(exact).transform(&mut schema);
    let description = format!(
        "What `cinder-drill report --format json` writes, format {REPORT_FORMAT}. Times that are numbers are milliseconds. This \
         schema is exact for the version that it came with. Later versions of format {REPORT_FORMAT} may add fields and words, \
         and neither remove any nor give it another meaning."
    );
    schema.insert("title".to_owned(), json!("cinder-drill report"));
    schema.insert("description".to_owned(), json!(description));
    let mut schema = schema.to_value();
    schema["properties"]["format"] = json!({
        "const": REPORT_FORMAT,
        "description": "The version of this format.",
    });
    schema
}

/// An object has no other members than those that are named.
fn exact(schema: &mut Schema) {
    if schema.get("properties").is_some() && schema.get("additionalProperties").is_none() {
        schema.insert("additionalProperties".to_owned(), json!(false));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The members of objects that nobody describes, by their paths.
    fn undescribed(value: &Value, path: &str, found: &mut Vec<String>) {
        match value {
            Value::Object(members) => {
                let properties = members.get("properties").and_then(Value::as_object);
                // The one name of a variant is described where the variant is.
                let is_variant = path.contains("/oneOf/")
                    && properties.is_some_and(|properties| properties.len() == 1)
                    && members.get("description").and_then(Value::as_str).is_some();
                for (name, property) in properties.into_iter().flatten() {
                    let described = property.get("description").and_then(Value::as_str);
                    // What a word stands for is described where it stands: a tag says which of several things it is.
                    let is_tag = property.get("const").is_some();
                    if !is_tag && !is_variant && described.is_none_or(|text| text.len() < 5) {
                        found.push(format!("{path}/{name}"));
                    }
                }
                for (name, member) in members {
                    undescribed(member, &format!("{path}/{name}"), found);
                }
            }
            Value::Array(values) => {
                for (position, value) in values.iter().enumerate() {
                    undescribed(value, &format!("{path}/{position}"), found);
                }
            }
            _ => {}
        }
    }

    #[test]
    fn each_field_is_described() {
        let mut found = Vec::new();
        undescribed(&json_schema(), "", &mut found);
        assert_eq!(found, Vec::<String>::new());
        // A look that finds nothing would prove nothing.
        undescribed(&json!({ "properties": { "a": { "type": "string" } } }), "", &mut found);
        undescribed(&json!({ "oneOf": [{ "properties": { "b": {} } }] }), "", &mut found);
        assert_eq!(found, ["/a", "/oneOf/0/b"]);
    }

    #[test]
    fn an_object_takes_no_member_that_the_schema_lacks() {
        let schema = json_schema();
        let mut open = Vec::new();
        let defined = schema["$defs"].as_object().expect("definitions").iter();
        for (name, definition) in defined.chain([(&"report".to_owned(), &schema)]) {
            if definition.get("properties").is_some() && definition["additionalProperties"] != json!(false) {
                open.push(name.clone());
            }
        }
        assert_eq!(open, Vec::<String>::new());
    }
}
