//! A scenario's file as it was written: several scenarios may come of it.

use std::path::Path;
use std::sync::Arc;

use super::Continues;
use super::shape::{PART, SCENARIO};
use crate::diagnostic::{Diagnostic, Diagnostics, Location, SourceMap};
use crate::document::{self, Fields, Files, Node, Shape};
use crate::expansion::{Parts, masked};
use crate::names::ScenarioName;

/// A scenario's file as it was written.
#[derive(Debug)]
pub(super) struct Draft {
    /// The name that it gives to its scenario.
    pub name: ScenarioName,
    /// The place of the name.
    pub at: Location,
    /// The file, as the user gave it.
    pub file: Arc<str>,
    /// The scenario that it goes on from.
    pub continues: Option<Continues>,
    /// Whether it runs only when its own file is named.
    pub only_by_name: bool,
    /// Its tree.
    pub root: Node,
    /// The parts that it uses.
    pub parts: Parts,
    /// Whether the file and its parts have no errors, and it continues what is there.
    pub is_whole: bool,
}

impl Draft {
    /// Reads a file, and finds every fault that does not depend on the values of variables.
    pub fn read(
        file: &Arc<str>,
        text: &str,
        files: &dyn Files,
        sources: &mut SourceMap,
        faults: &mut Diagnostics,
    ) -> Option<Draft> {
        let mut own = Diagnostics::default();
        let draft = read_checked(file, text, files, sources, &mut own).map(|draft| Draft {
            is_whole: !own.has_errors(),
            ..draft
        });
        faults.extend(own);
        draft
    }
}

fn read_checked(
    file: &Arc<str>,
    text: &str,
    files: &dyn Files,
    sources: &mut SourceMap,
    faults: &mut Diagnostics,
) -> Option<Draft> {
    let help = "a scenario begins with `scenario: NAME`";
    let root = document::parse_whole(file, text, "expected a scenario", help)
        .map_err(|found| faults.extend(found))
        .ok()?;
    let fields = Fields::of(&root);
    let start = root.start().clone();
    let name = fields.text("scenario");
    if name.is_none() && fields.get("part").is_some() {
        faults.push(
            Diagnostic::error("not-a-scenario", format!("{file} is a part"))
                .at(&start, "it runs within the scenarios that use it")
                .help("name these; and keep parts in a folder of their own, such as `parts/`, since each file of a folder is a scenario"),
        );
        return None;
    }
    document::check(
        &masked(&root),
        &Shape::Record(&SCENARIO),
        ("the scenario", &start),
        faults,
    );
    if let Some(name) = &name {
        stem_differs(file, &name.value, &name.at, faults);
    }
    let parts = Parts::read(files, &root, &PART, sources, faults);
    // A scenario without a good name is checked under that of its file, or not at all.
    let stem = Path::new(&**file)
        .file_stem()
        .and_then(|stem| stem.to_str())
        .unwrap_or_default();
    Some(Draft {
        at: name.as_ref().map_or(start, |name| name.at.clone()),
        name: name
            .and_then(|name| ScenarioName::new(&name.value))
            .or_else(|| ScenarioName::new(stem))?,
        file: file.clone(),
        continues: fields.text("continues").and_then(|continues| {
            Some(Continues {
                name: ScenarioName::new(&continues.value)?,
                at: continues.at,
            })
        }),
        only_by_name: fields.boolean("only-by-name").unwrap_or(false),
        parts,
        is_whole: false,
        root,
    })
}

/// A file that is called otherwise than its scenario is not found by `continues`.
fn stem_differs(file: &Arc<str>, name: &str, at: &Location, faults: &mut Diagnostics) {
    let stem = Path::new(&**file).file_stem().and_then(|stem| stem.to_str());
    if let Some(stem) = stem.filter(|stem| *stem != name) {
        faults.push(
            Diagnostic::warning(
                "file-name",
                format!("the scenario `{}` is in a file called `{stem}`", name.escape_debug()),
            )
            .at(at, "")
            .note("`continues` expects a scenario in the file that has its name")
            .help(format!("call the file `{}.yaml`", name.escape_debug())),
        );
    }
}
