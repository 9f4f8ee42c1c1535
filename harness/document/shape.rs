//! Tables of what a document may hold. Checking, messages and the JSON Schema all come from them, so they cannot differ.

/// What a value must be.
#[derive(Clone, Copy, Debug)]
pub enum Shape {
    /// A text with at least one character.
    Text,
    /// A text that may be empty.
    AnyText,
    /// A name: letters `a` to `z`, digits, inner hyphens.
    Name,
    /// `true` or `false`.
    Boolean,
    /// A whole number within bounds, both of them included.
    Integer {
        /// The smallest.
        minimum: i128,
        /// The largest.
        maximum: i128,
    },
    /// A number above zero, at most a thousand.
    Factor,
    /// A size in whole GiB.
    Size,
    /// A duration such as `90s` or `2m`.
    Duration,
    /// One of some words.
    Word(&'static [Word]),
    /// A mapping with known keys.
    Record(&'static Record),
    /// A mapping with exactly one of some keys.
    Choice(&'static Choice),
    /// A mapping from names that the user chooses.
    Named {
        /// What has such a name, with its article: "a volume".
        noun: &'static str,
        /// What each of them is.
        values: &'static Shape,
    },
    /// A list with at least one entry.
    List {
        /// What an entry is, with its article: "a step".
        noun: &'static str,
        /// What each of them is.
        values: &'static Shape,
    },
    /// One value, or a list with at least one.
    OneOrMore {
        /// What an entry is, with its article: "a log".
        noun: &'static str,
        /// What each of them is.
        values: &'static Shape,
    },
    /// Fields of connection info: a mapping from their names to texts, numbers, truth values or lists of those.
    ConnectionFields,
}

/// A word that may stand somewhere.
#[derive(Clone, Copy, Debug)]
pub struct Word {
    /// The word.
    pub word: &'static str,
    /// What it means.
    pub text: &'static str,
}

/// A mapping with known keys.
#[derive(Clone, Copy, Debug)]
pub struct Record {
    /// The keys.
    pub fields: &'static [Field],
    /// Of each of these groups of keys, exactly one must be there.
    pub one_of: &'static [&'static [&'static str]],
}

/// A mapping with exactly one of some keys.
#[derive(Clone, Copy, Debug)]
pub struct Choice {
    /// What the key is called, such as "verb".
    pub noun: &'static str,
    /// The keys.
    pub options: &'static [Field],
}

/// A key, and what its value must be.
#[derive(Clone, Copy, Debug)]
pub struct Field {
    /// The key.
    pub key: &'static str,
    /// Whether it must be there.
    pub need: Need,
    /// What its value must be.
    pub shape: Shape,
    /// What it means, for the schema and so for editors.
    pub text: &'static str,
}

/// Whether a key must be there.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Need {
    /// It must.
    Required,
    /// It may be left out.
    Optional,
    /// It may be left out, which means this.
    Default(&'static str),
}

impl Field {
    /// A key that must be there.
    pub const fn required(key: &'static str, shape: Shape, text: &'static str) -> Field {
        Field {
            key,
            need: Need::Required,
            shape,
            text,
        }
    }

    /// A key that may be left out.
    pub const fn optional(key: &'static str, shape: Shape, text: &'static str) -> Field {
        Field {
            key,
            need: Need::Optional,
            shape,
            text,
        }
    }

    /// A key that may be left out, which means `default`.
    pub const fn default(key: &'static str, shape: Shape, default: &'static str, text: &'static str) -> Field {
        Field {
            key,
            need: Need::Default(default),
            shape,
            text,
        }
    }
}

impl Shape {
    /// What is expected, for a message.
    pub fn expectation(&self) -> String {
        match self {
            Shape::Text => "a text".to_owned(),
            Shape::AnyText => "a text (it may be empty)".to_owned(),
            Shape::Name => "a name".to_owned(),
            Shape::Boolean => "`true` or `false`".to_owned(),
            Shape::Integer { minimum, maximum } => format!("a whole number from {minimum} to {maximum}"),
            Shape::Factor => "a number above 0 and at most 1000".to_owned(),
            Shape::Size => "a size in whole GiB, such as `1GiB`".to_owned(),
            Shape::Duration => "a duration, such as `90s` or `2m`".to_owned(),
            Shape::Word(words) => one_of(words.iter().map(|word| word.word)),
            Shape::Record(record) => {
                format!("a mapping with {}", all_of(record.fields.iter().map(|field| field.key)))
            }
            Shape::Choice(choice) => {
                format!(
                    "a mapping with {}",
                    one_of(choice.options.iter().map(|option| option.key))
                )
            }
            Shape::Named { noun, .. } => format!("a mapping from the name of {noun} to what it is"),
            Shape::List { noun, .. } => format!("a list; each entry is {noun}"),
            Shape::OneOrMore { noun, values } => format!("{}; or a list, each entry {noun}", values.expectation()),
            Shape::ConnectionFields => "a mapping from fields of connection info to their values".to_owned(),
        }
    }
}

/// "`a`, `b` and `c`".
pub(super) fn all_of<'a>(words: impl Iterator<Item = &'a str>) -> String {
    joined(words, "and")
}

/// "`a`, `b` or `c`".
pub(super) fn one_of<'a>(words: impl Iterator<Item = &'a str>) -> String {
    joined(words, "or")
}

fn joined<'a>(words: impl Iterator<Item = &'a str>, last: &str) -> String {
    let quoted: Vec<String> = words.map(|word| format!("`{word}`")).collect();
    match quoted.as_slice() {
        [] => "nothing".to_owned(),
        [one] => one.clone(),
        [first @ .., end] => format!("{} {last} {end}", first.join(", ")),
    }
}
