//! Who shows each command that a run sends to a site or a guest, for `run --verbose`. Requests are events; commands are not.

use std::fmt;
use std::io::{Write, stderr};
use std::path::Path;
use std::sync::OnceLock;

use crate::cloud::AnswerRecord;
use crate::connection::ConnectionInfo;
use crate::failure::Failure;
use crate::redaction::Secrets;
use crate::report::printable;
use crate::session::{Before, Context, Observer};
use crate::shell::{CommandObserver, CommandRecord};
use crate::targets::Target;

/// How many characters of a command are shown.
const MOST: usize = 300;

/// Shows each command that has ended.
#[derive(Default)]
pub(super) struct Narrator {
    /// What must not be shown. Until the run has said it nothing is.
    secrets: OnceLock<Secrets>,
}

impl fmt::Debug for Narrator {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Narrator")
    }
}

/// A command in one line, without secrets.
fn line(record: &CommandRecord<'_>, secrets: &Secrets) -> String {
    let command = secrets.hidden_in(record.command);
    let words: Vec<&str> = command.split_whitespace().collect();
    let whole = printable(&words.join(" "));
    let mut shown: String = whole.chars().take(MOST).collect();
    if shown.len() < whole.len() {
        shown.push('…');
    }
    format!("{:>18}  {:<18} {}: {shown}", "", "command", record.place)
}

impl CommandObserver for Narrator {
    fn ran(&self, record: &CommandRecord<'_>) {
        if let Some(secrets) = self.secrets.get() {
            // A run must not end because its terminal did.
            let _ = writeln!(stderr(), "{}", line(record, secrets));
        }
    }
}

impl Observer for Narrator {
    fn begins(&self, _: &Target, _: Option<&Path>, secrets: &Secrets) -> Result<(), Failure> {
        self.secrets.get_or_init(|| secrets.clone());
        Ok(())
    }

    fn answered(&self, _: &AnswerRecord<'_>) {}

    fn logged(&self, _: &ConnectionInfo) {}

    fn before_step<'a>(&'a self, _: &str, _: &str, _: &'a mut Context) -> Option<Before<'a>> {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shell::Output;

    #[test]
    fn a_command_is_one_line_without_secrets_and_control_characters() {
        let secrets = Secrets::default();
        secrets.learn("hunter2hunter2");
        let output = Output {
            exit_code: 0,
            stdout: Vec::new(),
            stderr: Vec::new(),
            duration: std::time::Duration::ZERO,
            place: "site-a".to_owned(),
        };
        let said = |command: &str| {
            let record = CommandRecord {
                place: "site",
                command,
                output: &output,
            };
            line(&record, &secrets)
        };
        let shown = said("rbd \u{1b}[2J info\n  --keyring hunter2hunter2");
        assert!(
            !shown.contains("hunter2") && !shown.contains(['\n', '\u{1b}']),
            "{shown}"
        );
        assert!(shown.contains("site: rbd"), "{shown}");
        assert!(said(&"x".repeat(1000)).chars().count() < 400);
    }
}
