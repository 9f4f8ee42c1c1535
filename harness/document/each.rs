//! `each`: one word for all that share a name.

/// What of a kind is meant, all at once.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Each<'t> {
    /// `each`: all of them.
    Any,
    /// `each data`: those that were declared together under this name.
    Of(&'t str),
}

impl<'t> Each<'t> {
    /// What a text says, if it says so.
    pub fn of(text: &'t str) -> Option<Each<'t>> {
        let rest = text.strip_prefix("each")?;
        match rest.strip_prefix(' ').map(str::trim) {
            None => rest.is_empty().then_some(Each::Any),
            Some(name) => crate::names::is_name(name).then_some(Each::Of(name)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_is_a_word_of_its_own() {
        assert_eq!(Each::of("each"), Some(Each::Any));
        assert_eq!(Each::of("each data"), Some(Each::Of("data")));
        for other in [
            "data",
            "each-one",
            "eachdata",
            "each two words",
            "Each",
            "",
            "each ",
            "each Data",
        ] {
            assert_eq!(Each::of(other), None, "{other:?}");
        }
    }
}
