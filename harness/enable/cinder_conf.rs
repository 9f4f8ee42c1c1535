//! What belongs into cinder.conf, and putting it there.

use std::path::{Path, PathBuf};

use crate::failure::Failure;
use crate::targets::Target;

/// The option that makes a backend replicate; there may be several lines of it.
const REPLICATION_DEVICE: &str = "replication_device";

/// The section of a backend.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Section {
    /// Its name: what follows the `@` of the backend.
    pub name: String,
    /// The options with their values, in this order.
    pub options: Vec<(String, String)>,
}

/// What was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WrittenConfig {
    /// The file as it was before; none if there was none, or if nothing changed.
    pub backup: Option<PathBuf>,
    /// The lines that were added or replaced.
    pub lines: Vec<String>,
}

/// The section of the target's backend, as far as the target knows: an RBD backend with its `replication_device`.
///
/// The retries are not Cinder's defaults: a planned failover is refused until Ceph has replayed the demotion, which took
/// 2 to 9 s on a lab, and the default of 3 attempts runs out before.
#[must_use]
pub fn section(target: &Target, backend_name: Option<&str>) -> Section {
    let primary = &target.sites.primary;
    let name = target.backend.backend();
    let cluster_name = primary
        .connection
        .fields()
        .get("cluster_name")
        .and_then(|it| it.as_str());
    let known = [
        ("volume_driver", Some("cinder.volume.drivers.rbd.RBDDriver")),
        ("volume_backend_name", Some(backend_name.unwrap_or(name))),
        ("rbd_pool", primary.pool.as_deref()),
        ("rbd_ceph_conf", primary.ceph_conf.as_deref()),
        ("rbd_cluster_name", cluster_name),
        ("rbd_user", primary.cinder_user()),
        ("rbd_secret_uuid", primary.libvirt_secret.as_deref()),
        ("rados_connection_retries", Some("6")),
        ("rados_connection_interval", Some("2")),
    ];
    let mut options: Vec<(String, String)> = known
        .into_iter()
        .filter_map(|(option, value)| Some((option.to_owned(), value?.to_owned())))
        .collect();
    if let Some(secondary) = &target.sites.secondary {
        let line = secondary.replication_device();
        if let Some((option, value)) = line.split_once(" = ") {
            options.push((option.to_owned(), value.to_owned()));
        }
    }
    Section {
        name: name.to_owned(),
        options,
    }
}

impl Section {
    /// The section as text.
    #[must_use]
    pub fn text(&self) -> String {
        let options = self
            .options
            .iter()
            .map(|(option, value)| format!("{option} = {value}\n"));
        format!("[{}]\n{}", self.name, options.collect::<String>())
    }

    /// The text of a file with this section in it, and the lines that changed. Options that the file has already keep their
    /// values, but for the `replication_device` of the same `backend_id`.
    fn put_into(&self, text: &str) -> (String, Vec<String>) {
        let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
        let mut changed = Vec::new();
        let header = format!("[{}]", self.name);
        let Some(start) = lines.iter().position(|line| line.trim() == header) else {
            if lines.last().is_some_and(|line| !line.trim().is_empty()) {
                lines.push(String::new());
            }
            let added: Vec<String> = self.text().lines().map(str::to_owned).collect();
            lines.extend(added.clone());
            return (lines.join("\n") + "\n", added);
        };
        let end = |lines: &[String]| {
            let next = lines[start + 1..]
                .iter()
                .position(|line| line.trim_start().starts_with('['));
            let mut end = next.map_or(lines.len(), |offset| start + 1 + offset);
            // Behind the last option, and before the empty lines and comments that lead to the next section.
            while end > start + 1 && (lines[end - 1].trim().is_empty() || lines[end - 1].trim_start().starts_with('#'))
            {
                end -= 1;
            }
            end
        };
        for (option, value) in &self.options {
            let line = format!("{option} = {value}");
            let limit = end(&lines);
            let mut there = (start + 1..limit).filter(|at| option_of(&lines[*at]) == Some(option.as_str()));
            if option == REPLICATION_DEVICE {
                let same = there.find(|at| backend_id(&lines[*at]) == backend_id(&line));
                match same {
                    Some(at) if lines[at].trim() == line => {}
                    Some(at) => {
                        lines[at].clone_from(&line);
                        changed.push(line);
                    }
                    None => {
                        lines.insert(limit, line.clone());
                        changed.push(line);
                    }
                }
            } else if there.next().is_none() {
                lines.insert(limit, line.clone());
                changed.push(line);
            }
        }
        (lines.join("\n") + "\n", changed)
    }
}

/// The option that a line sets; none for a comment, a continuation or anything else.
fn option_of(line: &str) -> Option<&str> {
    if line.starts_with([' ', '\t', '#', ';']) {
        return None;
    }
    let (option, _) = line.split_once(['=', ':'])?;
    Some(option.trim())
}

fn backend_id(line: &str) -> Option<&str> {
    let (_, value) = line.split_once('=')?;
    value
        .split(',')
        .find_map(|part| part.trim().strip_prefix("backend_id:"))
}

