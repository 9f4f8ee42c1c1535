//! What a lying `rbd` says.

use std::time::Duration;

use serde_json::{Value, json};

use crate::lie::NOBODY;
use crate::site::{Answer, Sites};

/// A lie about images and their mirroring.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SiteLie {
    Honest,
    /// The info is that of another image.
    OtherName,
    /// So is the status.
    OtherStatus,
    /// Info and status have different global ids.
    OtherGlobalIds,
    /// Both shells lead to the first cluster.
    OneCluster,
    Truncated,
    /// Nothing is printed, and the command succeeds.
    Empty,
    /// Warnings on the standard error.
    Noise,
    /// The replay is far behind.
    Behind,
    /// The daemon's last word is years old.
    OldDaemon,
    /// A resync was requested.
    Resync,
    SnapshotMode,
    NoMode,
    /// The mirroring is being disabled.
    Disabling,
    /// The second site's image is smaller.
    Size,
    /// What was said first is said for ever.
    StaleCache,
    /// The second site has no such image.
    NoSuchImage,
    /// Each command takes so many seconds.
    Slow(u64),
    /// Both images are primary.
    BothPrimary,
    /// No image is primary.
    NonePrimary,
    /// The image is split-brained.
    SplitBrain,
    /// The status has no description, and the state is unknown: the daemon never reported.
    UnknownDaemon,
    /// The pool's list lacks what is in it.
    EmptyPool,
    /// The client is refused.
    Refused,
    /// Nobody may look at an image; all else may be asked.
    InfoRefused,
    /// Warnings on the standard output, before the JSON.
    NoiseBeforeJson,
    /// There is no `rados`.
    NoRados,
    /// `rados` gets its objects from the first cluster.
    ObjectsOfTheFirst,
    /// What an object was first is what it is for ever.
    StaleObjects,
}

impl SiteLie {
    /// The answer to a command at a site.
    pub fn tell(self, sites: &Sites, site: usize, command: &[String]) -> Answer {
        let gets_object = command.first().is_some_and(|program| program == "rados");
        match self {
            SiteLie::NoRados if gets_object => {
                return Answer {
                    exit: 127,
                    stdout: Vec::new(),
                    stderr: b"sh: 1: rados: not found\n".to_vec(),
                };
            }
            SiteLie::ObjectsOfTheFirst if gets_object => return sites.truth(0, &for_the_first(command)),
            SiteLie::StaleObjects if gets_object => {
                let mut first = sites.first.lock().expect("no panic");
                let key = format!("{site} {}", command.join(" "));
                let known = first.entry(key).or_insert_with(|| sites.truth(site, command));
                return known.clone();
            }
            SiteLie::OneCluster => return sites.truth(0, &for_the_first(command)),
            SiteLie::Slow(seconds) => std::thread::sleep(Duration::from_secs(seconds)),
            SiteLie::Refused => {
                return Answer {
                    exit: 1,
                    stdout: Vec::new(),
                    stderr:
                        b"rbd: couldn't connect to the cluster!\nrbd: listing images failed: (13) Permission denied\n"
                            .to_vec(),
                };
            }
            _ => {}
        }
        let truth = sites.truth(site, command);
        let has = |word: &str| command.iter().any(|argument| argument == word);
        let (info, status, list) = (has("info") && !has("pool"), has("status") && has("image"), has("ls"));
        if truth.exit != 0 {
            return truth;
        }
        match self {
            SiteLie::Truncated => Answer {
                stdout: truth.stdout[..truth.stdout.len() / 2].to_vec(),
                ..truth
            },
            SiteLie::Empty => Answer {
                stdout: Vec::new(),
                ..truth
            },
            SiteLie::Noise => Answer {
                stderr: b"2026-11-29T01:00:00 -1 librbd: failed to query services\n".to_vec(),
                ..truth
            },
            SiteLie::NoiseBeforeJson => Answer {
                stdout: [b"*** DEVELOPER MODE: setting PATH ***\n", truth.stdout.as_slice()].concat(),
                ..truth
            },
            SiteLie::EmptyPool if list => Answer {
                stdout: b"[]".to_vec(),
                ..truth
            },
            SiteLie::InfoRefused if info => Answer {
                exit: 13,
                stdout: Vec::new(),
                stderr: b"rbd: error opening image x: (13) Permission denied\n".to_vec(),
            },
            SiteLie::NoSuchImage if info && site == 1 => Answer {
                exit: 2,
                stdout: Vec::new(),
                stderr: b"rbd: error opening image x: (2) No such file or directory\n".to_vec(),
            },
            SiteLie::StaleCache if info => {
                let mut first = sites.first.lock().expect("no panic");
                let mirrored = truth
                    .json()
                    .is_some_and(|info| info["mirroring"]["global_id"].is_string());
                let key = format!("{site} {}", command.join(" "));
                match (first.get(&key), mirrored) {
                    (Some(known), _) => known.clone(),
                    (None, true) => first.entry(key).or_insert(truth).clone(),
                    (None, false) => truth,
                }
            }
            _ => match truth.json() {
                Some(mut body) if body.is_object() => {
                    self.edit(&mut body, info, status, site);
                    Answer {
                        stdout: body.to_string().into_bytes(),
                        ..truth
                    }
                }
                _ => truth,
            },
        }
    }

