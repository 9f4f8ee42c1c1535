//! The bodies of the services' answers.

use crate::cloud::errors_of_body;
use crate::failure::Failure;

/// A body, read as every kind of answer.
pub(super) fn api_body(bytes: &[u8]) {
    for error in errors_of_body(bytes) {
        let shown = Failure::from(error).to_string();
        assert!(shown.contains("http://box/"), "{shown}");
        assert!(shown.len() < 20_000, "{} bytes", shown.len());
    }
}
