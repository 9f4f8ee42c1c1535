//! What `rbd info` says of an image.

use serde::Deserialize;

/// What `rbd info --format json` says of an image. Keys that are not here are passed over: each Ceph release adds some.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Answer")]
pub struct RbdInfo {
    /// The image's name in its pool.
    pub name: String,
    /// The image's id, which differs between the sites.
    pub id: String,
    /// The size in bytes.
    pub size: u64,
    /// The features, for example `journaling`.
    pub features: Vec<String>,
    /// How it is mirrored; `None` if it is not.
    pub mirroring: Option<Mirroring>,
}

/// How an image is mirrored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mirroring {
    /// `journal` or `snapshot`; Ceph says it since Octopus.
    pub mode: Option<String>,
    /// `enabled`, or `creating` and `disabling` in between.
    pub state: String,
    /// The id that the image has at all its sites.
    pub global_id: String,
    /// Whether this site's image is the one that can be written.
    pub primary: bool,
}

#[derive(Deserialize)]
struct Answer {
    name: String,
    id: String,
    size: u64,
    #[serde(default)]
    features: Vec<String>,
    mirroring: Option<MirroringAnswer>,
}

#[derive(Deserialize)]
struct MirroringAnswer {
    mode: Option<String>,
    state: String,
    global_id: Option<String>,
    primary: Option<bool>,
}

impl TryFrom<Answer> for RbdInfo {
    type Error = String;

    fn try_from(answer: Answer) -> Result<RbdInfo, String> {
        let Answer {
            name,
            id,
            size,
            features,
            mirroring,
        } = answer;
        let mirroring = match mirroring {
            // An image with the journaling feature that is not mirrored has a `mirroring` of this state and no more.
            Some(MirroringAnswer {
                state, global_id: None, ..
            }) if state == "disabled" => None,
            Some(MirroringAnswer {
                mode,
                state,
                global_id: Some(global_id),
                primary: Some(primary),
            }) => Some(Mirroring {
                mode,
                state,
                global_id,
                primary,
            }),
            Some(MirroringAnswer { state, .. }) => {
                return Err(format!("mirroring is {state}, but its global_id or primary is missing"));
            }
            None => None,
        };
        Ok(RbdInfo {
            name,
            id,
            size,
            features,
            mirroring,
        })
    }
}
