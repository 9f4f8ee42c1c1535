//! "Did you mean …?"

/// The name that `wanted` most likely means, if one is near enough to be a slip of the finger.
pub(crate) fn nearest<'names, Name: AsRef<str>>(wanted: &str, names: &'names [Name]) -> Option<&'names str> {
    // Jaro-Winkler likes a common beginning, as a mistyped or half-remembered name has one; below 0.8 its suggestions
    // are no longer what the user meant.
    const NEAR: f64 = 0.8;
    names
        .iter()
        .map(|name| {
            (
                strsim::jaro_winkler(&wanted.to_lowercase(), &name.as_ref().to_lowercase()),
                name.as_ref(),
            )
        })
        .filter(|(likeness, _)| *likeness >= NEAR)
        .max_by(|(left, _), (right, _)| left.total_cmp(right))
        .map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_found_and_a_stranger_is_not() {
        let names = ["simcloud", "production", "lab"];
        assert_eq!(nearest("simclod", &names), Some("simcloud"));
        assert_eq!(nearest("Production", &names), Some("production"));
        assert_eq!(nearest("elsewhere", &names), None);
    }
}
