//! A report as people read it, within 80 columns.

use super::wrapped::{clean, write_wrapped};
use super::{At, Checked, Fix, Group, Report, Status, Verdict};

/// Where the findings begin.
const INDENT: usize = 13;

/// Which checks a text shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shown {
    /// All of them.
    All,
    /// Those that an operator should look at: not what is ok, and not what is not applicable.
    Notable,
}

impl Shown {
    fn shows(self, status: Status) -> bool {
        self == Shown::All || !matches!(status, Status::Ok | Status::NotApplicable)
    }
}

/// The report as text. With `color`, what needs attention has one.
#[must_use]
pub fn to_text(report: &Report, shown: Shown, color: bool) -> String {
    let mut text = format!(
        "preflight of {} on {}\n",
        clean(&report.backend.to_string()),
        clean(&report.target)
    );
    for group in Group::ALL {
        let is_shown = |checked: &&Checked| checked.group == group && shown.shows(checked.finding.status);
        let of_group: Vec<&Checked> = report.checks.iter().filter(is_shown).collect();
        if of_group.is_empty() {
            continue;
        }
        text.push_str(&format!("\n{}\n", group.heading()));
        for checked in of_group {
            write_check(&mut text, checked, color);
        }
    }
    let (word, paint) = match report.verdict {
        Verdict::Ready => ("READY", "32"),
        Verdict::Unknown => ("UNKNOWN", "33"),
        Verdict::NotReady => ("NOT READY", "31"),
    };
    text.push('\n');
    write_wrapped(
        &mut text,
        &painted(word, paint, color),
        word.len(),
        "  ",
        &report.summary,
        "",
    );
    text
}

fn painted(word: &str, paint: &str, color: bool) -> String {
    if color && !paint.is_empty() {
        format!("\u{1b}[{paint}m{word}\u{1b}[0m")
    } else {
        word.to_owned()
    }
}

fn write_check(text: &mut String, checked: &Checked, color: bool) {
    let finding = &checked.finding;
    let paint = match finding.status {
        Status::Ok | Status::NotApplicable => "",
        Status::Warning | Status::NotChecked => "33",
        Status::Problem => "31",
    };
    let word = finding.status.word();
    let padding = " ".repeat(INDENT.saturating_sub(word.len() + 1));
    text.push_str(&format!(" {}{padding}{}\n", painted(word, paint, color), checked.check));
    let indent = " ".repeat(INDENT + 2);
    for evidence in &finding.evidence {
        for line in evidence.lines() {
            write_wrapped(text, &indent, indent.len(), "", line, "");
        }
    }
    for fix in &finding.fixes {
        match fix {
            Fix::Do(what) => write_wrapped(text, &format!("{indent}> "), indent.len() + 2, "", what, ""),
            Fix::Run { at, command } => {
                let place = match at {
                    At::Here => String::new(),
                    at => format!("{} ", clean(&at.to_string())),
                };
                let prompt = format!("{indent}{place}$ ");
                write_wrapped(text, &prompt, prompt.len(), "", command, " \\");
            }
            Fix::Write { file, line } => {
                write_wrapped(
                    text,
                    &format!("{indent}> "),
                    indent.len() + 2,
                    "",
                    &format!("in {file}:"),
                    "",
                );
                // A line of a configuration file is one line, however long.
                text.push_str(&format!("{indent}    {}\n", clean(line)));
            }
        }
    }
}
