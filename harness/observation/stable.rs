//! Texts without what differs from run to run.

use std::sync::LazyLock;

use regex::Regex;

/// What differs from run to run, and what stands for it. The order matters: longer forms first.
static RULES: LazyLock<Vec<(Regex, &str)>> = LazyLock::new(|| {
    [
        // A token or key would not be in a text that is kept; if one is, it goes.
        (r"\bgAAAA[\w=-]{20,}", "<token>"),
        (r"\bAQ[\w+/]{36}==", "<key>"),
        (r"\bcinder-drill-\d{8}-\d{6}-[0-9a-f]{4}\b", "cinder-drill-<run>"),
        (r"\b\d{8}-\d{6}-[0-9a-f]{4}\b", "<run>"),
        (r"\bcinder-drill-marker-[0-9a-f]{32}\b", "<marker>"),
        (r"\breq-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b", "<request>"),
        (r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b", "<id>"),
        // The serial of a virtio disk is the beginning of a volume's id.
        (r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]\b", "<serial>"),
        (r"\b[0-9a-f]{64}\b", "<digest>"),
        (r"\b[0-9a-f]{32}\b", "<id>"),
        // librbd's log lines: time and thread.
        (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+\+\d{4} [0-9a-f]+ ", "<stamp> "),
        (
            r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|\+\d\d:?\d\d)?",
            "<time>",
        ),
        (r"\b[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d \d{4}", "<time>"),
        (r"\b0x[0-9a-f]+\b", "<pointer>"),
        (r"(rbd_data\.|\bid: |\bjournal: )[0-9a-f]{8,}", "$1<id>"),
        (r"\b(?:\d{1,3}\.){3}\d{1,3}(?::\d+)?\b", "<address>"),
        (r"/dev/(?:vd|sd|xvd)[a-z]+\b", "<disk>"),
        (r"https?://<address>[^\s'\x22]*", "<url>"),
    ]
    .into_iter()
    .map(|(pattern, name)| (Regex::new(pattern).expect("the pattern is a constant and tested"), name))
    .collect()
});

/// An id of OpenStack's, with or without dashes.
static ID: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}$").expect("the pattern is a constant and tested")
});

/// A text in which ids, addresses, times and names of runs are replaced by what they are, so two runs give the same.
#[must_use]
pub fn stable(text: &str) -> String {
    let mut text = text.to_owned();
    for (pattern, name) in RULES.iter() {
        if let std::borrow::Cow::Owned(replaced) = pattern.replace_all(&text, *name) {
            text = replaced;
        }
    }
    text
}

/// Whether a text is an id and nothing else.
pub(super) fn is_id(text: &str) -> bool {
    ID.is_match(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_differs_from_run_to_run_is_named() {
        for (text, expected) in [
            (
                "Volume 6b0e9b1d-1f5c-4a29-8b2d-3cfd27d2a1b9 could not be found.",
                "Volume <id> could not be found.",
            ),
            (
                "volume cinder-drill-20261124-013410-ecfc-root",
                "volume cinder-drill-<run>-root",
            ),
            (
                "2026-11-23T11:34:06.518+0000 7f97e5d1e6c0 -1 librbd::mirror::PromoteRequest: 0x7f97cc001c60 handle",
                "<stamp> -1 librbd::mirror::PromoteRequest: <pointer> handle",
            ),
            ("guest app at 127.253.39.2:22", "guest app at <address>"),
            (
                "grep -lx 6b0e9b1d-1f5c-4a29-8 /sys/block/*/serial",
                "grep -lx <serial> /sys/block/*/serial",
            ),
            ("mount /dev/vdb /mnt/data", "mount <disk> /mnt/data"),
            ("key AQDHVcdlZ3VrDhAAsq1eXCWKhmM+xJ1hKGp5Kw==", "key <key>"),
            ("(2) No such file or directory", "(2) No such file or directory"),
        ] {
            assert_eq!(stable(text), expected);
        }
    }

    #[test]
    fn ids_are_told_from_words() {
        assert!(is_id("6b0e9b1d-1f5c-4a29-8b2d-3cfd27d2a1b9") && is_id("834920a18dd247a38dc1d9b0eb591ea2"));
        assert!(!is_id("detail") && !is_id("6b0e9b1d") && !is_id(""));
    }

    proptest::proptest! {
        #[test]
        fn what_is_stable_stays(text in "[ -~]{0,120}") {
            let once = stable(&text);
            proptest::prop_assert_eq!(stable(&once), once);
        }
    }
}
