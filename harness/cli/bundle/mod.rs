//! A bundle for a bug report: the report in all formats, the journals, the evidence that they name, target and versions, and a
//! manifest of it all. What is copied goes through the redactor once more: an earlier version, or somebody by hand, may have
//! written it.

mod hidden;
mod manifest;

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::io::{self, Read};
use std::path::{Component, Path, PathBuf};

use serde_json::Value;

use super::journals;
use super::report::{not_written, write_all};
use crate::event::{EventKind, Journal, Reading};
use crate::failure::Failure;
use crate::report::document::{Outcome, RunReport};
use crate::report::{Format, text};
use manifest::{Absence, LeftOut, Listed, Manifest, RunListed};

/// The manifest's file.
const MANIFEST: &str = "manifest.json";
/// The journal's name in a bundle, in a folder by the run's id.
const JOURNAL: &str = "journal.jsonl";
/// The folder of evidence beside a journal, as in the names that a journal has of it.
const EVIDENCE: &str = "evidence";
/// No piece of evidence in a bundle is longer, in bytes. Some of a longer one would be worse than nothing: the first line of a
/// private key says that the next ones are secret, and a cut takes it away.
const LONGEST: u64 = 16 << 20;

/// Refuses a folder in which there is something: a bundle holds what its manifest names, and nothing else.
///
/// # Errors
/// The folder is not empty, or cannot be read.
pub(super) fn must_be_new(folder: &Path) -> Result<(), Failure> {
    match std::fs::read_dir(folder).map(|mut entries| entries.next().is_none()) {
        Ok(true) => Ok(()),
        Ok(false) => Err(Failure::usage(format!(
            "{} is not empty, and a bundle holds nothing but what its manifest names",
            folder.display()
        ))
        .help("name a new folder")),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(Failure::file(format!("cannot read {}", folder.display()), &error)),
    }
}

/// Writes the bundle of the runs in these journals, and says how they ended.
///
/// # Errors
/// A journal cannot be read, or the folder not be written.
pub(super) fn write(journals: &[PathBuf], folder: &Path) -> Result<Outcome, Failure> {
    // Two journals of one run, and what is no journal, are refused before anything is written.
    journals::report(journals)?;
    let mut bundle = Bundle::new(folder);
    let mut copies = Vec::new();
    for journal in journals {
        copies.push(bundle.run(journal)?);
    }
    let paths: Vec<PathBuf> = copies.iter().map(|copy| folder.join(copy)).collect();
    // What the bundle says and what its journals say is one thing: the report is made from them.
    let report = journals::report(&paths)?;
    write_all(folder, &report, &text(&report, &copies, false))?;
    for format in Format::FILES {
        bundle.list(Path::new(format.file_name()), format.what())?;
    }
    bundle.finish(report.outcome, report.runs.iter().map(RunListed::of).collect())?;
    Ok(report.outcome)
}

/// What was written, and what a person does before it is sent to somebody.
pub(super) fn written(folder: &Path) -> String {
    format!(
        "bundle in {}: {MANIFEST} names what is in it; passwords, tokens and keys are hidden, but names, addresses and paths are \
         not: look through it before you send it",
        folder.display()
    )
}

/// A bundle that is being written.
struct Bundle<'f> {
    folder: &'f Path,
    /// The folders of runs that are taken.
    taken: BTreeSet<PathBuf>,
    listed: Vec<Listed>,
    left_out: Vec<LeftOut>,
}

