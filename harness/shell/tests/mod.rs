mod errors;
mod local;
mod openssh;
mod quoting;
pub(crate) mod server;
mod ssh;
mod ssh_failures;

/// An error as a user reads it.
pub(crate) fn shown(summary: String, details: Vec<(String, String)>, help: Option<String>) -> String {
    let details: String = details
        .iter()
        .map(|(name, value)| format!("  {name}: {}\n", value.replace('\n', "\n    ")))
        .collect();
    let help = help.map_or_else(String::new, |help| format!("  help: {help}\n"));
    format!("{summary}\n{details}{help}")
}
