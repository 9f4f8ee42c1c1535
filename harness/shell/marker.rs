//! The mark at the end of a command's output, which carries its exit status.
//!
//! libssh2 reports 0 for a command whose exit status never came, so a connection that broke, a guest that was cut off or a
//! server that forgot would pass for success. Only the shell that ran the command can have printed the mark.

use uuid::Uuid;

use super::mark_fault::MarkFault;

/// How much is shown of what follows a mark.
const MOST_SHOWN: usize = 500;

/// The mark of one command.
pub(crate) struct Marker(String);

impl Marker {
    /// A mark that no output holds by chance.
    pub(super) fn random() -> Marker {
        Marker(format!("cinder-drill-{}", Uuid::new_v4().simple()))
    }

    /// A mark that is known, for tests.
    pub(crate) fn named(text: &str) -> Marker {
        Marker(text.to_owned())
    }

    /// The command line that runs `command`, prints the mark and ends with the command's own exit status. The newline
    /// before the brace ends a comment or a here-document of the command.
    pub(super) fn wrap(&self, command: &str) -> String {
        format!(
            "{{ {command}\n}}; code=$?; printf '\\n%s %d\\n' {} $code; exit $code",
            self.0
        )
    }

    /// Takes the mark off the end of the standard output. `None` if it is not there: the command did not come to its
    /// end, or nobody told that it did.
    pub(crate) fn take(&self, stdout: &mut Vec<u8>) -> Option<i32> {
        let line = format!("\n{} ", self.0);
        // The mark is last: whatever stands before its line is the command's.
        let tail_start = stdout.len().saturating_sub(line.len() + "255\n".len());
        let tail = &stdout[tail_start..];
        let start = tail.windows(line.len()).rposition(|window| window == line.as_bytes())?;
        let digits = tail[start + line.len()..].strip_suffix(b"\n")?;
        let code = str::from_utf8(digits).ok()?.parse::<u8>().ok()?;
        stdout.truncate(tail_start + start);
        Some(i32::from(code))
    }

    /// What happened to the mark, if it is somewhere and [`Marker::take`] cannot take it: then the command did come to its
    /// end, and something changes what is written.
    pub(crate) fn fault(&self, stdout: &[u8], stderr: &[u8]) -> Option<MarkFault> {
        let line = format!("\n{} ", self.0);
        let find = |bytes: &[u8]| bytes.windows(line.len()).rposition(|window| window == line.as_bytes());
        let Some(start) = find(stdout) else {
            return find(stderr).map(|_| MarkFault::InStandardError);
        };
        let rest = &stdout[start + line.len()..];
        let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let status = str::from_utf8(&rest[..digits])
            .ok()
            .and_then(|text| text.parse::<u8>().ok());
        Some(match (status, &rest[digits..]) {
            (Some(_), b"\r\n" | b"\r") => MarkFault::CarriageReturn,
            (Some(status), [b'\n', after @ ..] | [b'\r', b'\n', after @ ..]) if !after.is_empty() => {
                MarkFault::Followed {
                    status: i32::from(status),
                    by: String::from_utf8_lossy(&after[..after.len().min(MOST_SHOWN)]).into_owned(),
                }
            }
            // The line's end never came.
            (Some(_), []) => return None,
            _ => MarkFault::NoStatus {
                line: String::from_utf8_lossy(rest.split(|byte| *byte == b'\n').next().unwrap_or_default())
                    .chars()
                    .take(MOST_SHOWN)
                    .collect(),
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn take(marker: &Marker, stdout: &str) -> (Option<i32>, String) {
        let mut bytes = stdout.as_bytes().to_vec();
        let code = marker.take(&mut bytes);
        (code, String::from_utf8(bytes).unwrap())
    }

    #[test]
    fn the_exit_status_is_taken_off_the_end() {
        let marker = Marker("mark".to_owned());
        assert_eq!(take(&marker, "out\nput\nmark 0\n"), (Some(0), "out\nput".to_owned()));
        assert_eq!(take(&marker, "\nmark 255\n"), (Some(255), String::new()));
        assert_eq!(
            take(&marker, "ends with a newline\n\nmark 7\n"),
            (Some(7), "ends with a newline\n".to_owned())
        );
        assert_eq!(
            take(&marker, "\nmark 1\n\nmark 2\n"),
            (Some(2), "\nmark 1\n".to_owned())
        );
    }

    #[test]
    fn a_mark_that_is_not_whole_is_no_exit_status() {
        let marker = Marker("mark".to_owned());
        for stdout in [
            "",
            "out",
            "mark 0\n",
            "\nmark 0",
            "\nmark \n",
            "\nmark 256\n",
            "\nmark -1\n",
            "\nmark 0\nmore",
            "\nmark x\n",
        ] {
            assert_eq!(take(&marker, stdout), (None, stdout.to_owned()), "{stdout:?}");
        }
    }

    #[test]
    fn a_mark_that_was_disturbed_says_how() {
        let marker = Marker("mark".to_owned());
        let fault = |stdout: &str, stderr: &str| marker.fault(stdout.as_bytes(), stderr.as_bytes());
        assert_eq!(fault("out\r\n\r\nmark 0\r\n", ""), Some(MarkFault::CarriageReturn));
        assert_eq!(
            fault("out\nmark 7\nGood bye\n", ""),
            Some(MarkFault::Followed {
                status: 7,
                by: "Good bye\n".to_owned()
            })
        );
        assert_eq!(fault("out", "\nmark 0\n"), Some(MarkFault::InStandardError));
        assert_eq!(
            fault("\nmark 999\n", ""),
            Some(MarkFault::NoStatus { line: "999".to_owned() })
        );
        for nothing in ["", "out", "mark 0\n", "\nmark 0", "\nmar"] {
            assert_eq!(fault(nothing, nothing), None, "{nothing:?}");
        }
    }

    #[test]
    fn two_marks_differ() {
        assert_ne!(Marker::random().0, Marker::random().0);
    }

    proptest! {
        #[test]
        fn any_output_comes_back_as_it_was(output in proptest::collection::vec(any::<u8>(), 0..200), code in 0..=255_i32) {
            let marker = Marker::random();
            let mut stdout = output.clone();
            stdout.extend_from_slice(format!("\n{} {code}\n", marker.0).as_bytes());
            prop_assert_eq!(marker.take(&mut stdout), Some(code));
            prop_assert_eq!(stdout, output);
        }

        #[test]
        fn arbitrary_output_has_no_mark(output in proptest::collection::vec(any::<u8>(), 0..200)) {
            let mut stdout = output.clone();
            prop_assert_eq!(Marker::random().take(&mut stdout), None);
            prop_assert_eq!(stdout, output);
        }
    }
}
