//! What `${…}` stands for in a target file.

use std::collections::BTreeMap;
use std::fmt;

use minijinja::syntax::SyntaxConfig;
use minijinja::{Environment, UndefinedBehavior};

use crate::diagnostic::{Diagnostic, Diagnostics, near_miss};
use crate::document::{Node, Value};

/// A fingerprint that no key has.
const HOST_KEY: &str = "SHA256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// The variables that a started simcloud has, with values that are only good for looking at a target without starting
/// anything. Port 1 is never listened on.
const PLACEHOLDERS: [(&str, &str); 12] = [
    ("auth_url", "http://127.0.0.1:1/v3"),
    ("clouds_file", "/nonexistent/clouds.yaml"),
    ("primary", "127.0.0.1:1"),
    ("secondary", "127.0.0.1:1"),
    ("controller", "127.0.0.1:1"),
    ("compute", "127.0.0.1:1"),
    ("primary_host_key", HOST_KEY),
    ("secondary_host_key", HOST_KEY),
    ("controller_host_key", HOST_KEY),
    ("compute_host_key", HOST_KEY),
    ("guest_port", "1"),
    ("client_key", "/nonexistent/client-key"),
];

/// What `${simcloud.…}` and `${env.…}` stand for.
#[derive(Clone, Default)]
pub struct Variables {
    environment: BTreeMap<String, String>,
    simcloud: Option<BTreeMap<String, String>>,
}

impl Variables {
    /// The environment of this process, and no simcloud. Variables that are not UTF-8 are left out.
    #[must_use]
    pub fn of_process() -> Variables {
        let text = |(name, value): (std::ffi::OsString, std::ffi::OsString)| {
            Some((name.into_string().ok()?, value.into_string().ok()?))
        };
        Variables {
            environment: std::env::vars_os().filter_map(text).collect(),
            simcloud: None,
        }
    }

    /// With the variables of a simcloud that runs. Without them a target with a `simcloud` block is read with
    /// placeholders: good for looking at it, of no use for running.
    #[must_use]
    pub fn with_simcloud(mut self, variables: BTreeMap<String, String>) -> Variables {
        self.simcloud = Some(variables);
        self
    }

    /// A variable of the environment.
    pub(super) fn environment(&self, name: &str) -> Option<&str> {
        self.environment.get(name).map(String::as_str)
    }

    /// What is known to a target with or without a `simcloud` block.
    fn known(&self, has_simcloud: bool) -> BTreeMap<&'static str, BTreeMap<String, String>> {
        let mut known = BTreeMap::from([("env", self.environment.clone())]);
        if has_simcloud {
            let placeholders = || {
                PLACEHOLDERS
                    .map(|(name, value)| (name.to_owned(), value.to_owned()))
                    .into()
            };
            known.insert("simcloud", self.simcloud.clone().unwrap_or_else(placeholders));
        }
        known
    }

    /// Replaces `${…}` in every text of a tree. The texts stay where they are, so faults point into the file as it was
    /// written, and what a variable holds never shows in a snippet.
    pub(super) fn render(&self, root: &mut Node, has_simcloud: bool, faults: &mut Diagnostics) {
        let known = self.known(has_simcloud);
        let mut environment = Environment::empty();
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        // Only `${…}` means something; the other delimiters are set to what no text holds by chance.
        let syntax = SyntaxConfig::builder()
            .variable_delimiters("${", "}")
            .block_delimiters("$\u{1}[", "]\u{1}$")
            .comment_delimiters("$\u{2}[", "]\u{2}$")
            .keep_trailing_newline(true)
            .build();
        match syntax {
            Ok(syntax) => environment.set_syntax(syntax),
            // The delimiters are constants and differ, which is all that is asked of them.
            Err(error) => faults.push(Diagnostic::error("template", error.to_string()).at(&root.at, "")),
        }
        render(root, &environment, &known, faults);
    }
}

