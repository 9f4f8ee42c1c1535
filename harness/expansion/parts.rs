//! `use`: files with steps that several scenarios share.

use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use super::{DEEPEST, masked};
use crate::diagnostic::{Diagnostic, Diagnostics, SourceMap, near_miss};
use crate::document::{self, Fields, Files, Node, Record, Shape, Value};

/// The parts that a scenario uses, and those that these use, by their paths.
#[derive(Clone, Default, Debug)]
pub(crate) struct Parts {
    read: BTreeMap<PathBuf, Option<Node>>,
}

/// Reads parts.
struct Reader<'a> {
    files: &'a dyn Files,
    sources: &'a mut SourceMap,
    faults: &'a mut Diagnostics,
    shape: &'static Record,
    /// The folder of the scenario, which no part may lie outside of.
    root: PathBuf,
    parts: Parts,
}

impl Parts {
    /// Reads all parts that the steps of a scenario use. `shape` is what a part may hold.
    pub(crate) fn read(
        files: &dyn Files,
        scenario: &Node,
        shape: &'static Record,
        sources: &mut SourceMap,
        faults: &mut Diagnostics,
    ) -> Parts {
        let mut reader = Reader {
            files,
            sources,
            faults,
            shape,
            root: folder_of(scenario),
            parts: Parts::default(),
        };
        reader.follow(scenario, &mut Vec::new());
        reader.parts
    }

    /// The part that a `use` names, if it could be read.
    pub(super) fn get(&self, used: &Node) -> Option<&Node> {
        self.read.get(&path_of(used)?)?.as_ref()
    }

    /// The parts in the order of their paths.
    pub(super) fn all(&self) -> impl Iterator<Item = &Node> {
        self.read.values().flatten()
    }
}

impl Reader<'_> {
    /// Reads what a file uses. `within` holds the files that are being followed, outermost first.
    fn follow(&mut self, file: &Node, within: &mut Vec<PathBuf>) {
        for used in uses(file) {
            let Some(path) = self.place(used) else { continue };
            if within.contains(&path) || within.len() >= DEEPEST {
                let names: Vec<String> = within.iter().map(|path| path.display().to_string()).collect();
                let message = match within.contains(&path) {
                    true => format!("{} uses itself", path.display()),
                    false => format!("parts use one another {DEEPEST} deep"),
                };
                let fault = Diagnostic::error("cyclic-use", message).at(&used.at, "");
                self.faults
                    .push(fault.note(format!("it is used by {}", names.join(", which is used by "))));
                self.parts.read.insert(path, None);
                continue;
            }
            if self.parts.read.contains_key(&path) {
                continue;
            }
            let part = self.part(&path, used);
            if let Some(part) = &part {
                within.push(path.clone());
                self.follow(part, within);
                within.pop();
            }
            // One that uses itself is none.
            self.parts.read.entry(path).or_insert(part);
        }
    }

    /// Where a part is, if it may be there.
    fn place(&mut self, used: &Node) -> Option<PathBuf> {
        let path = path_of(used)?;
        let leaves = !path.starts_with(&self.root) || path.components().any(|part| part == Component::ParentDir);
        if leaves || self.files.leads_out_of(&self.root, &path) {
            let folder = match self.root.as_os_str().is_empty() {
                true => "this folder".to_owned(),
                false => self.root.display().to_string(),
            };
            self.faults.push(
                Diagnostic::error(
                    "outside",
                    format!("`{}` is outside of the scenario's folder", used.text()?.escape_debug()),
                )
                .at(&used.at, "")
                .note(format!(
                    "a scenario uses files below {folder}, so that it can be moved with them"
                ))
                .help("copy the part to a folder below, such as `parts/`"),
            );
            return None;
        }
        Some(path)
    }

    fn part(&mut self, path: &Path, used: &Node) -> Option<Node> {
        let file: Arc<str> = path.to_string_lossy().into();
        let bytes = match self.files.read(path) {
            Ok(bytes) => bytes,
            Err(error) => {
                let siblings = self
                    .files
                    .yaml_files(path.parent().unwrap_or(Path::new("")))
                    .unwrap_or_default();
                let names: Vec<&str> = siblings.iter().filter_map(|path| path.file_name()?.to_str()).collect();
                let near = path.file_name().and_then(|name| near_miss(name.to_str()?, names));
                let fault = Diagnostic::error("unreadable", format!("cannot read {}: {error}", path.display()));
                self.faults.push(
                    fault
                        .at(&used.at, "it is used here")
                        .help_if(near.map(|near| format!("did you mean {}?", path.with_file_name(near).display()))),
                );
                return None;
            }
        };
        let read = document::decode(&file, bytes).and_then(|text| {
            self.sources.insert(file.clone(), text.clone());
            document::parse(&file, &text)
        });
        let root = match read {
            Ok(Some(root)) => root,
            Ok(None) => {
                let fault = Diagnostic::error("not-a-part", format!("{file} holds nothing"));
                self.faults.push(
                    fault
                        .at(&used.at, "it is used here")
                        .help("a part begins with `part:`, and has `steps`"),
                );
                return None;
            }
            Err(faults) => {
                self.faults.extend(faults);
                return None;
            }
        };
        if Fields::of(&root).get("scenario").is_some() {
            self.faults.push(
                Diagnostic::error("not-a-part", format!("{file} is a scenario"))
                    .at(&used.at, "it cannot be used here")
                    .help("continue it with `continues`, or move the steps that both need to a part"),
            );
            return None;
        }
        let mut own = Diagnostics::default();
        let start = root.start().clone();
        document::check(
            &masked(&root),
            &Shape::Record(self.shape),
            ("the part", &start),
            &mut own,
        );
        let is_whole = !own.has_errors();
        self.faults.extend(own);
        is_whole.then_some(root)
    }
}

/// The folder of the file that a node was written in.
fn folder_of(node: &Node) -> PathBuf {
    Path::new(&*node.at.file).parent().unwrap_or(Path::new("")).to_owned()
}

/// The path that a `use` names, relative to the file that it is written in.
fn path_of(used: &Node) -> Option<PathBuf> {
    let text = used.text()?;
    let plain = Path::new(text).components().filter(|part| *part != Component::CurDir);
    Some(folder_of(used).join(plain.collect::<PathBuf>()))
}

/// What the steps of a file use, those in groups too.
fn uses(file: &Node) -> Vec<&Node> {
    let mut found = Vec::new();
    let mut groups = vec![Fields::of(file).list("steps")];
    while let Some(steps) = groups.pop() {
        for step in steps {
            let fields = Fields::of(step);
            found.extend(fields.get("use"));
            if matches!(step.value, Value::Mapping(_)) {
                groups.push(fields.list("steps"));
            }
        }
    }
    found
}
