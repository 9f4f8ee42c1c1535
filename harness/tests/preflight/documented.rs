//! The texts in the documentation are what a preflight says.

use std::path::PathBuf;

use cinder_drill::internals::preflight::{Report, Shown, to_text};
use simcloud::Misconfiguration;

use crate::boxes::{report_of, stable};
use crate::commands::{SIMCLOUD, target};
use crate::common::cinder_drill;
use crate::common::repository;

/// How the documentation marks a text of each command: the line before its fence begins so.
const PREFLIGHT: &str = "<!-- preflight of ";
const ENABLE: &str = "<!-- enable ";

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

/// What `cinder-drill enable` prints on a box: `--dry-run on bare`, `on healthy`.
fn enabled(name: &str) -> String {
    let (options, name) = name.split_once("on ").expect("on which box");
    let folder = tempfile::tempdir().expect("a folder");
    let broken = if name == HEALTHY {
        String::new()
    } else {
        format!(", broken: [{name}]")
    };
    let target = target(
        folder.path(),
        &[(SIMCLOUD, &format!("simcloud: {{ seed: 1{broken} }}"))],
    );
    let mut arguments = vec!["enable", "--target", &target];
    arguments.extend(options.split_whitespace());
    let output = cinder_drill(&arguments);
    assert_eq!(output.status.code(), Some(0));
    stable(&String::from_utf8(output.stdout).expect("UTF-8"))
        .trim_start()
        .to_owned()
}

/// Run with `UPDATE_DOCS=1` to write the texts anew.
#[tokio::test(flavor = "multi_thread")]
async fn the_texts_in_the_documentation_of_preflight_are_what_it_says() {
    let mut names = Vec::new();
    let mut written = Page::read("preflight.md", PREFLIGHT);
    while let Some(name) = written.next() {
        written.put(&text_of(&name).await);
        names.push(name);
    }
    for known in Misconfiguration::ALL {
        assert!(
            names.iter().any(|name| name == known.name()),
            "the page does not show {known}"
        );
    }
    assert!(names.iter().any(|name| name == HEALTHY));
    written.must_be_current();
}

/// Run with `UPDATE_DOCS=1` to write the texts anew.
#[test]
fn the_texts_in_the_documentation_of_enable_are_what_it_says() {
    let mut written = Page::read("enable.md", ENABLE);
    let mut count = 0;
    while let Some(name) = written.next() {
        written.put(&enabled(&name));
        count += 1;
    }
    assert_eq!(count, 3);
    written.must_be_current();
}

/// A page whose marked texts are made anew.
struct Page {
    path: PathBuf,
    mark: &'static str,
    before: String,
    written: String,
    rest: String,
}

impl Page {
    fn read(name: &str, mark: &'static str) -> Page {
        let path = repository().join("harness/docs").join(name);
        let before = std::fs::read_to_string(&path).expect("the page");
        Page {
            path,
            mark,
            written: String::new(),
            rest: before.clone(),
            before,
        }
    }

    /// What stands in the next mark; its text is to be put.
    fn next(&mut self) -> Option<String> {
        let at = self.rest.find(self.mark)?;
        let from = self.rest.split_off(at);
        let (line, after) = from.split_once('\n').expect("a line");
        self.written.push_str(&self.rest);
        self.written.push_str(&format!("{line}\n"));
        let name = line[self.mark.len()..].trim_end_matches("-->").trim().to_owned();
        let text = after.strip_prefix("```text\n").expect("a fence behind the mark");
        let end = text.find("```").expect("the end of the fence");
        self.rest = text[end + 3..].to_owned();
        Some(name)
    }

    fn put(&mut self, text: &str) {
        for line in text.lines() {
            // A line of a configuration file is one line, however long.
            let fits = line.chars().count() <= 80 || line.contains("replication_device =");
            assert!(fits, "wider than 80 columns: {line}");
        }
        self.written.push_str(&format!("```text\n{text}```"));
    }

    fn must_be_current(self) {
        let written = self.written + &self.rest;
        if std::env::var_os("UPDATE_DOCS").is_some() {
            std::fs::write(&self.path, &written).expect("written");
        } else if self.before != written {
            let difference = similar::TextDiff::from_lines(&self.before, &written);
            panic!(
                "{} is not what the program says; run `UPDATE_DOCS=1 cargo test --test preflight`\n{}",
                self.path.display(),
                difference.unified_diff().context_radius(2)
            );
        }
    }
}
