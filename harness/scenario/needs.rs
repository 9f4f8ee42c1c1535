//! `needs`: what a target must have, so that a scenario means something there.

use super::Scenario;
use crate::document::Word;
use crate::targets::{Fault, PLAIN_TYPE, Target};

/// Something that a target may have.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Need {
    /// Both sites can be asked what they hold.
    Storage,
    /// The log of cinder-volume can be read.
    VolumeLog,
    /// The driver mirrors in this mode.
    Asynchronous(bool),
    /// The target has a volume type of this name that is not replicated.
    PlainType,
    /// The target says how this fault is made.
    Fault(Fault),
}

impl Need {
    /// What a word stands for.
    pub(super) fn of(word: &str) -> Option<Need> {
        match word {
            "storage" => Some(Need::Storage),
            "volume-log" => Some(Need::VolumeLog),
            "asynchronous" => Some(Need::Asynchronous(true)),
            "synchronous" => Some(Need::Asynchronous(false)),
            "plain-type" => Some(Need::PlainType),
            fault => Fault::of_key(fault).map(Need::Fault),
        }
    }

    /// What a target lacks of it, in words.
    pub(crate) fn lacking(self, target: &Target) -> Option<String> {
        let name = &target.name;
        match self {
            Need::Storage => (!target.can_ask_storage())
                .then(|| format!("the sites of target {name} cannot be asked what they hold")),
            Need::VolumeLog => target
                .volume_logs
                .is_empty()
                .then(|| format!("target {name} has no `volume-log`")),
            Need::Asynchronous(wanted) => {
                let words = if wanted { "asynchronously" } else { "synchronously" };
                let does = target.driver.profile.mode.asynchronous == wanted;
                (!does).then(|| {
                    format!(
                        "the driver of target {name}, {}, does not mirror {words}",
                        target.driver.called
                    )
                })
            }
            Need::PlainType => (!target.volume_types.contains_key(PLAIN_TYPE))
                .then(|| format!("target {name} has no volume type `{PLAIN_TYPE}` that is not replicated")),
            Need::Fault(fault) => (!target.faults.contains_key(&fault))
                .then(|| format!("target {name} does not say how the fault `{fault}` is made")),
        }
    }
}

impl Scenario {
    /// What a target lacks for this scenario, in words.
    #[must_use]
    pub fn lacking(&self, target: &Target) -> Option<String> {
        self.needs.iter().find_map(|need| need.lacking(target))
    }
}

/// The words for them.
pub(super) static NEEDS: [Word; 5 + Fault::ALL.len()] = {
    let mut words = [Word { word: "", text: "" }; 5 + Fault::ALL.len()];
    words[0] = Word {
        word: "storage",
        text: "Both sites can be asked what they hold: the target names a `shell` and a `pool` of each.",
    };
    words[1] = Word {
        word: "volume-log",
        text: "The log of cinder-volume can be read.",
    };
    words[2] = Word {
        word: "asynchronous",
        text: "The driver mirrors asynchronously.",
    };
    words[3] = Word {
        word: "synchronous",
        text: "The driver mirrors synchronously.",
    };
    words[4] = Word {
        word: "plain-type",
        text: "The target has a volume type `plain`, on the same backend and without replication.",
    };
    let mut index = 0;
    while index < Fault::ALL.len() {
        words[5 + index] = Word {
            word: Fault::ALL[index].key(),
            text: "The target says how this fault is made: `faults`.",
        };
        index += 1;
    }
    words
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_stands_for_something() {
        for word in &NEEDS {
            assert!(Need::of(word.word).is_some(), "{}", word.word);
        }
    }
}
