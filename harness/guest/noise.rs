//! What stands between a file's content and its reader: it is no lost data.

use crate::counted::{by_count, counted};

/// How a content that was read differs from what was written only by what something wrote along with it; `None` if it
/// differs otherwise. Says nothing of what the file holds: who asks must know that the file's digest is another than that
/// of what was read.
#[must_use]
pub(crate) fn noise(written: &[u8], seen: &[u8]) -> Option<String> {
    if written.is_empty() || seen == written {
        return None;
    }
    if without_carriage_returns(seen) == without_carriage_returns(written) {
        return Some("its line ends are CR LF, as in a terminal".to_owned());
    }
    let start = find(seen, written)?;
    let (before, after) = (start, seen.len() - start - written.len());
    Some(match (before, after) {
        (0, after) => format!(
            "{} {} its content",
            counted(after, "byte"),
            by_count(after, "follows", "follow")
        ),
        (before, 0) => format!(
            "{} {} its content",
            counted(before, "byte"),
            by_count(before, "precedes", "precede")
        ),
        (before, after) => format!("{} before its content, and {after} after it", counted(before, "byte")),
    })
}

fn without_carriage_returns(bytes: &[u8]) -> Vec<u8> {
    bytes.iter().copied().filter(|byte| *byte != b'\r').collect()
}

fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes.windows(wanted.len()).position(|window| window == wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_beside_a_content_is_noise_and_a_changed_content_is_not() {
        let written = b"one\ntwo\n";
        let said = |seen: &[u8]| noise(written, seen).unwrap_or_else(|| "none".to_owned());
        let said: Vec<String> = [
            &b"one\r\ntwo\r\n"[..],
            b"welcome\none\ntwo\n",
            b"one\ntwo\n\n",
            b"one\ntwo\none\ntwo\n",
            b"hi\none\ntwo\nbye",
            b"one\ntwo\n",
            b"one\n",
            b"",
            b"one\nTWO\n",
        ]
        .iter()
        .map(|seen| said(seen))
        .collect();
        insta::assert_snapshot!(said.join("\n"), @r"
        its line ends are CR LF, as in a terminal
        8 bytes precede its content
        1 byte follows its content
        8 bytes follow its content
        3 bytes before its content, and 3 after it
        none
        none
        none
        none
        ");
        assert_eq!(noise(b"", b"x"), None);
    }
}
