//! What was found to be wrong, as a word that stays when a message is reworded.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::document::Word;

/// Makes the enum, and the words by which a scenario names its variants, from one list.
macro_rules! causes {
    ($($name:ident $word:literal $text:literal),* $(,)?) => {
        /// What was found to be wrong. Scenarios, gate jobs and reports name it by its word, which no rewording of a message
        /// changes.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
        #[non_exhaustive]
        pub enum Cause {
            $(#[doc = $text] #[serde(rename = $word)] $name,)*
        }

        impl Cause {
            /// Each with what it means, as a scenario names it.
            pub(crate) const WORDS: &'static [Word] = &[$(Word { word: $word, text: $text },)*];

            /// Its word, such as `link-cut`.
            #[must_use]
            pub fn word(self) -> &'static str {
                match self {
                    $(Cause::$name => $word,)*
                }
            }

            /// The cause that a word names.
            #[must_use]
            pub fn of(word: &str) -> Option<Cause> {
                match word {
                    $($word => Some(Cause::$name),)*
                    _ => None,
                }
            }
        }
    };
}

causes! {
    SiteSilent "site-silent" "A site that is needed does not answer.",
    LinkCut "link-cut" "A site does not hear of the other one's rbd-mirror: the link between them is cut.",
    MirrorDaemonDown "mirror-daemon-down" "rbd-mirror does not run at a site, or does not report.",
    NotReplicated "not-replicated" "What is written does not arrive at the other site.",
    SplitBrain "split-brain" "Both sides of a mirror were written to.",
    PrimaryAtBothSites "primary-at-both-sites" "An image is primary at both sites.",
    PrimaryNowhere "primary-nowhere" "An image is primary at neither site, and cannot be written.",
    NotMoved "not-moved" "An image is still primary at the site that was to be left.",
    ServiceDied "service-died" "cinder-volume died in the middle of a failover or failback.",
    FailoverFailed "failover-failed" "A backend or a volume is in `failover-error`, or gave up the failover or failback.",
    MovedByOthers "moved-by-others" "The backend is not where the drill left it: somebody else moved it.",
    Contradiction "contradiction" "What Cinder and the storage say of where the backend is contradicts itself.",
    OldAttachment "old-attachment" "A volume still has the attachment that it had before the failover.",
    DiskHangs "disk-hangs" "A disk does not answer, and the guest that waits for it cannot give it up while it runs.",
    WrongConnection "wrong-connection" "The connection info of a volume leads to another site than it must.",
    NeverBegan "never-began" "Cinder accepted a failover or failback, and nothing happened.",
    StillMoving "still-moving" "A backend is still in `failing-over` when the time is up.",
    DataLost "data-lost" "The last writes that were synced are missing.",
    OldPrimary "old-primary" "A disk is as it was before the failover: all that was written at the other site is missing.",
    Torn "torn" "Of a write that was synced as a whole, only a part is there.",
    OutOfOrder "out-of-order" "A later write is there and an earlier one is not.",
    RpoMissed "rpo-missed" "More of a workload is lost than its `rpo` allows.",
    RtoMissed "rto-missed" "A server waited longer for its data than the `rto` allows.",
}
