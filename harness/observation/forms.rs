//! What a command printed, as far as it is kept.

use serde::{Deserialize, Serialize};

use super::Shape;
use super::stable::stable;

/// Commands whose plain output is kept, line by line, with ids and numbers replaced: what they print holds no secret.
/// Others print files of a guest, or keys.
const OPEN: [&str; 7] = [
    "rbd info",
    "rbd ls",
    "rbd snap ls",
    "rbd status",
    "rbd mirror image",
    "rbd mirror pool info",
    "rbd mirror pool status",
];

/// What a command printed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Printed {
    /// Nothing.
    Nothing,
    /// JSON of this shape.
    Json(Shape),
    /// Lines, with what differs from run to run replaced.
    Lines(Vec<String>),
    /// Text that is not kept.
    Text,
}

impl Printed {
    /// What `command`, without prefix and arguments that only say where to ask, printed to its standard output.
    #[must_use]
    pub fn of(command: &str, stdout: &[u8]) -> Printed {
        if stdout.iter().all(u8::is_ascii_whitespace) {
            return Printed::Nothing;
        }
        if let Some(shape) = Shape::of_bytes(stdout).filter(|_| matches!(stdout.first(), Some(b'{' | b'['))) {
            return Printed::Json(shape);
        }
        if OPEN.iter().any(|open| command.starts_with(open)) {
            let text = String::from_utf8_lossy(stdout);
            return Printed::Lines(stable_lines(&text).into_iter().map(|line| numbers(&line)).collect());
        }
        Printed::Text
    }
}

/// The lines of a text without what differs from run to run, sorted, since those of two threads come in any order.
#[must_use]
pub fn stable_lines(text: &str) -> Vec<String> {
    // A thread of librbd's may write its line between another one and its newline.
    let text = stable(text).replace("<stamp>", "\n<stamp>");
    let mut lines: Vec<String> = text
        .lines()
        .map(str::trim_end)
        .filter(|line| !line.is_empty())
        .map(str::to_owned)
        .collect();
    lines.sort();
    lines
}

/// A line with its numbers replaced.
fn numbers(line: &str) -> String {
    let mut replaced = String::with_capacity(line.len());
    let mut last = ' ';
    for letter in line.chars() {
        let is_number = letter.is_ascii_digit() && !last.is_ascii_alphabetic();
        if is_number && last != '#' {
            replaced.push('#');
        } else if !is_number {
            replaced.push(letter);
        }
        last = if is_number { '#' } else { letter };
    }
    replaced
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn lines_that_two_threads_wrote_at_once_are_told_apart() {
        let line = |rest: &str| format!("2026-11-24T15:30:35.759+0000 7fb2f65d06c0 -1 {rest}");
        let (first, second) = (line("handle_get_info: image is primary"), line("failed to promote"));
        let apart = stable_lines(&format!("{first}\n{second}\nrbd: error\n"));
        assert_eq!(apart, stable_lines(&format!("{first}\nrbd: error{second}\n\n")));
        assert_eq!(apart.len(), 3);
    }

    #[test]
    fn outputs_have_forms() {
        assert_eq!(Printed::of("rbd info pool/image", b" \n"), Printed::Nothing);
        assert_eq!(
            Printed::of("rbd info x --format json", b"{\"size\":5}"),
            Printed::Json(Shape::of(&json!({"size": 5})))
        );
        assert_eq!(
            Printed::of("rbd info x", b"size 1 GiB in 256 objects\nid: 5e1f22aa31bc\n\n"),
            Printed::Lines(vec!["id: <id>".to_owned(), "size # GiB in # objects".to_owned()])
        );
        // What a guest's file holds, and what only root of a storage may see, is not recorded.
        assert_eq!(Printed::of("cat failover-dr", b"# Before\n"), Printed::Text);
        assert_eq!(Printed::of("ceph auth get-key client.x", b"AQD=="), Printed::Text);
        assert_eq!(
            Printed::of("rbd mirror pool peer bootstrap create p", b"ey=="),
            Printed::Text
        );
    }
}
