//! Paths in target files.

use std::path::{Path, PathBuf};

use super::Variables;

/// A path as a target file means it: `~/` is the home directory, and what is relative is relative to the target's file.
pub(super) fn resolve(text: &str, target_file: &Path, variables: &Variables) -> PathBuf {
    if let Some(rest) = text.strip_prefix("~/")
        && let Some(home) = variables.environment("HOME")
    {
        return Path::new(home).join(rest);
    }
    tidy(&target_file.parent().unwrap_or(Path::new("")).join(text))
}

/// The path without `.`, and without `folder/..`. Only for looks and for comparing: links are not followed.
fn tidy(path: &Path) -> PathBuf {
    use std::path::Component;
    let mut tidy = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir if matches!(tidy.components().next_back(), Some(Component::Normal(_))) => {
                tidy.pop();
            }
            _ => tidy.push(part),
        }
    }
    tidy
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_relative_to_the_target_file() {
        let file = Path::new("fixtures/targets/simcloud.yaml");
        let resolve = |text| resolve(text, file, &Variables::default());
        assert_eq!(resolve("../../snapshots/simcloud"), Path::new("snapshots/simcloud"));
        assert_eq!(resolve("/etc/key"), Path::new("/etc/key"));
        assert_eq!(resolve("key"), Path::new("fixtures/targets/key"));
        assert_eq!(resolve("../../../key"), Path::new("../key"));
    }
}
