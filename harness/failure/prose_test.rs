//! What a failure says is for people: nothing is decided by it, so rewording it changes no behaviour.

use std::path::{Path, PathBuf};

use regex::Regex;

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if path.is_dir() && !["tests", "golden", "fuzz", "bad_input"].contains(&name.as_str()) {
            sources(&path, found);
        } else if name.ends_with(".rs") && !name.ends_with("tests.rs") && !name.ends_with("_test.rs") {
            found.push(path);
        }
    }
}

#[test]
fn nobody_decides_by_the_words_of_a_failure() {
    let reads = Regex::new(
        r"(?x)
        \b(summary|help)(\(\))?\s*(\.(contains|starts_with|ends_with|find|split\w*|strip_\w+)\(|[=!]=\s)
        |\bdetails(\(\))?\s*\.iter\(\)\s*\.(find|any|all|filter|position)\b",
    );
    let reads = reads.expect("a pattern");
    for text in [
        "failure.summary.contains(\"x\")",
        "error.summary() == \"x\"",
        "failure\n.details\n.iter()\n.find(",
    ] {
        assert!(reads.is_match(text), "{text}");
    }
    let mut files = Vec::new();
    sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("harness"), &mut files);
    assert!(files.len() > 300, "{}", files.len());
    for file in files {
        let text = std::fs::read_to_string(&file).expect("a source");
        // What a test holds against a text is another matter.
        let code = text.split("#[cfg(test)]").next().unwrap_or_default();
        if let Some(found) = reads.find(code) {
            panic!("{} decides by words: {}", file.display(), found.as_str());
        }
    }
}
