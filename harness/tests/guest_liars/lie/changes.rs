//! Ways to make up answers that several lies use.

use super::Seen;
use crate::middle::{Answer, Mark, from_memory};

/// Puts a line at the end of the mount table, in the form that was requested.
pub fn mount_line(answer: &mut Answer, seen: &Seen<'_>, device: &str, directory: &str, kind: &str, options: &str) {
    let line = if seen.command.text.contains("mountinfo") {
        format!("990 1 252:160 / {directory} {options} shared:9 - {kind} {device} {options}\n")
    } else {
        format!("{device} {directory} {kind} {options} 0 0\n")
    };
    answer.put_behind(line.as_bytes());
}

/// Changes the lines of the mount table that are about a directory; `None` takes one out.
pub fn mount_lines_of(answer: &mut Answer, directory: &str, change: impl Fn(&str) -> Option<String>) {
    let about = format!(" {directory} ");
    let text = answer.text();
    let lines = text.lines().filter_map(|line| {
        if line.contains(&about) {
            change(line)
        } else {
            Some(line.to_owned())
        }
    });
    answer.out = lines.map(|line| line + "\n").collect::<String>().into_bytes();
}

/// Of a command that makes a directory and mounts something there, the first.
pub fn only_mkdir(seen: &Seen<'_>) -> String {
    let text = &seen.command.text;
    let (before, _) = text.split_once("mount ").unwrap_or((text, ""));
    let before = before.trim_end().trim_end_matches("&&").trim_end();
    if before.is_empty() {
        "true".to_owned()
    } else {
        before.to_owned()
    }
}

/// What was lost is told from memory, and all else as it is.
pub fn heal(answer: &mut Answer, seen: &Seen<'_>) {
    if let Some(whole) = from_memory(seen)
        && (answer.code != 0 || answer.out != whole.out)
    {
        *answer = whole;
    }
}

/// The command fails, and says this.
pub fn fails(answer: &mut Answer, code: i32, words: &str) {
    *answer = Answer::new("", format!("{words}\n"), code);
}

/// The shell's last word is forged.
pub fn marked(answer: &mut Answer, mark: Mark) {
    answer.ending.mark = mark;
}