    fn edit(self, body: &mut Value, info: bool, status: bool, site: usize) {
        let mirrored = info && body["mirroring"].is_object();
        match self {
            SiteLie::OtherName if info => body["name"] = json!(format!("volume-{NOBODY}")),
            SiteLie::OtherStatus if status => {
                body["name"] = json!(format!("volume-{NOBODY}"));
                body["global_id"] = json!(NOBODY);
            }
            SiteLie::OtherGlobalIds if mirrored => body["mirroring"]["global_id"] = json!(NOBODY),
            SiteLie::OtherGlobalIds if status => body["global_id"] = json!("88888888-9999-4999-8999-999999999999"),
            SiteLie::Behind if status => {
                body["description"] = json!(
                    "replaying, {\"bytes_per_second\":0.0,\"entries_behind_primary\":999999,\"entries_per_second\":0.0,\"non_primary_position\":{},\"primary_position\":{\"entry_tid\":999999,\"object_number\":1,\"tag_tid\":1}}"
                );
            }
            SiteLie::OldDaemon if status => body["last_update"] = json!("2020-01-01 00:00:00"),
            SiteLie::Resync if status => {
                body["state"] = json!("up+replaying");
                body["description"] = json!("replaying, resync requested");
            }
            SiteLie::SplitBrain if status && site == 1 => {
                body["state"] = json!("up+error");
                body["description"] = json!("split-brain");
            }
            SiteLie::UnknownDaemon if status => {
                body["state"] = json!("down+unknown");
                body["description"] = json!("status not found");
            }
            SiteLie::SnapshotMode if mirrored => body["mirroring"]["mode"] = json!("snapshot"),
            SiteLie::NoMode if mirrored => {
                body["mirroring"]
                    .as_object_mut()
                    .and_then(|mirroring| mirroring.remove("mode"));
            }
            SiteLie::Disabling if mirrored => body["mirroring"]["state"] = json!("disabling"),
            SiteLie::Size if info && site == 1 => body["size"] = json!(4096),
            SiteLie::BothPrimary if mirrored => body["mirroring"]["primary"] = json!(true),
            SiteLie::NonePrimary if mirrored => body["mirroring"]["primary"] = json!(false),
            _ => {}
        }
    }
}

/// The same command for the first cluster.
fn for_the_first(command: &[String]) -> Vec<String> {
    let word = |word: &String| match word.as_str() {
        "ceph2" => "ceph".to_owned(),
        "cinder2" => "cinder".to_owned(),
        other => other.to_owned(),
    };
    command.iter().map(word).collect()
}
