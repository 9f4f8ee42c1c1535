//! A number with its noun.

use std::fmt::Display;

/// `1 volume`, `2 volumes`, `0 entries`.
pub fn counted<N: Display + PartialEq + From<u8>>(number: N, noun: &str) -> String {
    let stem = noun
        .strip_suffix('y')
        .filter(|stem| !stem.ends_with(['a', 'e', 'o', 'u']));
    match stem {
        _ if number == N::from(1) => format!("1 {noun}"),
        Some(stem) => format!("{number} {stem}ies"),
        None => format!("{number} {noun}s"),
    }
}

/// The word for one thing, or that for several.
pub(crate) fn by_count<N: PartialEq + From<u8>>(number: N, one: &'static str, several: &'static str) -> &'static str {
    if number == N::from(1) { one } else { several }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_is_singular_and_all_else_is_plural() {
        let said = |noun| [0_usize, 1, 2].map(|number| counted(number, noun));
        assert_eq!(
            said("foreign volume"),
            ["0 foreign volumes", "1 foreign volume", "2 foreign volumes"]
        );
        assert_eq!(said("entry"), ["0 entries", "1 entry", "2 entries"]);
        assert_eq!(said("day"), ["0 days", "1 day", "2 days"]);
        assert_eq!(
            [0_u64, 1, 2].map(|number| by_count(number, "is", "are")),
            ["are", "is", "are"]
        );
    }
}
