//! Text of others, fit to be shown.

/// The text without what moves a terminal's cursor, changes its colors, or turns the direction of writing around: each
/// such character is replaced. Line breaks and tabs stay.
#[must_use]
pub fn printable(text: &str) -> String {
    text.chars()
        .map(|character| match character {
            '\n' | '\t' => character,
            // The marks by which Unicode embeds, overrides and isolates directions.
            '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{fffe}' | '\u{ffff}' => '\u{fffd}',
            control if control.is_control() => '\u{fffd}',
            other => other,
        })
        .collect()
}
