//! Lines that fit on any terminal.

use textwrap::{Options, WordSplitter, wrap};

/// The columns that no line passes, but for one word that is longer.
const WIDTH: usize = 80;
/// Stands for a space that is no place to break a line at.
const QUOTED_SPACE: char = '\u{a0}';

/// Writes a text behind a beginning, in lines that all begin in the same column. `broken` stands at the end of each line
/// but the last.
pub(crate) fn write_wrapped(
    text: &mut String,
    beginning: &str,
    columns: usize,
    gap: &str,
    content: &str,
    broken: &str,
) {
    let column = columns + gap.len();
    let width = WIDTH.saturating_sub(column + broken.len()).max(20);
    let options = Options::new(width)
        .word_splitter(WordSplitter::NoHyphenation)
        .break_words(false);
    let content = clean(content);
    let content = if broken.is_empty() {
        content
    } else {
        unbreakable(&content)
    };
    let lines = wrap(&content, options);
    for (index, line) in lines.iter().enumerate() {
        if index == 0 {
            text.push_str(&format!("{beginning}{gap}"));
        } else {
            text.push_str(&" ".repeat(column));
        }
        text.push_str(&line.replace(QUOTED_SPACE, " "));
        if index + 1 < lines.len() {
            text.push_str(broken);
        }
        text.push('\n');
    }
}

/// A text as it may be shown: what the cloud says may hold anything, and must not move the cursor of who reads.
pub(crate) fn clean(text: &str) -> String {
    let shown = |character: char| if character.is_control() { '\u{fffd}' } else { character };
    text.chars().map(shown).collect()
}

/// A command line without places to break at within quotes: there a backslash and a line break would be part of the word.
fn unbreakable(command: &str) -> String {
    let mut quoted = false;
    command
        .chars()
        .map(|character| {
            quoted ^= character == '\'';
            if quoted && character == ' ' {
                QUOTED_SPACE
            } else {
                character
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_line_that_is_broken_is_still_the_same_command() {
        let command = "openstack volume type create --property replication_enabled='<is> True' --property \
                       volume_backend_name='ceph' ceph";
        let mut text = String::new();
        write_wrapped(&mut text, "  $ ", 4, "", command, " \\");
        assert!(
            text.lines().count() > 1 && text.lines().all(|line| line.len() <= 80),
            "{text}"
        );
        let joined = text.replace("\\\n", " ");
        let words = shlex::split(joined.trim_start().trim_start_matches('$')).expect("words");
        assert_eq!(words, shlex::split(command).expect("words"));
    }
}
