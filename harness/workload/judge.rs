//! What it means which records a disk holds. Asks nobody.

use std::time::Duration;

use super::record::{Origin, Slot};
use super::writer::Acknowledgements;
use crate::event::WorkloadFindings;
use crate::guest::RECORD_BYTES;

/// Judges the bytes of a disk from the first record on. `is_file`: whether they end with what was written; behind the records of
/// a device is whatever it held before.
#[must_use]
pub fn judge(origin: &Origin, acknowledgements: &Acknowledgements, bytes: &[u8], is_file: bool) -> WorkloadFindings {
    let Acknowledgements { sent, times } = acknowledgements;
    let last_acknowledged = acknowledgements.last();
    let mut findings = WorkloadFindings {
        sent: *sent,
        acknowledged: acknowledgements.count(),
        last_acknowledged: last_acknowledged.map(|(number, _)| number),
        ..WorkloadFindings::default()
    };
    let slots: Vec<Slot> = (0..*sent).map(|index| Slot::of(block(bytes, index))).collect();
    let is_whole = |(index, slot): (usize, &Slot)| matches!(slot, Slot::Record { number, origin: of } if *number == index + 1 && of == origin);
    let end = slots.iter().enumerate().rfind(|(index, slot)| is_whole((*index, slot)));
    let end = end.map_or(0, |(index, _)| index + 1);
    findings.last_present = (end > 0).then_some(end);
    let mut kept = None;
    for (index, slot) in slots.iter().enumerate() {
        let acknowledged = times.get(index).copied().flatten();
        if is_whole((index, slot)) {
            findings.present += 1;
            kept = kept.max(acknowledged);
            continue;
        }
        if acknowledged.is_some() {
            findings.lost += 1;
            findings.first_lost.get_or_insert(index + 1);
        }
        match slot {
            Slot::Empty => findings.holes += usize::from(index < end),
            Slot::Torn if index == end => findings.torn_end = true,
            Slot::Torn => findings.torn += 1,
            Slot::Record { origin: of, .. } if of == origin => findings.reordered += 1,
            Slot::Record { origin: of, .. } => {
                findings.stale += 1;
                findings
                    .stale_from
                    .get_or_insert_with(|| format!("scenario {} of run {}", of.scenario, of.run));
            }
        }
    }
    if let Some((_, last)) = last_acknowledged.filter(|_| findings.lost > 0) {
        let lost = last.saturating_sub(kept.unwrap_or(Duration::ZERO));
        // Something was lost, so that it is never no time at all.
        findings.lost_milliseconds = u64::try_from(lost.as_millis()).unwrap_or(u64::MAX).max(1);
    }
    findings.beyond = is_file && bytes.len() > sent * RECORD_BYTES;
    findings
}

/// A block; behind the end of the bytes it is shorter or empty.
fn block(bytes: &[u8], index: usize) -> &[u8] {
    let rest = bytes.get(index * RECORD_BYTES..).unwrap_or_default();
    &rest[..rest.len().min(RECORD_BYTES)]
}

#[cfg(test)]
#[path = "judge_tests.rs"]
mod tests;
