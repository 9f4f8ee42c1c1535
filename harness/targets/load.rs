//! From a path to a target.

use std::path::Path;
use std::sync::Arc;

use super::read::read;
use super::{Target, Variables};
use crate::diagnostic::{Diagnostic, Diagnostics, SourceMap, near_miss};
use crate::document;
use crate::document::{DiskFiles, Files};

impl Target {
    /// Reads a target file from the disk.
    ///
    /// # Errors
    /// All faults of the file.
    pub fn load(path: &Path, variables: &Variables, sources: &mut SourceMap) -> Result<Target, Diagnostics> {
        Target::load_from(&DiskFiles, path, variables, sources)
    }

    /// Reads a target file.
    ///
    /// # Errors
    /// All faults of the file.
    pub fn load_from(
        files: &dyn Files,
        path: &Path,
        variables: &Variables,
        sources: &mut SourceMap,
    ) -> Result<Target, Diagnostics> {
        let file: Arc<str> = path.to_string_lossy().into();
        let bytes = files.read(path).map_err(|error| unreadable(files, path, &error))?;
        let text = document::decode(&file, bytes)?;
        sources.insert(file.clone(), text.clone());
        read(files, &file, &text, variables, sources)
    }
}

fn unreadable(files: &dyn Files, path: &Path, error: &std::io::Error) -> Diagnostic {
    let folder = path.parent().unwrap_or(Path::new(""));
    let siblings = files.yaml_files(folder).unwrap_or_default();
    let names: Vec<&str> = siblings.iter().filter_map(|path| path.file_name()?.to_str()).collect();
    let wanted = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let near = near_miss(wanted, names).map(|near| format!("did you mean {}?", folder.join(near).display()));
    Diagnostic::error(
        "unreadable",
        format!("cannot read the target {}: {error}", path.display()),
    )
    .help_if(near)
}
