//! Lines that fit on any terminal.

use textwrap::{Options, WordSplitter, wrap};

/// The columns that no line passes, but for one word that is longer.
const WIDTH: usize = 80;

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
    let lines = wrap(content, options);
    for (index, line) in lines.iter().enumerate() {
        if index == 0 {
            text.push_str(&format!("{beginning}{gap}"));
        } else {
            text.push_str(&" ".repeat(column));
        }
        text.push_str(line);
        if index + 1 < lines.len() {
            text.push_str(broken);
        }
        text.push('\n');
    }
}
