//! The texts in the documentation are what a preflight says.

use cinder_drill::preflight::{Report, Shown, to_text};
use simcloud::Misconfiguration;

use crate::boxes::{report_of, repository, stable};

/// How the documentation marks a text: the line before its fence, and what follows it.
const MARK: &str = "<!-- preflight of ";

/// The name of the box that is set up as it should be.
const HEALTHY: &str = "healthy";

async fn text_of(name: &str) -> String {
    let (report, shown): (Report, Shown) = if name == HEALTHY {
        (report_of(&[]).await, Shown::All)
    } else {
        let broken: Misconfiguration = name.parse().expect("a misconfiguration");
        (report_of(&[broken]).await, Shown::Notable)
    };
    stable(&to_text(&report, shown, false))
}

/// Run with `UPDATE_DOCS=1` to write the texts anew.
#[tokio::test(flavor = "multi_thread")]
async fn the_texts_in_the_documentation_are_what_a_preflight_says() {
    let path = repository().join("harness/docs/preflight.md");
    let page = std::fs::read_to_string(&path).expect("the page");
    let mut written = String::new();
    let mut names = Vec::new();
    let mut rest = page.as_str();
    while let Some(at) = rest.find(MARK) {
        let (before, from) = rest.split_at(at);
        let (line, after) = from.split_once('\n').expect("a line");
        let name = line[MARK.len()..].trim_end_matches("-->").trim();
        let after = after.strip_prefix("```text\n").expect("a fence behind the mark");
        let end = after.find("```").expect("the end of the fence");
        written.push_str(before);
        written.push_str(&format!("{line}\n```text\n{}```", text_of(name).await));
        names.push(name.to_owned());
        rest = &after[end + 3..];
    }
    written.push_str(rest);
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&path, &written).expect("written");
    }
    for known in Misconfiguration::ALL {
        assert!(
            names.iter().any(|name| name == known.name()),
            "the page does not show {known}"
        );
    }
    assert!(names.iter().any(|name| name == HEALTHY));
    let mut within = false;
    for line in written.lines() {
        within = if line.starts_with("```") {
            line == "```text"
        } else {
            within
        };
        // A line of a configuration file is one line, however long.
        let fits = line.chars().count() <= 80 || line.contains("replication_device =");
        assert!(!within || fits, "wider than 80 columns: {line}");
    }
    let page = std::fs::read_to_string(&path).expect("the page");
    similar_asserts(&page, &written);
}

fn similar_asserts(page: &str, written: &str) {
    if page != written {
        let difference = similar::TextDiff::from_lines(page, written);
        panic!(
            "harness/docs/preflight.md is not what a preflight says; run `UPDATE_DOCS=1 cargo test --test preflight`\n{}",
            difference.unified_diff().context_radius(2)
        );
    }
}
