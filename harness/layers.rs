//! The arrows between the modules point down only: `ARCHITECTURE.md` has a table of them, top floor first, and each may use
//! those in the rows below its own.
//!
//! `cargo test --lib layers -- --nocapture` prints who uses whom.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use quote::ToTokens;
use syn::{Attribute, Item};

/// The modules that each module uses, and a file that does.
type Uses = BTreeMap<String, BTreeMap<String, PathBuf>>;

/// The floors of the table in `ARCHITECTURE.md`, top floor first.
fn floors(text: &str) -> Vec<Vec<&str>> {
    let (_, section) = text.split_once("\n## Modules").expect("a section on the modules");
    let section = section.split_once("\n## ").map_or(section, |(section, _)| section);
    let cells = section
        .lines()
        .filter_map(|line| line.strip_prefix("| `")?.split(" | ").next());
    cells
        .map(|cell| cell.split(['`', ',', ' ']).filter(|name| !name.is_empty()).collect())
        .collect()
}

/// The Rust files below a folder.
fn rust_files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            rust_files(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

fn is_test(attributes: &[Attribute]) -> bool {
    attributes
        .iter()
        .any(|attribute| attribute.to_token_stream().to_string() == "# [cfg (test)]")
}

/// The modules that a file uses, and the files and folders that it includes for tests only.
fn read(file: &Path) -> (BTreeSet<String>, Vec<PathBuf>) {
    let text = std::fs::read_to_string(file).expect("a source file");
    let parsed = syn::parse_file(&text).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    let mut used = BTreeSet::new();
    let mut tests = Vec::new();
    for item in parsed.items {
        match &item {
            Item::Mod(module) if is_test(&module.attrs) => {
                tests.extend(places(file, &module.ident.to_string(), &module.attrs))
            }
            Item::Use(import) if is_test(&import.attrs) => {}
            Item::Fn(function) if is_test(&function.attrs) => {}
            _ => crate_paths(item.to_token_stream(), &mut used),
        }
    }
    (used, tests)
}

/// Where the module of a file may be.
fn places(file: &Path, module: &str, attributes: &[Attribute]) -> Vec<PathBuf> {
    let folder = file.parent().expect("a folder");
    let is_root = file.file_stem().is_some_and(|stem| stem == "mod" || stem == "lib");
    let below = if is_root {
        folder.to_owned()
    } else {
        file.with_extension("")
    };
    let mut places = vec![below.join(format!("{module}.rs")), below.join(module)];
    places.extend(attributes.iter().filter_map(|attribute| {
        let text = attribute.to_token_stream().to_string();
        Some(folder.join(text.strip_prefix("# [path = \"")?.strip_suffix("\"]")?))
    }));
    places
}

/// The modules of this crate that tokens name, as `crate::module` or `crate::{module, …}`.
fn crate_paths(tokens: TokenStream, used: &mut BTreeSet<String>) {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    let is = |at: usize, text: &str| {
        tokens
            .get(at)
            .is_some_and(|token: &TokenTree| token.to_string() == text)
    };
    for (at, token) in tokens.iter().enumerate() {
        if let TokenTree::Group(group) = token {
            crate_paths(group.stream(), used);
        }
        // A macro of this crate says `$crate`.
        if !(is(at, "crate") && is(at + 1, ":") && is(at + 2, ":")) {
            continue;
        }
        match tokens.get(at + 3) {
            Some(TokenTree::Ident(module)) => _ = used.insert(module.to_string()),
            Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Brace => {
                let mut is_first = true;
                for token in group.stream() {
                    if is_first && let TokenTree::Ident(module) = &token {
                        used.insert(module.to_string());
                    }
                    is_first = token.to_string() == ",";
                }
            }
            _ => {}
        }
    }
}

/// Who uses whom, by the files of this crate without its tests.
fn uses(root: &Path, modules: &BTreeSet<&str>) -> Uses {
    let mut files = Vec::new();
    rust_files(root, &mut files);
    let apart = [
        root.join("tests"),
        root.join("fuzz"),
        root.join("lib.rs"),
        root.join("main.rs"),
    ];
    files.retain(|file| !apart.iter().any(|apart| file.starts_with(apart)));
    let read: Vec<_> = files.iter().map(|file| (file, read(file))).collect();
    let (_, tests) = self::read(&root.join("lib.rs"));
    let tests: Vec<&PathBuf> = tests
        .iter()
        .chain(read.iter().flat_map(|(_, (_, tests))| tests))
        .collect();
    let mut uses = Uses::new();
    for (file, (used, _)) in &read {
        if tests.iter().any(|test| file.starts_with(test)) {
            continue;
        }
        let inside = file.strip_prefix(root).expect("a file of this crate");
        let first = inside.iter().next().and_then(|first| first.to_str()).expect("a name");
        let module = first.trim_end_matches(".rs");
        let entry = uses.entry(module.to_owned()).or_default();
        for other in used
            .iter()
            .filter(|other| *other != module && modules.contains(other.as_str()))
        {
            entry.entry(other.clone()).or_insert_with(|| inside.to_owned());
        }
    }
    uses
}

#[test]
fn arrows_point_down() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let table = std::fs::read_to_string(root.join("ARCHITECTURE.md")).expect("ARCHITECTURE.md");
    let floors = floors(&table);
    let floor = |module: &str| floors.iter().position(|floor| floor.contains(&module));
    let modules: BTreeSet<&str> = floors.iter().flatten().copied().collect();
    let uses = uses(&root.join("harness"), &modules);
    let mut faults = Vec::new();
    for module in &modules {
        if !uses.contains_key(*module) {
            faults.push(format!(
                "ARCHITECTURE.md has the module `{module}`, and harness/ has not"
            ));
        }
    }
    for (module, used) in &uses {
        println!(
            "{module} → {}",
            used.keys().map(String::as_str).collect::<Vec<_>>().join(", ")
        );
        let Some(own) = floor(module) else {
            faults.push(format!("the module `{module}` is not in the table of ARCHITECTURE.md"));
            continue;
        };
        let upwards = used
            .iter()
            .filter(|(other, _)| floor(other).is_none_or(|other| other <= own));
        faults.extend(upwards.map(|(other, file)| {
            format!(
                "`{module}` uses `{other}`, which is not below it ({})",
                Path::new("harness").join(file).display()
            )
        }));
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    assert!(uses["cli"].len() > 10, "imports are not read: {uses:?}");
}

/// `folder/{one,two}.rs` stands for both.
#[test]
fn files_that_are_named_exist() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(root.join("ARCHITECTURE.md")).expect("ARCHITECTURE.md");
    let named: Vec<&str> = text
        .split('`')
        .filter(|code| code.ends_with(".rs") && code.contains('/'))
        .collect();
    let files = named
        .iter()
        .flat_map(|path| match path.split_once('{').zip(path.split_once('}')) {
            Some(((before, names), (_, after))) => {
                let names = names.split('}').next().unwrap_or_default().split(',');
                names.map(|name| format!("{before}{name}{after}")).collect()
            }
            None => vec![(*path).to_owned()],
        });
    let gone: Vec<String> = files
        .filter(|file| !root.join(file).exists() && !root.join("harness").join(file).exists())
        .collect();
    assert!(
        gone.is_empty(),
        "ARCHITECTURE.md names files that are not there: {gone:?}"
    );
    assert!(named.len() > 20, "the files are not found: {named:?}");
}

#[test]
fn paths_are_found_wherever_they_stand() {
    let mut used = BTreeSet::new();
    let text = "use crate::{a::A, b::{c, D}, e}; fn f(x: crate::g::G) { m!(crate::h::I) } pub(crate) fn j() {}";
    crate_paths(text.parse().expect("Rust"), &mut used);
    assert_eq!(used.into_iter().collect::<Vec<_>>(), ["a", "b", "e", "g", "h"]);
}
