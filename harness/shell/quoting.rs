//! Quoting of words for a POSIX shell.

use std::borrow::Cow;

/// Quotes a word, so a POSIX shell takes it for one word with just these characters.
///
/// A NUL character stays as it is, since no shell can be given one: `Shell::run` refuses such a command.
#[must_use]
pub fn quote(word: &str) -> Cow<'_, str> {
    shlex::Quoter::new()
        .allow_nul(true)
        .quote(word)
        .unwrap_or(Cow::Borrowed("''"))
}

/// A script behind the words that lead to where it runs, such as `sudo docker exec cinder_volume`; as it is if there are none.
#[must_use]
pub(crate) fn behind(words: &str, script: &str) -> String {
    match words.trim() {
        "" => script.to_owned(),
        words => format!("{words} sh -c {}", quote(script)),
    }
}
