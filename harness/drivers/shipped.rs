//! The profiles that come along.

use std::sync::OnceLock;

use super::definition::DriverProfile;
use super::fault::NoProfile;
use super::read::DriverFile;

macro_rules! files {
    ($($name:literal,)*) => {
        [$(($name, include_str!(concat!("../../fixtures/profiles/", $name, ".yaml"))),)*]
    };
}

/// The files of `fixtures/profiles`: Ceph's first, then those for a protocol whatever the driver, then the others.
const FILES: [(&str, &str); 29] = files![
    "rbd",
    "iscsi",
    "fibre_channel",
    "nvmeof",
    "3par",
    "alletra",
    "ds8k",
    "hitachi",
    "huawei",
    "infortrend",
    "inspur",
    "kaminario",
    "macrosan",
    "netapp",
    "netapp-nfs",
    "nimble",
    "powerflex",
    "powermax",
    "powerstore",
    "pure",
    "rbd-iscsi",
    "sandstone",
    "sc",
    "solidfire",
    "storpool",
    "storwize",
    "unity",
    "vnx",
    "xiv",
];

/// The files that come along, read once.
pub fn driver_files() -> &'static [DriverFile] {
    static READ: OnceLock<Vec<DriverFile>> = OnceLock::new();
    READ.get_or_init(|| {
        let read = |(name, text): &(&str, &str)| DriverFile::read(&format!("{name}.yaml").into(), text).ok();
        // A test reads each of them.
        FILES.iter().filter_map(read).collect()
    })
}

/// The text of a driver's file that comes along.
#[must_use]
pub fn text_of(driver: &str) -> Option<&'static str> {
    FILES.iter().find(|(name, _)| *name == driver).map(|(_, text)| *text)
}

/// The names of the profiles that come along.
#[must_use]
pub fn known() -> Vec<String> {
    let profiles = driver_files().iter().flat_map(|file| &file.profiles);
    profiles.map(|profile| profile.name.clone()).collect()
}

/// A profile that comes along.
///
/// # Errors
/// There is none of that name, or it may be one of several.
pub fn named(name: &str) -> Result<&'static DriverProfile, NoProfile> {
    let unknown = || NoProfile::Unknown { name: name.to_owned() };
    // `netapp-nfs` is a driver, and might be a protocol of `netapp`.
    let mut files: Vec<&DriverFile> = driver_files()
        .iter()
        .filter(|file| {
            name.strip_prefix(&file.driver)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
        })
        .collect();
    files.sort_by_key(|file| std::cmp::Reverse(file.driver.len()));
    let mut why = unknown();
    for (index, file) in files.into_iter().enumerate() {
        match file.profile(name) {
            Ok(found) => return Ok(found),
            Err(fault) if index == 0 => why = fault,
            Err(_) => {}
        }
    }
    Err(why)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::Path;

    use super::super::definition::Moves;
    use super::super::read::names_of;
    use super::*;
    use crate::diagnostic::{SourceMap, render_all};

    #[test]
    fn every_file_that_comes_along_is_good_and_called_as_its_driver() {
        for (name, text) in FILES {
            let read = DriverFile::read(&format!("{name}.yaml").into(), text).unwrap_or_else(|faults| {
                let mut sources = SourceMap::default();
                sources.insert(format!("{name}.yaml").into(), text.into());
                panic!("{}", render_all(&faults, &sources, false))
            });
            assert_eq!(read.driver, name);
        }
        let folder =
            std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/profiles")).expect("a folder");
        assert_eq!(
            folder.count(),
            FILES.len(),
            "a file of fixtures/profiles is not in the list"
        );
    }

    #[test]
    fn every_driver_of_the_matrix_has_a_file() {
        let keys: Vec<&String> = driver_files().iter().flat_map(|file| &file.matrix).collect();
        let unique: BTreeSet<&&String> = keys.iter().collect();
        // The keys that say `complete` under `operation.volume_replication` (cinder ab09bc39, support-matrix.ini:494-576).
        assert_eq!((keys.len(), unique.len()), (33, 33));
    }

    #[test]
    fn no_name_means_two_profiles_and_every_profile_has_the_name_it_is_shown_with() {
        let mut seen = BTreeSet::new();
        for file in driver_files() {
            for profile in &file.profiles {
                for name in names_of(file, profile) {
                    assert!(seen.insert(name.clone()), "{name} means two profiles");
                    assert_eq!(named(&name), Ok(profile), "{name}");
                }
            }
        }
        for (old, protocol) in [
            ("rbd", "rbd"),
            ("iscsi", "iscsi"),
            ("fibre_channel", "fibre_channel"),
            ("nvmeof", "nvmeof"),
        ] {
            assert_eq!(named(old).map(|profile| profile.protocol.as_str()), Ok(protocol));
        }
    }

    #[test]
    fn a_name_that_means_several_says_which_and_one_that_moves_nothing_says_why() {
        let NoProfile::Ambiguous { candidates, .. } = named("pure-iscsi").unwrap_err() else {
            panic!("it has several modes")
        };
        assert_eq!(
            candidates,
            [
                "pure-iscsi-async",
                "pure-iscsi-sync",
                "pure-iscsi-uniform",
                "pure-iscsi-trisync"
            ]
        );
        assert!(matches!(named("storpool"), Err(NoProfile::MovesNothing { .. })));
        assert!(matches!(named("pure-iscsi-asink"), Err(NoProfile::Unknown { .. })));
        assert!(matches!(named("purest"), Err(NoProfile::Unknown { .. })));
        let nothing = driver_files()
            .iter()
            .filter(|file| matches!(file.moves, Moves::Nothing(_)));
        assert_eq!(nothing.count(), 5);
    }
}