impl fmt::Debug for Variables {
    /// Names only: values of the environment may be secrets.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Variables")
            .field("environment", &self.environment.len())
            .field(
                "simcloud",
                &self
                    .simcloud
                    .as_ref()
                    .map(|variables| variables.keys().collect::<Vec<_>>()),
            )
            .finish()
    }
}

fn render(
    node: &mut Node,
    environment: &Environment<'_>,
    known: &BTreeMap<&'static str, BTreeMap<String, String>>,
    faults: &mut Diagnostics,
) {
    match &mut node.value {
        Value::Text(text) if text.contains("${") => match rendered(text, environment, known) {
            Ok(rendered) => node.value = Value::Rendered(rendered),
            Err(found) => {
                // What cannot be rendered still counts as a text, so one mistake is one fault.
                node.value = Value::Unknown;
                found.into_iter().for_each(|fault| faults.push(fault.at(&node.at, "")));
            }
        },
        Value::List(values) => values
            .iter_mut()
            .for_each(|value| render(value, environment, known, faults)),
        Value::Mapping(entries) => {
            entries
                .iter_mut()
                .for_each(|(_, value)| render(value, environment, known, faults));
        }
        _ => {}
    }
}

/// How long a text with `${` in it may be, in bytes: a path or an address has a hundred.
const LONGEST_TEMPLATE: usize = 16 << 10;

/// How many words a name has at most: a group and a name in it are two.
const MOST_WORDS: usize = 4;

/// What stands between each `${` and the `}` behind it.
fn expressions(text: &str) -> impl Iterator<Item = &str> {
    text.split("${")
        .skip(1)
        .map(|rest| rest.split('}').next().unwrap_or(rest))
}

/// Whether an expression is a name, as `env.HOME` is.
fn is_name(expression: &str) -> bool {
    let is_word = |word: &str| {
        word.starts_with(|first: char| first.is_alphabetic() || first == '_')
            && word.chars().all(|letter| letter.is_alphanumeric() || letter == '_')
    };
    let words: Vec<&str> = expression.trim().splitn(MOST_WORDS + 1, '.').collect();
    words.len() <= MOST_WORDS && words.into_iter().all(is_word)
}

fn rendered(
    text: &str,
    environment: &Environment<'_>,
    known: &BTreeMap<&'static str, BTreeMap<String, String>>,
) -> Result<String, Vec<Diagnostic>> {
    // minijinja counts columns in 16 bits, and panics (in a build for debugging) where a longer line has a fault.
    if text.len() > LONGEST_TEMPLATE {
        let message = format!(
            "a text with `${{` in it is too long: {} bytes of at most {LONGEST_TEMPLATE}",
            text.len()
        );
        return Err(vec![
            Diagnostic::error("template", message).help("write `$` and `{` apart if no variable is meant"),
        ]);
    }
    // Nothing is computed: an expression of forty letters can ask for more memory and time than there is, and
    // a chain of thousands of names for more of the stack (both in minijinja 3.1).
    if let Some(expression) = expressions(text).find(|expression| !is_name(expression)) {
        let message = format!("`${{{}}}` is not a variable", expression.escape_debug());
        return Err(vec![
            Diagnostic::error("template", message)
                .note("`${env.NAME}` stands for a variable of the environment, `${simcloud.NAME}` for one of simcloud")
                .help("nothing is computed here; write `$` and `{` apart if no variable is meant"),
        ]);
    }
    let bad = |error: &minijinja::Error| {
        vec![
            Diagnostic::error("template", format!("the template cannot be read: {}", error.kind()))
                .note("`${env.NAME}` stands for a variable of the environment, `${simcloud.NAME}` for one of simcloud")
                .help("write `$` and `{` apart if no variable is meant"),
        ]
    };
    let template = environment.template_from_str(text).map_err(|error| bad(&error))?;
    let mut undefined: Vec<String> = template
        .undeclared_variables(true)
        .into_iter()
        .filter(|path| {
            let (group, name) = path.split_once('.').unwrap_or((path, ""));
            !known.get(group).is_some_and(|group| group.contains_key(name))
        })
        .collect();
    undefined.sort();
    if !undefined.is_empty() {
        return Err(undefined.iter().map(|path| unknown_variable(path, known)).collect());
    }
    template.render(known).map_err(|error| bad(&error))
}