/// Puts a section into a file, which is kept beside it as it was. A file that has all of it already is not touched.
///
/// # Errors
/// The file cannot be read, kept or written.
pub fn write_config(path: &Path, section: &Section) -> Result<WrittenConfig, Failure> {
    let failed = |doing: &str, path: &Path, error: std::io::Error| {
        Failure::file(format!("cannot {doing} {}", path.display()), &error)
            .help("name a file that this user may read and write with --write-config, or copy the section by hand")
    };
    let before = match std::fs::read_to_string(path) {
        Ok(text) => Some(text),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
        Err(error) => return Err(failed("read", path, error)),
    };
    let (text, lines) = section.put_into(before.as_deref().unwrap_or_default());
    if lines.is_empty() {
        return Ok(WrittenConfig { backup: None, lines });
    }
    let backup = match before {
        None => None,
        Some(_) => {
            let backup = free_name(path);
            std::fs::copy(path, &backup).map_err(|error| failed("keep a copy as", &backup, error))?;
            Some(backup)
        }
    };
    // In place, so owner and mode stay: cinder.conf holds passwords.
    std::fs::write(path, text).map_err(|error| failed("write", path, error))?;
    Ok(WrittenConfig { backup, lines })
}

/// A name beside the file that nothing has yet.
fn free_name(path: &Path) -> PathBuf {
    let stamp = jiff::Timestamp::now().strftime("%Y%m%d-%H%M%S").to_string();
    let named = |suffix: &str| {
        let mut name = path.file_name().unwrap_or_default().to_owned();
        name.push(format!(".{stamp}{suffix}.bak"));
        path.with_file_name(name)
    };
    let mut candidate = named("");
    let mut number = 1;
    while candidate.exists() {
        number += 1;
        candidate = named(&format!("-{number}"));
    }
    candidate
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ceph() -> Section {
        Section {
            name: "ceph".to_owned(),
            options: vec![
                ("rbd_pool".to_owned(), "volumes".to_owned()),
                ("rbd_user".to_owned(), "cinder".to_owned()),
                (
                    REPLICATION_DEVICE.to_owned(),
                    "backend_id:ceph2,conf:/etc/ceph2/ceph.conf".to_owned(),
                ),
            ],
        }
    }

    #[test]
    fn a_file_without_the_section_gets_it_at_its_end() {
        let (text, lines) = ceph().put_into("[DEFAULT]\nenabled_backends = ceph");
        insta::assert_snapshot!(text, @r"
        [DEFAULT]
        enabled_backends = ceph

        [ceph]
        rbd_pool = volumes
        rbd_user = cinder
        replication_device = backend_id:ceph2,conf:/etc/ceph2/ceph.conf
        ");
        assert_eq!(lines.len(), 4);
    }

    #[test]
    fn what_is_there_stays_and_what_is_missing_comes_behind_the_last_option() {
        let file = "[DEFAULT]\ndebug = True\n\n[ceph]\n# ours\nrbd_pool = cinder-volumes\nreplication_device = backend_id:dr3,conf:/x\n\n# another\n[lvm]\nvolume_driver = x\n";
        let (text, lines) = ceph().put_into(file);
        insta::assert_snapshot!(text, @r"
        [DEFAULT]
        debug = True

        [ceph]
        # ours
        rbd_pool = cinder-volumes
        replication_device = backend_id:dr3,conf:/x
        rbd_user = cinder
        replication_device = backend_id:ceph2,conf:/etc/ceph2/ceph.conf

        # another
        [lvm]
        volume_driver = x
        ");
        assert_eq!(
            lines,
            [
                "rbd_user = cinder",
                "replication_device = backend_id:ceph2,conf:/etc/ceph2/ceph.conf"
            ]
        );
        assert_eq!(
            ceph().put_into(&text),
            (text.clone(), Vec::new()),
            "a second time changes nothing"
        );
    }

    #[test]
    fn a_device_of_the_same_id_is_replaced() {
        let file = "[ceph]\nrbd_pool = volumes\nrbd_user = cinder\nreplication_device = backend_id:ceph2,conf:/old\n";
        let (text, lines) = ceph().put_into(file);
        assert!(!text.contains("/old"), "{text}");
        assert_eq!(
            lines,
            ["replication_device = backend_id:ceph2,conf:/etc/ceph2/ceph.conf"]
        );
    }

    #[test]
    fn the_file_is_kept_as_it_was() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("cinder.conf");
        std::fs::write(&path, "[ceph]\nrbd_pool = volumes\n").expect("written");
        let written = write_config(&path, &ceph()).expect("written");
        let backup = written.backup.expect("a backup");
        assert_eq!(
            std::fs::read_to_string(backup).expect("the backup"),
            "[ceph]\nrbd_pool = volumes\n"
        );
        assert!(
            std::fs::read_to_string(&path)
                .expect("the file")
                .contains("backend_id:ceph2")
        );
        let again = write_config(&path, &ceph()).expect("nothing to write");
        assert_eq!((again.backup, again.lines), (None, Vec::new()));
        let refused = write_config(folder.path(), &ceph()).expect_err("a folder is no file");
        assert!(refused.help.is_some(), "{refused}");
    }
}