impl<'f> Bundle<'f> {
    fn new(folder: &'f Path) -> Bundle<'f> {
        Bundle {
            folder,
            taken: BTreeSet::new(),
            listed: Vec::new(),
            left_out: Vec::new(),
        }
    }

    /// Copies a run, and answers where its journal is in the bundle.
    fn run(&mut self, journal: &Path) -> Result<PathBuf, Failure> {
        let bytes = std::fs::read(journal)
            .map_err(|error| Failure::file(format!("cannot read {}", journal.display()), &error))?;
        let read = Journal::read(journal, Reading::Lenient)?;
        let report = RunReport::of(&read);
        let place = self.free(&report.run);
        let copy = place.join(JOURNAL);
        self.put(
            &copy,
            &hidden::lines(&bytes),
            "the run's journal: all that happened, in order",
        )?;
        for (title, file) in evidence(&read) {
            self.evidence(journal, &place, &title, &file)?;
        }
        if let Some(description) = &report.description {
            let target = hidden::value(Value::Object(description.target.clone()));
            self.put(
                &place.join("target.json"),
                format!("{target:#}\n").as_bytes(),
                "the target on which it drilled",
            )?;
        }
        Ok(copy)
    }

    /// A folder for a run: by its id, if that is the name of a folder. A journal can be edited, and must not lead elsewhere.
    fn free(&mut self, run: &str) -> PathBuf {
        let is_name = !run.is_empty()
            && run
                .chars()
                .all(|character| character.is_ascii_alphanumeric() || character == '-');
        let name = if is_name { run } else { "run" };
        let mut place = Path::new("runs").join(name);
        let mut number = 1;
        while !self.taken.insert(place.clone()) {
            number += 1;
            place = Path::new("runs").join(format!("{name}-{number}"));
        }
        place
    }

    /// Copies a piece of evidence, if there is one where the journal says.
    fn evidence(&mut self, journal: &Path, place: &Path, title: &str, file: &str) -> Result<(), Failure> {
        let found = name(file)
            .ok_or(Absence::Elsewhere)
            .and_then(|name| Ok((name, read(&journal.with_file_name(EVIDENCE), name)?)));
        match found {
            Ok((name, bytes)) => self.put(
                &place.join(EVIDENCE).join(name),
                hidden::text(&String::from_utf8_lossy(&bytes)).as_bytes(),
                &hidden::text(title),
            ),
            Err(because) => {
                let path = hidden::text(&format!("{}/{file}", place.display()));
                self.left_out.push(LeftOut { path, because });
                Ok(())
            }
        }
    }

    /// Writes a file of the bundle.
    fn put(&mut self, file: &Path, bytes: &[u8], what: &str) -> Result<(), Failure> {
        let path = self.folder.join(file);
        path.parent()
            .map_or(Ok(()), std::fs::create_dir_all)
            .and_then(|()| std::fs::write(&path, bytes))
            .map_err(|error| not_written(&path, &error))?;
        self.list(file, what)
    }

    /// Names a file that is written, by what the disk has of it.
    fn list(&mut self, file: &Path, what: &str) -> Result<(), Failure> {
        let path = self.folder.join(file);
        let listed = Listed::of(self.folder, file, what).map_err(|error| not_written(&path, &error))?;
        self.listed.push(listed);
        Ok(())
    }

    fn finish(self, outcome: Outcome, runs: Vec<RunListed>) -> Result<(), Failure> {
        let path = self.folder.join(MANIFEST);
        let manifest = Manifest::new(outcome, runs, self.listed, self.left_out);
        std::fs::write(&path, manifest.text()).map_err(|error| not_written(&path, &error))
    }
}

/// The titles and the files of the evidence that a journal names, each file once.
fn evidence(journal: &Journal) -> Vec<(String, String)> {
    let mut seen = BTreeSet::new();
    journal
        .events
        .iter()
        .filter_map(|event| match &event.kind {
            EventKind::Collected { evidence } => Some((evidence.title.clone(), evidence.file.clone()?)),
            _ => None,
        })
        .filter(|(_, file)| seen.insert(file.clone()))
        .collect()
}

/// The file's name in the folder of evidence. A journal can be edited, and must not have any other file sent to somebody.
fn name(file: &str) -> Option<&OsStr> {
    let parts: Vec<Component<'_>> = Path::new(file).components().collect();
    match parts[..] {
        [Component::Normal(folder), Component::Normal(name)] if folder == EVIDENCE => Some(name),
        _ => None,
    }
}

/// A file of a folder. Neither of them may be a link, which can lead anywhere.
fn read(folder: &Path, name: &OsStr) -> Result<Vec<u8>, Absence> {
    let path = folder.join(name);
    let (of_folder, of_file) = (std::fs::symlink_metadata(folder), std::fs::symlink_metadata(&path));
    match (of_folder, of_file) {
        (Ok(folder), Ok(file)) if folder.is_dir() && file.is_file() => {
            let mut bytes = Vec::new();
            let read = std::fs::File::open(&path).and_then(|file| file.take(LONGEST + 1).read_to_end(&mut bytes));
            match read {
                Ok(_) if bytes.len() as u64 > LONGEST => Err(Absence::TooLong),
                Ok(_) => Ok(bytes),
                Err(_) => Err(Absence::Unreadable),
            }
        }
        (Ok(_), Ok(_)) => Err(Absence::Elsewhere),
        _ => Err(Absence::Missing),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_file_of_the_folder_of_evidence_is_taken() {
        assert_eq!(name("evidence/services.txt"), Some(OsStr::new("services.txt")));
        for elsewhere in [
            "/etc/passwd",
            "evidence",
            "evidence/../journal.jsonl",
            "evidence/a/b",
            "../evidence/a",
            "journal.jsonl",
            "evidence/..",
            "",
        ] {
            assert_eq!(name(elsewhere), None, "{elsewhere}");
        }
    }

    #[test]
    fn what_leads_elsewhere_is_too_long_or_is_not_there_is_not_read() {
        let folder = tempfile::tempdir().expect("a folder");
        let evidence = folder.path().join(EVIDENCE);
        std::fs::create_dir(&evidence).expect("made");
        let outside = folder.path().join("outside.txt");
        std::fs::write(&outside, "not of the run").expect("written");
        std::fs::write(evidence.join("own"), "of the run").expect("written");
        std::os::unix::fs::symlink(&outside, evidence.join("link")).expect("a link");
        let long = std::fs::File::create(evidence.join("long")).expect("made");
        long.set_len(LONGEST + 1).expect("a length");
        let read = |name: &str| read(&evidence, OsStr::new(name));
        assert_eq!(read("own"), Ok(b"of the run".to_vec()));
        assert_eq!(read("link"), Err(Absence::Elsewhere));
        assert_eq!(read("long"), Err(Absence::TooLong));
        assert_eq!(read("none"), Err(Absence::Missing));
        // Nor through a folder that is a link.
        let linked = folder.path().join("linked");
        std::os::unix::fs::symlink(&evidence, &linked).expect("a link");
        assert_eq!(super::read(&linked, OsStr::new("own")), Err(Absence::Elsewhere));
    }

    #[test]
    fn a_run_whose_id_is_a_path_leads_nowhere_else() {
        let mut bundle = Bundle::new(Path::new("bundle"));
        let mut free = |run| bundle.free(run).display().to_string();
        assert_eq!(free("20261124-120000-abcd"), "runs/20261124-120000-abcd");
        assert_eq!(free("../../etc"), "runs/run");
        assert_eq!(free(""), "runs/run-2");
        assert_eq!(free("20261124-120000-abcd"), "runs/20261124-120000-abcd-2");
    }
}
