//! Whether to color.

use std::io::IsTerminal;

use clap::ValueEnum;

/// When to color what is shown.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, ValueEnum)]
pub enum ColorChoice {
    /// On a terminal, unless NO_COLOR is set (<https://no-color.org>).
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

impl ColorChoice {
    /// Whether to color what goes to this stream.
    #[must_use]
    pub fn colors(self, stream: &impl IsTerminal) -> bool {
        let refused = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        match self {
            ColorChoice::Auto => stream.is_terminal() && !refused,
            ColorChoice::Always => true,
            ColorChoice::Never => false,
        }
    }
}
