//! When two values are the same.

use std::borrow::Cow;

use serde_json::{Number, Value};

/// Whether two values are the same. Lists without an order are the same with the same members, however often each is
/// there: a portal that is named twice is one portal.
pub(super) fn same(left: &Value, right: &Value, unordered: bool) -> bool {
    match (left, right) {
        (Value::Array(left), Value::Array(right)) if unordered => {
            let within = |some: &[Value], others: &[Value]| {
                some.iter()
                    .all(|one| others.iter().any(|other| same(one, other, unordered)))
            };
            within(left, right) && within(right, left)
        }
        (Value::Array(left), Value::Array(right)) => {
            left.len() == right.len() && left.iter().zip(right).all(|(left, right)| same(left, right, unordered))
        }
        (Value::Object(left), Value::Object(right)) => {
            left.len() == right.len()
                && left
                    .iter()
                    .all(|(key, value)| right.get(key).is_some_and(|other| same(value, other, unordered)))
        }
        (Value::Number(left), Value::Number(right)) => same_number(left, right),
        _ => left == right,
    }
}

/// 1 and 1.0 are one number.
fn same_number(left: &Number, right: &Number) -> bool {
    left == right || (left.is_f64() != right.is_f64() && left.as_f64() == right.as_f64())
}

/// A declared value in the form that Cinder gives: ports are texts there, and easily numbers in YAML.
pub(super) fn as_seen<'a>(declared: &'a Value, seen: &Value) -> Cow<'a, Value> {
    match (declared, seen) {
        (Value::Number(number), Value::String(_)) => Cow::Owned(Value::from(number.to_string())),
        (Value::Array(declared), Value::Array(seen)) if seen.first().is_some_and(Value::is_string) => Cow::Owned(
            declared
                .iter()
                .map(|value| as_seen(value, &seen[0]).into_owned())
                .collect(),
        ),
        _ => Cow::Borrowed(declared),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn order_counts_unless_it_does_not() {
        let (one, other) = (json!(["a", "b"]), json!(["b", "a"]));
        assert!(!same(&one, &other, false));
        assert!(same(&one, &other, true));
        assert!(same(&json!(["a", "a", "b"]), &other, true));
        assert!(!same(&json!(["a"]), &other, true));
        assert!(!same(&json!([]), &other, true));
        let (one, other) = (json!({"host": ["t1", "t2"]}), json!({"host": ["t2", "t1"]}));
        assert!(same(&one, &other, true) && !same(&one, &other, false));
        assert!(!same(&one, &json!({"other": ["t1", "t2"]}), true));
    }

    #[test]
    fn numbers_texts_and_nothing() {
        assert!(same(&json!(1), &json!(1.0), false));
        assert!(!same(&json!(1), &json!("1"), false));
        assert!(!same(&json!(null), &json!(false), false));
        assert!(!same(
            &json!(18_446_744_073_709_551_615_u64),
            &json!(18_446_744_073_709_551_614_u64),
            false
        ));
    }

    #[test]
    fn a_number_is_taken_for_the_text_that_cinder_gives() {
        assert_eq!(
            *as_seen(&json!([6789, 3300]), &json!(["6789"])),
            json!(["6789", "3300"])
        );
        assert_eq!(*as_seen(&json!(6789), &json!("1")), json!("6789"));
        assert_eq!(*as_seen(&json!(1), &json!(2)), json!(1));
        assert_eq!(*as_seen(&json!("a"), &json!(2)), json!("a"));
    }
}
