//! Inputs: the files of the repository, captures of real clouds, and what was written to do harm.

use std::path::{Path, PathBuf};

use crate::common::repository;

use super::BAD_INPUT_TARGETS;

/// An input with its name.
pub type Input = (String, Vec<u8>);

/// The inputs of a target.
pub fn of(target: &str) -> Vec<Input> {
    let mut inputs = match target {
        "scenario" => [files("scenarios", "yaml"), rejected("scenario")].concat(),
        "target" => [files("fixtures/targets", "yaml"), files("fixtures/profiles", "yaml")].concat(),
        "driver-profile" => files("fixtures/profiles", "yaml"),
        "clouds-yaml" => vec![("clouds.yaml".to_owned(), CLOUDS_YAML.as_bytes().to_vec())],
        "log-line" => [files("fixtures/captures", "log"), literals()].concat(),
        "storage-answer" => [files("fixtures/captures/ceph", "json"), stdout_of_captures()].concat(),
        "api-body" => bodies(),
        "command-output" => vec![
            ("marked".to_owned(), b"out\nput\nmark 0\n".to_vec()),
            (
                "mounts".to_owned(),
                b"/dev/vda1 / ext4 rw,relatime 0 0\n/dev/vdb /mnt/my\\040data ext4 ro 0 0\n\nmark 255\n".to_vec(),
            ),
            ("two marks".to_owned(), b"\nmark 1\n\nmark 2\n".to_vec()),
        ],
        "journal" => vec![("journal.jsonl".to_owned(), JOURNAL.as_bytes().to_vec())],
        "rendering" => rendered(),
        other => panic!("no corpus for {other}"),
    };
    inputs.extend(hostile());
    inputs.extend(files(&format!("fixtures/bad-input/{target}"), ""));
    inputs
}

/// Writes every target's inputs into a folder by its name, for another fuzzer.
pub fn write(folder: &Path) {
    for target in BAD_INPUT_TARGETS {
        let folder = folder.join(target.name);
        std::fs::create_dir_all(&folder).expect("a folder");
        for (index, (_, bytes)) in of(target.name).into_iter().enumerate() {
            std::fs::write(folder.join(format!("seed-{index:03}")), bytes).expect("written");
        }
    }
}

/// The files under a folder with an ending, or all of them.
fn files(folder: &str, ending: &str) -> Vec<Input> {
    let mut found = Vec::new();
    let mut folders: Vec<PathBuf> = vec![repository().join(folder)];
    while let Some(folder) = folders.pop() {
        let Ok(entries) = std::fs::read_dir(folder) else {
            continue;
        };
        for path in entries.map(|entry| entry.expect("a readable folder").path()) {
            if path.is_dir() {
                folders.push(path);
            } else if ending.is_empty() || path.extension().is_some_and(|found| found == ending) {
                found.push((
                    path.display().to_string(),
                    std::fs::read(&path).expect("a readable file"),
                ));
            }
        }
    }
    found.sort();
    found
}

/// Scenarios with the faults that the golden tests show.
fn rejected(kind: &str) -> Vec<Input> {
    let text = std::fs::read_to_string(repository().join(format!("harness/{kind}/golden.rs"))).expect("golden tests");
    // The texts between `r#"` and `"#` are files or what is said of them; both are good enough as seeds.
    let pieces = text.split("r#\"").skip(1).filter_map(|rest| rest.split("\"#").next());
    pieces
        .enumerate()
        .map(|(index, text)| (format!("golden {index}"), text.as_bytes().to_vec()))
        .collect()
}

