//! What is edited: real files, and seeds that are known to hurt parsers.

use std::path::{Path, PathBuf};

fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Every file below a folder of the repository whose name ends so, sorted.
pub fn files(folder: &str, ending: &str) -> Vec<Vec<u8>> {
    let mut found: Vec<PathBuf> = Vec::new();
    let mut folders = vec![repository().join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).expect("a folder of the repository") {
            let path = entry.expect("a readable folder").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.to_string_lossy().ends_with(ending) {
                found.push(path);
            }
        }
    }
    found.sort();
    assert!(!found.is_empty(), "{folder} holds no *{ending}");
    found
        .iter()
        .map(|path| std::fs::read(path).expect("a readable file"))
        .collect()
}

fn repeated(text: &str, times: usize) -> Vec<u8> {
    text.repeat(times).into_bytes()
}

/// What hurts a parser of any language.
pub fn of_any_language() -> Vec<Vec<u8>> {
    vec![
        Vec::new(),
        b"\0".to_vec(),
        b"\xff\xfe\x00\x00".to_vec(),
        b"\xef\xbb\xbf".to_vec(),
        b"\xc3\x28\xf0\x28\x8c\xbc".to_vec(),
        b"\xed\xa0\x80 a lone surrogate".to_vec(),
        repeated("[", 200_000),
        repeated("{\"a\":", 200_000),
        repeated("[", 400_000 / 2)
            .into_iter()
            .chain(repeated("]", 400_000 / 2))
            .collect(),
        repeated(" ", 2_000_000),
        repeated("\n", 900_000),
        [b"\"".to_vec(), repeated("x", 2_000_000), b"\"".to_vec()].concat(),
        repeated("9", 500_000),
        b"1e999999999999999999999".to_vec(),
        b"-".to_vec(),
    ]
}

/// What hurts a parser of YAML: deep nesting in both styles, aliases that multiply or go in circles, duplicate and odd keys,
/// tags, documents without end.
pub fn of_yaml() -> Vec<Vec<u8>> {
    let mut laughs = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x]\n");
    for level in 1..30 {
        let before = format!("*a{}, ", level - 1).repeat(9);
        laughs.push_str(&format!("a{level}: &a{level} [{before}]\n"));
    }
    laughs.push_str("scenario: *a29\nsteps: *a29\n");
    let mut deep = String::new();
    for level in 0..3000 {
        deep.push_str(&" ".repeat(level));
        deep.push_str("a:\n");
    }
    vec![
        laughs.into_bytes(),
        deep.into_bytes(),
        repeated("- ", 200_000),
        repeated("? ", 200_000),
        repeated("!!a ", 100_000),
        b"&a [*a, *a]".to_vec(),
        b"scenario: &s { scenario: *s }\n".to_vec(),
        b"scenario: x\nscenario: y\n".to_vec(),
        b"<<: &m { <<: *m }\n".to_vec(),
        b"scenario: !!binary //8=\nsteps: !!set { a, b }\n".to_vec(),
        b"%YAML 9.9\n---\n...\n---\n".to_vec(),
        repeated("---\n", 100_000),
        b"scenario: x\r\nsummary: \"\\u0000\\ud800\"\r\nsteps: [ { write: { guest: 1e999, path: [], text: {} } } ]\r\n"
            .to_vec(),
        "scenario: \u{202e}\u{200d}\u{fe0f}\u{1f469}\u{200d}\u{1f4bb}\t\tx: y: z\n"
            .as_bytes()
            .to_vec(),
        [
            b"scenario: x\nsteps:\n".to_vec(),
            repeated("  - write: { guest: app, path: f, text: t }\n", 15_000),
        ]
        .concat(),
        // Many faults on one long line, each of which is to be shown.
        [
            b"scenario: x\nsummary: y\nsteps: [".to_vec(),
            repeated("{ a: 1 }, ", 3000),
            b"]\n".to_vec(),
        ]
        .concat(),
        [
            b"scenario: x\nresources: { volumes: { ".to_vec(),
            many_volumes(),
            b" } }\nsteps: []\n".to_vec(),
        ]
        .concat(),
        [b"scenario: ".to_vec(), repeated("\t", 50_000), b"}\n".to_vec()].concat(),
    ]
}

