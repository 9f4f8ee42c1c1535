//! Guessing what a misspelt word was meant to be.

/// The one of `known` that `word` was most likely meant to be, if one is near enough to be worth saying.
pub fn near_miss<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let plain = plain(word);
    known
        .into_iter()
        .map(|candidate| (strsim::damerau_levenshtein(&plain, &self::plain(candidate)), candidate))
        // A third of the word may be wrong: `wirte` is `write`, but `stop` is not `step`'s neighbour `shape`.
        .filter(|(distance, candidate)| *distance <= (candidate.chars().count().min(word.chars().count()) / 3).max(1))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// The word without the differences that people do not see: case, `_` and blanks for `-`.
fn plain(word: &str) -> String {
    // Words longer than any key cannot be near one, and the distance takes quadratic time.
    word.chars()
        .take(64)
        .map(|character| {
            if matches!(character, '_' | ' ') {
                '-'
            } else {
                character.to_ascii_lowercase()
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn transposed_letters_and_underscores_are_seen_through() {
        let verbs = ["write", "read", "expect-connection", "failover"];
        assert_eq!(near_miss("wirte", verbs), Some("write"));
        assert_eq!(near_miss("expect_connection", verbs), Some("expect-connection"));
        assert_eq!(near_miss("Failover", verbs), Some("failover"));
    }

    #[test]
    fn an_unrelated_word_is_not_guessed() {
        assert_eq!(near_miss("teleport", ["write", "read", "mount"]), None);
        assert_eq!(near_miss("", ["write"]), None);
    }
}
