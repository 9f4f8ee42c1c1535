//! The microversion that calls to Nova ask for.
//! History: <https://docs.openstack.org/nova/latest/reference/api-microversion-history.html>.

use crate::cloud::microversion::Wanted;

/// 2.90 (Xena) is what was recorded on the lab. 2.89 added `attachment_id` to a server's volumes; from 2.101 on attaching a
/// volume answers without a body. Older clouds do, without the attachment's id. 2.37 made `networks` compulsory, with
/// `none` and `auto` as values.
pub(super) const GENERAL: Wanted = Wanted::new((2, 90), (2, 37));
