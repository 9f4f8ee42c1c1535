//! What a scenario declares, resolved for a target.

use serde::Serialize;

use crate::diagnostic::Location;
use crate::names::VolumeName;
use crate::targets::VolumeType;

/// A volume to make.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct PlannedVolume {
    /// Its name in the scenario.
    pub name: VolumeName,
    /// Its size in GiB.
    pub size_gib: u64,
    /// Its type in the target.
    pub volume_type: VolumeType,
    /// The name of the Glance image that it is made from.
    pub image: Option<String>,
    /// Where it is declared.
    pub at: Location,
}

/// What a server boots from.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Boot {
    /// A volume of the scenario.
    Volume(VolumeName),
    /// A Glance image, by name.
    Image(String),
}
