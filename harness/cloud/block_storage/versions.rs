//! The microversions that calls to Cinder ask for.
//! History: <https://docs.openstack.org/cinder/latest/contributor/api_microversion_history.html>.

use crate::cloud::microversion::Wanted;

/// 3.27 is where the attachments API came (Pike); a cloud below it has no place to read connection info from, so nothing
/// of a drill runs there.
const LEAST: (u32, u32) = (3, 27);

/// Volumes, types, services, pools: Train's, which every release of the last years has.
pub(super) const GENERAL: Wanted = Wanted::new((3, 60), LEAST);

/// Volumes name their clusters since 3.61.
pub(super) const CLUSTERS: Wanted = Wanted::new((3, 61), LEAST);

/// How many volumes there are: 3.12 is where the call came (Newton).
pub(super) const SUMMARY: Wanted = Wanted::new((3, 12), (3, 12));

/// Attachments: 3.44 is where `os-complete` came.
pub(super) const ATTACHMENT: Wanted = Wanted::new((3, 44), LEAST);

/// Fail-over: from 3.26 on the body may name a cluster instead of a host; 3.7 is what python-cinderclient sends and what
/// was recorded on the lab.
pub(super) const FAILOVER: Wanted = Wanted::new((3, 7), (3, 7));