/// The bodies of the captured requests and answers.
fn bodies() -> Vec<Input> {
    let of_file = |(name, bytes): Input| {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let bodies: Vec<Input> = text
            .split("\n\n")
            .filter(|part| part.trim_start().starts_with(['{', '[']))
            .map(|part| (name.clone(), part.as_bytes().to_vec()))
            .collect();
        bodies
    };
    let mut bodies: Vec<Input> = files("fixtures/captures/openstack", "http")
        .into_iter()
        .flat_map(of_file)
        .collect();
    bodies.extend([
        ("title".to_owned(), b"<html><head><title>502 Bad\n Gateway</title></head></html>".to_vec()),
        ("token".to_owned(), TOKEN.as_bytes().to_vec()),
        ("links".to_owned(), br#"{"volumes": [], "volumes_links": [{"rel": "next", "href": "http://x/?marker=1"}], "next": "/v2/images?marker=2"}"#.to_vec()),
    ]);
    bodies
}

/// What `rbd` wrote in the captures, which are records of commands.
fn stdout_of_captures() -> Vec<Input> {
    let of_file = |(name, bytes): Input| {
        let value: serde_json::Value = serde_json::from_slice(&bytes).ok()?;
        let output = value.get("stdout")?;
        let text = output.as_str().map_or_else(|| output.to_string(), str::to_owned);
        Some((name, text.into_bytes()))
    };
    files("fixtures/captures/ceph", "json")
        .into_iter()
        .filter_map(of_file)
        .collect()
}

/// Python literals of every kind, in a line of the log.
fn literals() -> Vec<Input> {
    let literals = [
        r"{'a': b'\xff\x00', 'b': u'\u00e9', 'c': (1, 2,), 'd': {1, 2}, 'e': set(), 'f': frozenset({1})}",
        r"{'a': 'x' 'y', 'b': -1.5e300, 'c': 0o7, 'd': 1j, 'e': ..., 'f': <object at 0x7f>}",
        r"{1: {}, None: [], True: (), 1.5: '', 'attachment_id': 'bf75ee6c-701b-4523-b878-f80493955853'}",
        r"{'a': 'unterminated",
        r"{'a': 99999999999999999999999999999999999999, 'b': 1_000, 'c': +5}",
    ];
    literals
        .iter()
        .map(|literal| {
            (
                (*literal).to_owned(),
                format!("2026-11-23 12:15:28.002 1 DEBUG m [req-1] {DRIVER} {literal} _connection_create\n")
                    .into_bytes(),
            )
        })
        .collect()
}

/// Texts whose faults are hard to show: the first eight bytes are the spans.
fn rendered() -> Vec<Input> {
    let texts = [
        "a: 1\nb: 2\n".to_owned(),
        "\ta: é\u{301}\t漢字漢字: 'x'\n\u{1f469}\u{200d}\u{1f680}: 1\r\n".to_owned(),
        format!("key: \"{}\"\n", "x".repeat(60_000)),
        format!("{}\n", "漢".repeat(30_000)),
        "\n".repeat(60_000),
        "\u{1b}[31m\u{202e}\u{0}\u{7}\n".repeat(100),
        String::new(),
    ];
    let spans = [
        [0; 8],
        [0, 0, 0, 1, 255, 255, 0, 255],
        [0, 3, 0, 9, 128, 1, 2, 40],
        [255, 254, 1, 0, 127, 255, 255, 7],
    ];
    texts
        .iter()
        .flat_map(|text| spans.map(|spans| [&spans, text.as_bytes()].concat()))
        .enumerate()
        .map(|(index, bytes)| (format!("rendering {index}"), bytes))
        .collect()
}

/// What was written to do harm, to any reader.
fn hostile() -> Vec<Input> {
    let name = |name: &str, bytes: Vec<u8>| (name.to_owned(), bytes);
    let log = |text: String| format!("2026-11-23 12:15:28.002 1 DEBUG m [req-1] {DRIVER} {text}\n").into_bytes();
    let nested =
        |open: &str, close: &str, depth: usize| format!("{}{}", open.repeat(depth), close.repeat(depth)).into_bytes();
    let bomb = |levels: usize| {
        let mut text = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n".to_owned();
        for level in 1..levels {
            let alias = format!("*a{}", level - 1);
            text.push_str(&format!("a{level}: &a{level} [{}]\n", [alias.as_str(); 9].join(", ")));
        }
        text
    };
    let many = |line: fn(usize) -> String, count: usize| (0..count).map(line).collect::<String>().into_bytes();
    let mut inputs = vec![
        name("nothing", Vec::new()),
        name("blanks", b" \n\t\r\n ".to_vec()),
        name("a byte order mark", "\u{feff}scenario: any\n".into()),
        name("a byte order mark alone", "\u{feff}".into()),
        name("UTF-16", vec![0xff, 0xfe, b'a', 0, b':', 0, b'1', 0]),
        name("bytes that are not UTF-8", vec![b'a', b':', b' ', 0xff, 0xc0, 0x80, 0xed, 0xa0, 0x80, b'\n']),
        name("NULs", vec![0; 5000]),
        name("carriage returns", b"scenario: any\r\nsummary: x\r\nsteps:\r\n  - write: {}\r\n".to_vec()),
        name("lone carriage returns", b"scenario: any\rsummary: x\rsteps: 1\r".to_vec()),
        name("lists in YAML and JSON", nested("[", "]", 100_000)),
        name("lists that do not end", vec![b'['; 500_000]),
        name("objects in JSON", nested("{\"a\":", "}", 50_000)),
        name("mappings in YAML", nested("{a: ", "}", 50_000)),
        name("mappings by indentation", many(|level| format!("{}a:\n", " ".repeat(level)), 1200)),
        name("dashes", "- ".repeat(200_000).into_bytes()),
        name("keys of keys", "? ".repeat(100_000).into_bytes()),
        name("tuples", log(String::from_utf8_lossy(&nested("{'a': (", ",)}", 50_000)).into_owned())),
        name("lists in a literal", log(format!("{{'a': {}", "[".repeat(400_000)))),
        name("sets in a literal", log(format!("{{'a': {}", "frozenset(".repeat(40_000)))),
        name("strings side by side", log(format!("{{'a': {}}}", "'' ".repeat(200_000)))),
        name("a long literal", log(format!("{{'a': '{}'}}", "x".repeat(3_000_000)))),
        name("many lines of a log", log("{'a': 1}".to_owned()).repeat(10_000)),
        name("a line without end", format!("{DRIVER} {{'a': '").into_bytes()),
        name("an alias bomb", format!("scenario: any\n{}", bomb(9)).into_bytes()),
        name("an alias bomb in clouds", format!("clouds:\n  simcloud: &x\n    auth: {{ a: 1 }}\n{}", bomb(12)).into_bytes()),
        name("an alias in itself", b"a: &a [*a, *a]\n".to_vec()),
        name("a merge bomb", many(|level| format!("m{level}: &m{level} {{ <<: [*m{0}, *m{0}] }}\n", level.saturating_sub(1)), 60)),
        name("many anchors", many(|level| format!("k{level}: &k{level} 1\n"), 50_000)),
        name("a long key", format!("{}: 1\n", "k".repeat(300_000)).into_bytes()),
        name("a long text", format!("scenario: \"{}\"\n", "é".repeat(300_000)).into_bytes()),
        name("a long line with a fault at its end", format!("scenario: any\nsummary: {} : {{\n", "漢 ".repeat(100_000)).into_bytes()),
        name("more than a file may have", vec![b'#'; 2 << 20]),
        name("many documents", b"---\na: 1\n".repeat(50_000)),
        name("many unknown fields", many(|index| format!("field-{index}: 1\n"), 9_000)),
        name("many equal fields", b"scenario: any\n".repeat(9_000)),
        name("many unknown verbs", [b"scenario: any\nsteps:\n".to_vec(), b"  - wirte: { guest: app }\n".repeat(3_500)].concat()),
        name("many steps that are not one", [b"scenario: any\nsteps:\n".to_vec(), b"  - x\n".repeat(9_000)].concat()),
        name("many names of volumes", [b"scenario: any\nresources:\n  volumes:\n".to_vec(), many(|index| format!("    V_{index}: {{ type: 1 }}\n"), 3_500)].concat()),
        name("many volume types", [b"target: any\nvolume-types:\n".to_vec(), many(|index| format!("  t{index}: {{ nmae: ${{env.X}} }}\n"), 3_500)].concat()),
        name("many templates", [b"target: any\nsummary: \"".to_vec(), b"${env.X}".repeat(50_000), b"\"\n".to_vec()].concat()),
        name("a deep template", format!("target: \"${{{}\"\n", "(".repeat(100_000)).into_bytes()),
        name("a template of filters", format!("target: \"${{1{}}}\"\n", "|abs".repeat(50_000)).into_bytes()),
        name("a template that counts", b"target: \"${range(99999999999)|list}\"\nsummary: \"${'x'*999999999}\"\n".to_vec()),
        name("huge numbers", format!("size: {0}\nsizes: [{0}.{0}e{0}, -{0}, 0x{0}, .inf, .nan, 1e400]\n", "9".repeat(1000)).into_bytes()),
        name("huge numbers in JSON", format!("{{\"volume\": {{\"id\": \"1\", \"size\": {}, \"x\": 1e999, \"y\": -{}}}}}", "9".repeat(5000), "1".repeat(400)).into_bytes()),
        name("durations without bounds", b"target: any\nbudgets: { volume: 99999999999999999999h, server: 1e9s, boot: -1s, failover: 184467440737095516160ms }\n".to_vec()),
        name("equal keys in JSON", br#"{"volume": {"id": "1", "id": 2, "size": 1, "size": "x"}, "volume": null}"#.to_vec()),
        name("a string that does not end", br#"{"volume": {"id": "1"#.to_vec()),
        name("surrogates in JSON", br#"{"message": "\ud800\udc00\ud800", "volume": {"id": "\u0000"}}"#.to_vec()),
        name("a title that does not end", [b"<title>".to_vec(), vec![b'x'; 500_000]].concat()),
        name("many titles", b"<title>".repeat(70_000)),
        name("a long message", format!("{{\"error\": {{\"message\": \"{}\"}}}}", "word ".repeat(100_000)).into_bytes()),
        name("a list of a hundred thousand", format!("{{\"volumes\": [{}]}}", ["{}"; 100_000].join(",")).into_bytes()),
        name("passwords side by side", br#""password":""#.repeat(50_000)),
        name("backslashes", vec![b'\\'; 400_000]),
        name("quotes", vec![b'"'; 400_000]),
        name("escaped members", br#"\"password\": \""#.repeat(30_000)),
        name("escape sequences of a terminal", "scenario: \u{1b}]0;title\u{7}\u{1b}[2J\u{9b}31m\n".into()),
        name("text that runs backwards", "scenario: any\nsummary: \u{202e}x\u{2066}y\nstep: 1\n".into()),
        name("many marks", b"\nmark 0\n".repeat(100_000)),
        name("octal escapes", [b"/dev/vdb ".to_vec(), b"\\040".repeat(100_000), b" ext4 rw\n".to_vec()].concat()),
        name("a replay in a description", format!(r#"{{"global_id":"g","state":"up+replaying","description":"replaying, {}"}}"#, "{\\\"primary_position\\\":".repeat(5_000)).into_bytes()),
    ];
    inputs.push(name("all bytes", (0..=255).collect()));
    inputs
}

const DRIVER: &str = "Connection info returned from driver";

const CLOUDS_YAML: &str = "clouds:
  simcloud:
    auth_type: password
    auth:
      auth_url: http://127.0.0.1:5000/v3
      username: admin
      password: correct-horse
      project_name: demo
      user_domain_name: Default
      project_domain_name: Default
    regions:
      - RegionOne
      - { name: RegionTwo, values: { interface: internal } }
    region_name: RegionOne
    interface: public
    verify: true
    cacert: ca.pem
    volume_endpoint_override: http://127.0.0.1:8776/v3
";

const TOKEN: &str = r#"{"token": {"methods": ["password"], "expires_at": "2027-01-01T00:00:00.000000Z",
 "project": {"id": "p", "name": "demo", "domain": {"id": "default", "name": "Default"}},
 "user": {"id": "u", "name": "admin", "domain": {"id": "default", "name": "Default"}},
 "catalog": [{"type": "volumev3", "name": "cinder", "id": "c", "endpoints": [
 {"id": "e", "interface": "public", "region": "RegionOne", "region_id": "RegionOne", "url": "http://x/v3/p"}]}]}}"#;

const JOURNAL: &str = r#"{"sequence":1,"at":"2026-11-24T01:34:10.1Z","event":"run-started","format":1,"run":"20261124-013410-ecfc","version":"0.1.0","target":"simcloud","backend":"box@ceph","scenarios":["bfv-failover"]}
{"sequence":2,"at":"2026-11-24T01:34:10.2Z","event":"scenario-started","scenario":"bfv-failover","summary":"s","steps":8,"beginning_only":false}
{"sequence":3,"at":"2026-11-24T01:34:10.3Z","event":"requested","service":"volumev3","method":"POST","url":"http://127.0.0.1:1/","status":202,"request_id":"req-1","milliseconds":3,"attempt":1,"error":null}
{"sequence":4,"at":"2026-11-24T01:34:10.4Z","event":"intended","resource":{"kind":"volume","name":"drill-root","id":null}}
{"sequence":5,"at":"2026-11-24T01:34:10.5Z","event":"waited","awaited":"volume root","states":["creating","available"],"elapsed":20,"polls":3}
{"sequence":6,"at":"2026-11-24T01:34:11Z","event":"step-finished","scenario":"bfv-failover","step":0,"done":null,"failure":{"kind":"expectation","summary":"x","details":[["a","b"]],"help":"h"},"milliseconds":18446744073709551615}
{"sequence":7,"at":"2026-11-24T01:34:12Z","event":"left","resource":{"kind":"failover","name":"box@ceph","id":"box@ceph"},"failure":{"kind":"cloud","summary":"x","details":[],"help":null}}
{"sequence":8,"at":"2026-11-24T01:34:13Z","event":"scenario-finished","scenario":"bfv-failover","verdict":"failed","failure":{"kind":"cloud","summary":"x","details":[],"help":null},"step":1,"milliseconds":7}
{"sequence":9,"at":"2026-11-24T01:34:14Z","event":"run-finished","milliseconds":9}
"#;
