//! What a failed attempt means, by the transport's errors.

use std::error::Error;
use std::io;
use std::sync::LazyLock;
use std::time::Duration;

use regex::Regex;

use crate::cloud::error::{ApiErrorKind, LostAnswer, Unreachable};

/// An error of OpenSSL: number, library, function, reason, file and line, of which only the reason helps a user.
static OPENSSL_ERROR: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"error:[0-9A-Fa-f]+:[^:]*:[^:]*:([^:]+):[^:]*:[0-9]+:").expect("the pattern is a constant and tested")
});

/// The transport's words, causes included, without the URL (errors say it elsewhere, with secrets masked).
pub(super) fn words(error: &reqwest::Error) -> String {
    // reqwest's own first line ("error sending request for url …") says nothing that the cause does not say better.
    let mut words: Vec<String> = Vec::new();
    let mut source = error.source();
    while let Some(cause) = source {
        let text = OPENSSL_ERROR.replace_all(&cause.to_string(), "$1").into_owned();
        // hyper's layers name themselves ("client error (Connect)") before they pass on what happened.
        if !text.starts_with("client error (") && !words.last().is_some_and(|last| last.contains(&text)) {
            words.push(text);
        }
        source = cause.source();
    }
    if words.is_empty() {
        "the transport says no more".to_owned()
    } else {
        words.join(": ")
    }
}

/// Makes an error of a failed attempt. `changes` is whether the request changes something, `timeout` what it was given.
pub(super) fn kind_of(error: &reqwest::Error, changes: bool, timeout: Duration) -> ApiErrorKind {
    let message = words(error);
    if error.is_builder() {
        return ApiErrorKind::Setup {
            message: format!("the request cannot be made: {message}"),
        };
    }
    // A failure to connect, the TLS handshake included, comes before the request is written: even a change is not done.
    if error.is_connect() {
        return match connect_fault(error, &message) {
            None => ApiErrorKind::CertificateNotTrusted { message },
            Some(cause) => ApiErrorKind::Unreachable { cause, message },
        };
    }
    match (error.is_timeout(), changes) {
        (true, false) => ApiErrorKind::TimedOut { after: timeout },
        (true, true) => ApiErrorKind::AnswerLost(LostAnswer::TimedOut { after: timeout }),
        (false, false) => ApiErrorKind::Interrupted { message },
        (false, true) => ApiErrorKind::AnswerLost(LostAnswer::Broken(message)),
    }
}

/// Whether a read may come through when it is tried again.
pub(super) fn may_pass(kind: &ApiErrorKind) -> bool {
    match kind {
        ApiErrorKind::Unreachable { cause, .. } => *cause != Unreachable::NotTls,
        ApiErrorKind::TimedOut { .. } | ApiErrorKind::Interrupted { .. } => true,
        _ => false,
    }
}

/// Why there is no connection; nothing for a certificate that is not trusted.
fn connect_fault(error: &reqwest::Error, message: &str) -> Option<Unreachable> {
    // OpenSSL's reasons have no types, so its words decide: "certificate verify failed", with the detail in brackets;
    // an HTTP server that is spoken to in TLS shows as a wrong version, or as a record or packet that makes no sense.
    let message = message.to_lowercase();
    if message.contains("certificate") {
        return None;
    }
    Some(if error.is_dns() {
        Unreachable::NameUnknown
    } else if io_kind(error) == Some(io::ErrorKind::ConnectionRefused) {
        Unreachable::Refused
    } else if error.is_timeout() {
        Unreachable::NoReply
    } else if ["wrong version number", "record layer", "packet length", "http request"]
        .iter()
        .any(|words| message.contains(words))
    {
        Unreachable::NotTls
    } else {
        Unreachable::Other
    })
}

fn io_kind(error: &reqwest::Error) -> Option<io::ErrorKind> {
    let mut source = error.source();
    while let Some(cause) = source {
        if let Some(error) = cause.downcast_ref::<io::Error>() {
            return Some(error.kind());
        }
        source = cause.source();
    }
    None
}

#[cfg(test)]
mod tests {
    use super::OPENSSL_ERROR;

    #[test]
    fn of_openssl_only_the_reason_is_shown() {
        let text = "error:0A000086:SSL routines:tls_post_process_server_certificate:certificate verify failed:\
                    ssl/statem/statem_clnt.c:2125: (self-signed certificate)";
        assert_eq!(
            OPENSSL_ERROR.replace_all(text, "$1"),
            "certificate verify failed (self-signed certificate)"
        );
    }
}
