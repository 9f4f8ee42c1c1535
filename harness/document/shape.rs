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
    /// The name of one of several that may all be meant: a name, `each`, or `each` and the name that they share.
    NameOrEach,
    /// A text, a number or a truth value.
    Scalar,
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
    /// A rate such as `10/s`, or `max`.
    Rate,
    /// How much may be lost: `0`, a duration, or `report`.
    Loss,
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
    /// What stands elsewhere in the same kind of file, once more.
    Again {
        /// What it is, with its article: "a step".
        noun: &'static str,
        /// What it must be.
        shape: &'static Shape,
        /// Where it is in the JSON Schema, which refers to it.
        pointer: &'static str,
    },
    /// Fields of connection info: a mapping from their names to texts, numbers, truth values or lists of those.
    ConnectionFields,
    /// A mapping from texts to texts, such as the extra specs of a volume type.
    Texts,
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
    /// Fields that each option which is a record has besides its own, unless it has one of that name.
    pub common: &'static [Field],
    /// What may stand in its place: each is known by its first key.
    pub forms: &'static [&'static Record],
    /// Words that people write in the place of a key, and what to write instead.
    pub mistaken: &'static [(&'static [&'static str], &'static str)],
}

impl Choice {
    /// A choice of some keys, and nothing else.
    pub const fn of(noun: &'static str, options: &'static [Field]) -> Choice {
        Choice {
            noun,
            options,
            common: &[],
            forms: &[],
            mistaken: &[],
        }
    }

    /// All words by which it may be known.
    pub fn words(&self) -> impl Iterator<Item = &'static str> + Clone {
        let forms = self.forms.iter().filter_map(|form| form.fields.first());
        self.options.iter().chain(forms).map(|field| field.key)
    }

    /// The form that some keys are those of.
    pub fn form<'k>(&self, mut keys: impl Iterator<Item = &'k str>) -> Option<&'static Record> {
        let is_first = |form: &Record, key: &str| form.fields.first().is_some_and(|first| first.key == key);
        keys.find_map(|key| self.forms.iter().copied().find(|form| is_first(form, key)))
    }

    /// The fields that an option which is a record has besides its own.
    pub fn besides(&self, record: &Record) -> impl Iterator<Item = &'static Field> {
        let known = |field: &&Field| record.fields.iter().any(|own| own.key == field.key);
        self.common.iter().filter(move |field| !known(field))
    }
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
            Shape::NameOrEach => "a name, `each`, or `each NAME`".to_owned(),
            Shape::Scalar => "a text, a number or a truth value".to_owned(),
            Shape::Boolean => "`true` or `false`".to_owned(),
            Shape::Integer { minimum, maximum } => format!("a whole number from {minimum} to {maximum}"),
            Shape::Factor => "a number above 0 and at most 1000".to_owned(),
            Shape::Size => "a size in whole GiB, such as `1GiB`".to_owned(),
            Shape::Duration => "a duration, such as `90s` or `2m`".to_owned(),
            Shape::Rate => "a rate, such as `10/s`, or `max`".to_owned(),
            Shape::Loss => "`0`, a duration such as `30s`, or `report`".to_owned(),
            Shape::Word(words) => one_of(words.iter().map(|word| word.word)),
            Shape::Record(record) => {
                format!("a mapping with {}", all_of(record.fields.iter().map(|field| field.key)))
            }
            Shape::Choice(choice) => {
                format!("a mapping with {}", one_of(choice.words()))
            }
            Shape::Named { noun, .. } => format!("a mapping from the name of {noun} to what it is"),
            Shape::List { noun, .. } => format!("a list; each entry is {noun}"),
            Shape::OneOrMore { noun, values } => format!("{}; or a list, each entry {noun}", values.expectation()),
            Shape::Again { noun, .. } => (*noun).to_owned(),
            Shape::ConnectionFields => "a mapping from fields of connection info to their values".to_owned(),
            Shape::Texts => "a mapping from names to texts".to_owned(),
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
