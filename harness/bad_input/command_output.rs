//! What commands print.

use crate::guest::mounts_of_table;
use crate::shell::Marker;

/// Output of a command: its mark is taken off the end, and the rest is read as a table of mounts.
pub(super) fn command_output(bytes: &[u8]) {
    let marker = Marker::named("mark");
    let mut stdout = bytes.to_vec();
    match marker.take(&mut stdout) {
        Some(code) => {
            assert!((0..=255).contains(&code));
            // Nothing but the mark is taken.
            let mark = bytes.strip_prefix(stdout.as_slice()).expect("the beginning stays");
            assert!(mark.starts_with(b"\nmark ") && mark.ends_with(b"\n"));
        }
        None => assert_eq!(stdout, bytes),
    }
    let text = String::from_utf8_lossy(&stdout);
    if let Some(mounts) = mounts_of_table(&text) {
        assert!(mounts.len() <= text.lines().count());
    }
}
