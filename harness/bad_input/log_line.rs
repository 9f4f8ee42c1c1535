//! The cinder-volume log.

use crate::connection::{find_by_attachment, parse_python_literal, parse_python_literal_prefix};
use crate::failure::Failure;

/// The attachment of the captured log.
const ATTACHMENT: &str = "bf75ee6c-701b-4523-b878-f80493955853";

/// A window of the log, and its parts as Python literals.
pub(super) fn log_line(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    // The empty id stands in every line, so every one is read.
    for attachment in [ATTACHMENT, ""] {
        match find_by_attachment(&text, attachment) {
            Ok(Some(found)) => {
                assert_eq!(found.connection_info.attachment_id(), Some(attachment));
                assert!(!found.connection_info.to_string().is_empty());
            }
            Ok(None) => {}
            Err(error) => assert!(!Failure::from(error).to_string().is_empty()),
        }
    }
    let literal = text
        .find("driver {")
        .map_or(&*text, |start| &text[start + "driver ".len()..]);
    match parse_python_literal_prefix(literal) {
        Ok((_, length)) => {
            let whole = literal.get(..length).expect("the literal ends within the text");
            parse_python_literal(whole).expect("a literal that was read is one");
        }
        Err(error) => assert!(error.offset <= literal.len(), "{error}"),
    }
}
