//! Where files are read from.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use crate::bounded_file;

/// Where files are read from: the disk, or the copies within the program.
pub trait Files {
    /// The bytes of a file, but not many more than a file that people write has.
    ///
    /// # Errors
    /// What the operating system says.
    fn read(&self, path: &Path) -> io::Result<Vec<u8>>;

    /// The YAML files of a folder, sorted by name.
    ///
    /// # Errors
    /// What the operating system says.
    fn yaml_files(&self, folder: &Path) -> io::Result<Vec<PathBuf>>;

    /// Whether this is a folder.
    fn is_folder(&self, path: &Path) -> bool;

    /// Whether a path below a folder leads out of it all the same, by a symbolic link.
    fn leads_out_of(&self, folder: &Path, path: &Path) -> bool;
}

/// The files on the disk.
#[derive(Clone, Copy, Default, Debug)]
pub struct DiskFiles;

impl Files for DiskFiles {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        // A file that is too large is refused later; reading all of it (a device, say) would be the first mistake.
        bounded_file::read(path)
    }

    fn yaml_files(&self, folder: &Path) -> io::Result<Vec<PathBuf>> {
        let mut files = Vec::new();
        for entry in std::fs::read_dir(folder)? {
            let path = entry?.path();
            if is_yaml(&path) && path.is_file() {
                files.push(path);
            }
        }
        files.sort();
        Ok(files)
    }

    fn is_folder(&self, path: &Path) -> bool {
        path.is_dir()
    }

    fn leads_out_of(&self, folder: &Path, path: &Path) -> bool {
        let folder = if folder.as_os_str().is_empty() {
            Path::new(".")
        } else {
            folder
        };
        // What is not there leads nowhere.
        match (folder.canonicalize(), path.canonicalize()) {
            (Ok(folder), Ok(path)) => !path.starts_with(folder),
            _ => false,
        }
    }
}

/// Files that are held in memory.
#[derive(Clone, Default, Debug)]
pub struct MemoryFiles {
    texts: BTreeMap<PathBuf, Vec<u8>>,
}

impl MemoryFiles {
    /// Files with these paths and texts.
    pub fn new<P: Into<PathBuf>, T: Into<Vec<u8>>>(texts: impl IntoIterator<Item = (P, T)>) -> MemoryFiles {
        MemoryFiles {
            texts: texts
                .into_iter()
                .map(|(path, text)| (path.into(), text.into()))
                .collect(),
        }
    }
}

impl Files for MemoryFiles {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        self.texts
            .get(path)
            .cloned()
            .ok_or_else(|| io::Error::from(io::ErrorKind::NotFound))
    }

    fn yaml_files(&self, folder: &Path) -> io::Result<Vec<PathBuf>> {
        Ok(self
            .texts
            .keys()
            .filter(|path| path.parent() == Some(folder) && is_yaml(path))
            .cloned()
            .collect())
    }

    fn is_folder(&self, path: &Path) -> bool {
        self.texts.keys().any(|file| file.parent() == Some(path))
    }

    fn leads_out_of(&self, _: &Path, _: &Path) -> bool {
        false
    }
}

fn is_yaml(path: &Path) -> bool {
    path.extension()
        .is_some_and(|extension| extension == "yaml" || extension == "yml")
}