fn many_volumes() -> Vec<u8> {
    let volumes = (0..2000).map(|number| format!("v{number}: {{ type: nope, size: 1GiB }}, "));
    volumes.collect::<String>().into_bytes()
}

/// What hurts a reader of targets, in which `${…}` stands for something.
pub fn of_templates() -> Vec<Vec<u8>> {
    let target = |text: &str| format!("target: t\nsummary: \"{text}\"\n").into_bytes();
    vec![
        target(&format!("${{{}", "9".repeat(70_000))),
        target(&format!("${{ {} }}", "(".repeat(8000))),
        target(&format!("${{ a{} }}", ".b".repeat(8000))),
        target("${ [[1] * 100000] * 100000 }"),
        target("${ 'x' * 3000000000 }"),
        target("${ 9 ** 9 ** 9 }"),
        target(&"${".repeat(100_000)),
        target(&"${a}".repeat(4000)),
    ]
}

/// What hurts a parser of Python's literals.
pub fn of_python() -> Vec<Vec<u8>> {
    let line = |dict: &[u8]| {
        [
            b"2026-11-23 12:15:08.542 1 DEBUG cinder.volume.manager [req-1 req-2 - - -] Connection info returned from driver "
                .as_slice(),
            dict,
            b" a0000000-0000-4000-8000-000000000001\n".as_slice(),
        ]
        .concat()
    };
    vec![
        line(&repeated("{'a': ", 100_000)),
        line(&repeated("(", 300_000)),
        line(&repeated("[", 300_000)),
        line(b"{'a': b'\\xff\\xfe', 'b': u'\\ud800', 'c': '\\N{DIGIT ONE}', 'd': '''x'''}"),
        line(b"{'a': 1_000, 'b': 0o17, 'c': 1j, 'd': -0.0, 'e': 1e999}"),
        line(b"{'a': {1, 2, {}}, (1, 2): 3, None: True, True: False}"),
        line(&[b"{'a': '".to_vec(), repeated("\\x41", 500_000), b"'}".to_vec()].concat()),
        line(&[b"{'a': ".to_vec(), repeated("1", 900_000), b"}".to_vec()].concat()),
        line(&[b"{".to_vec(), repeated("'k': 'v', ", 90_000), b"}".to_vec()].concat()),
        line(b"{'a': 'unfinished"),
        line(b"{'a': \xff\xfe}"),
        repeated(
            "Connection info returned from driver {a0000000-0000-4000-8000-000000000001\n",
            10_000,
        ),
    ]
}

/// What hurts a reader of JSON that expects a certain shape.
pub fn of_json() -> Vec<Vec<u8>> {
    vec![
        b"null".to_vec(),
        b"[]".to_vec(),
        b"{}".to_vec(),
        b"{\"volume\": null}".to_vec(),
        b"{\"volume\": []}".to_vec(),
        b"{\"volume\": {\"id\": 1, \"size\": 1e400, \"attachments\": {}}}".to_vec(),
        b"{\"services\": [null, 1, {}, []]}".to_vec(),
        b"{\"a\": 1, \"a\": 2}".to_vec(),
        b"{\"name\": \"\\ud800\"}".to_vec(),
        b"{\"error\": {\"message\": {\"message\": [[[]]]}}}".to_vec(),
        [b"{\"volumes\": [".to_vec(), repeated("{},", 100_000), b"{}]}".to_vec()].concat(),
        [b"{\"services\": ".to_vec(), repeated("[", 100_000)].concat(),
        b"<html><title>\xff</title></html>".to_vec(),
        repeated("<title>", 100_000),
    ]
}