fn unknown_variable(path: &str, known: &BTreeMap<&'static str, BTreeMap<String, String>>) -> Diagnostic {
    let (group, name) = path.split_once('.').unwrap_or((path, ""));
    let fault = Diagnostic::error(
        "unknown-variable",
        format!("`${{{}}}` is not known", path.escape_debug()),
    );
    match (group, known.get(group)) {
        ("env", Some(group)) => fault
            .note(format!("the environment has no variable {}", name.escape_debug()))
            .help_if(
                near_miss(name, group.keys().map(String::as_str))
                    .map(|near| format!("did you mean `${{env.{near}}}`?")),
            ),
        (_, Some(variables)) => {
            let names: Vec<String> = variables.keys().map(|name| format!("${{{group}.{name}}}")).collect();
            let near = near_miss(name, variables.keys().map(String::as_str));
            fault
                .note(format!("known are {} and ${{env.NAME}}", names.join(", ")))
                .help_if(near.map(|near| format!("did you mean `${{{group}.{near}}}`?")))
        }
        ("simcloud", None) => fault
            .note("this target does not start the embedded cloud")
            .help("add a `simcloud: {}` block to the target"),
        _ => fault.note(format!("known are {}${{env.NAME}}", groups(known))),
    }
}

/// The variables that are not the environment's, as the beginning of a list.
fn groups(known: &BTreeMap<&'static str, BTreeMap<String, String>>) -> String {
    let names: Vec<String> = known
        .iter()
        .filter(|(group, _)| **group != "env")
        .flat_map(|(group, names)| names.keys().map(move |name| format!("${{{group}.{name}}}")))
        .collect();
    if names.is_empty() {
        "only ".to_owned()
    } else {
        format!("{} and ", names.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whether a text is refused, in words.
    fn refused(text: &str) -> String {
        let variables = Variables::default();
        let known = variables.known(true);
        let mut environment = Environment::empty();
        environment.set_syntax(
            SyntaxConfig::builder()
                .variable_delimiters("${", "}")
                .build()
                .expect("delimiters that differ"),
        );
        match rendered(text, &environment, &known) {
            Ok(text) => format!("rendered {text}"),
            Err(faults) => faults.iter().map(|fault| fault.message.clone()).collect(),
        }
    }

    #[test]
    fn nothing_is_computed_and_nothing_long_is_parsed() {
        for computed in [
            "${ [[1] * 100000] * 100000 }",
            "${ \"x\" * 3000000000 }",
            "${ 1 + 1 }",
            "${env.HOME ~ env.HOME}",
        ] {
            assert!(
                refused(computed).ends_with("is not a variable"),
                "{computed}: {}",
                refused(computed)
            );
        }
        // This overflowed minijinja's stack, and the next panicked in it.
        let chain = format!("${{ a{} }}", ".b".repeat(8000));
        assert!(refused(&chain).ends_with("is not a variable"));
        let long = format!("${{{}", "9".repeat(70_000));
        assert_eq!(
            refused(&long),
            "a text with `${` in it is too long: 70002 bytes of at most 16384"
        );
        assert_eq!(refused("${ nothing.at.all }"), "`${nothing.at.all}` is not known");
    }

    #[test]
    fn names_are_words_with_dots() {
        for (expression, expected) in [
            ("env.HOME", true),
            (" simcloud.primary ", true),
            ("a", true),
            ("", false),
            ("1", false),
            ("a.", false),
            ("a b", false),
            ("a|upper", false),
        ] {
            assert_eq!(is_name(expression), expected, "{expression}");
        }
        assert_eq!(expressions("a${b}c${d}${e").collect::<Vec<_>>(), ["b", "d", "e"]);
    }
}
