//! What must be found of a write in the image of a disk: the second witness beside the guest.
//!
//! A file system keeps a file in blocks that may lie apart, each of at least one sector. So a write is looked for by the
//! lines that lie whole within one sector of it, each of which says of which write it is and which line.

use std::collections::{BTreeMap, BTreeSet};

use regex::Regex;

/// The smallest piece in which a file can be kept, in bytes.
const SECTOR: usize = 512;
/// How long a line of a text must be to be looked for, in bytes: a shorter one may stand anywhere.
const SHORTEST: usize = 16;

/// How much of a write is in an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Held {
    /// All that was looked for.
    Whole,
    /// Some of it.
    Part,
    /// Nothing of it.
    Nothing,
    /// Nothing could be looked for.
    NotAsked,
}

/// What is looked for in an image: one pass finds all of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// The tokens of records, each with the lines that begin with it.
    pub tokens: BTreeSet<String>,
    /// Whole lines of other texts.
    pub lines: BTreeSet<String>,
}

impl Wanted {
    /// What is to be looked for of these contents.
    pub fn of<'a>(contents: impl IntoIterator<Item = &'a [u8]>) -> Wanted {
        let mut wanted = Wanted::default();
        for content in contents {
            match token(content) {
                Some(token) => {
                    wanted.tokens.insert(token.to_owned());
                }
                None => wanted.lines.extend(traces(content)),
            }
        }
        wanted
    }

    /// Whether there is nothing to look for.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.tokens.is_empty() && self.lines.is_empty()
    }

    /// The extended regular expression of all of it, as POSIX has it. `None` if there is nothing to look for.
    #[must_use]
    pub fn pattern(&self) -> Option<String> {
        let tokens: Vec<&str> = self.tokens.iter().map(String::as_str).collect();
        let records = (!tokens.is_empty()).then(|| format!("({}){ENDING}", tokens.join("|")));
        let lines = self.lines.iter().map(|line| escaped(line));
        let parts: Vec<String> = records.into_iter().chain(lines).collect();
        (!parts.is_empty()).then(|| parts.join("|"))
    }
}

/// What follows a token in a line of a record or a marker.
const ENDING: &str = "( record [0-9]+ of [0-9]+)?( line [0-9]+|-end)";

/// How much of a content was found.
#[must_use]
pub fn held(content: &[u8], found: &BTreeSet<String>) -> Held {
    let traces = traces(content);
    let there = traces.iter().filter(|trace| found.contains(*trace)).count();
    match (traces.len(), there) {
        (0, _) => Held::NotAsked,
        (all, there) if all == there => Held::Whole,
        (_, 0) => Held::Nothing,
        _ => Held::Part,
    }
}

/// The token that every line of a record begins with; `None` for any other text.
fn token(content: &[u8]) -> Option<&str> {
    let head = &content[..content.len().min(120)];
    let text = str::from_utf8(head).ok()?;
    let found = Regex::new("^cinder-drill[a-z -]*[0-9a-f]{32}").ok()?.find(text)?;
    Some(&text[..found.end()])
}

/// What must be found of a content: of a record all lines that lie in one sector, of another text its longest such line.
fn traces(content: &[u8]) -> BTreeSet<String> {
    if let Some(token) = token(content) {
        let Ok(line) = Regex::new(&format!("{token}{ENDING}")) else {
            return BTreeSet::new();
        };
        let sectors = content.chunks(SECTOR).map(String::from_utf8_lossy);
        return sectors
            .flat_map(|sector| {
                // What ends with its sector may go on in the next.
                let whole = line
                    .find_iter(&sector)
                    .filter(|found| found.end() < sector.len() || sector.len() < SECTOR);
                whole.map(|found| found.as_str().to_owned()).collect::<Vec<_>>()
            })
            .collect();
    }
    let mut start = 0;
    let mut longest: Option<&str> = None;
    for line in content.split(|byte| *byte == b'\n') {
        let end = start + line.len();
        let is_in_one = start / SECTOR == end.saturating_sub(1).max(start) / SECTOR;
        let is_plain = line.iter().all(|byte| (b' '..=b'~').contains(byte));
        if is_in_one && is_plain && line.len() >= SHORTEST.max(longest.map_or(0, |longest| longest.len() + 1)) {
            longest = str::from_utf8(line).ok();
        }
        start = end + 1;
    }
    longest.into_iter().map(str::to_owned).collect()
}

/// A text as an extended regular expression that matches nothing else.
fn escaped(text: &str) -> String {
    let special = |character: char| r".[]{}()*+?^$|\".contains(character);
    let mut escaped = String::with_capacity(text.len() + 8);
    for character in text.chars() {
        if special(character) {
            escaped.push('\\');
        }
        escaped.push(character);
    }
    escaped
}

/// What was found in an image when the backend had come to a site, or why that is not known.
#[derive(Clone, Debug)]
pub struct Arrival {
    /// How many failovers and failbacks there had been.
    pub moves: usize,
    /// The site's name.
    pub site: String,
    /// The traces that were found, or why they were not searched.
    pub found: Result<BTreeSet<String>, String>,
}

/// What the second witness has seen and cannot see, by volume.
#[derive(Clone, Debug, Default)]
pub struct Witness {
    /// What was found when the backend last came to a site.
    pub arrivals: BTreeMap<String, Arrival>,
    /// Why the image of a volume cannot be looked into for what a guest wrote.
    pub blind: BTreeMap<String, String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOKEN: &str = "cinder-drill 0123456789abcdef0123456789abcdef";

    /// All that the pattern matches, as `grep -o` prints it.
    fn found(wanted: &Wanted, image: &[u8]) -> BTreeSet<String> {
        let pattern = Regex::new(&wanted.pattern().unwrap()).unwrap();
        let text = String::from_utf8_lossy(image);
        pattern
            .find_iter(&text)
            .map(|found| found.as_str().to_owned())
            .collect()
    }

    #[test]
    fn a_record_is_found_whole_in_part_or_not_at_all() {
        let (_, record) = crate::sync_log::record("f", 3, TOKEN);
        let wanted = Wanted::of([record.as_slice()]);
        assert_eq!(wanted.tokens.len(), 1);
        let mut image = vec![0; 4096];
        image.extend_from_slice(&record);
        assert_eq!(held(&record, &found(&wanted, &image)), Held::Whole);
        // Blocks of one sector each, apart and in another order.
        let apart: Vec<u8> = record
            .chunks(512)
            .rev()
            .flat_map(|sector| [sector, &[0; 512]].concat())
            .collect();
        assert_eq!(held(&record, &found(&wanted, &apart)), Held::Whole);
        for torn in [512, 4096, 6144, 7680] {
            let mut image = record.clone();
            image[torn..].fill(0);
            assert_eq!(held(&record, &found(&wanted, &image)), Held::Part, "{torn}");
        }
        assert_eq!(held(&record, &found(&wanted, &[0; 100])), Held::Nothing);
        let (_, other) = crate::sync_log::record("f", 4, TOKEN);
        assert_eq!(held(&record, &found(&wanted, &other)), Held::Nothing);
    }

    #[test]
    fn a_marker_is_found_to_its_end() {
        let token = "cinder-drill-marker-0123456789abcdef0123456789abcdef";
        let mut marker = crate::sync_log::lines(token, 12_288 - token.len() - 4);
        marker.extend_from_slice(format!("{token}-end").as_bytes());
        let wanted = Wanted::of([marker.as_slice()]);
        assert_eq!(held(&marker, &found(&wanted, &marker)), Held::Whole);
        assert_eq!(held(&marker, &found(&wanted, &marker[..10_240])), Held::Part);
    }

    #[test]
    fn another_text_is_found_by_its_longest_line() {
        let text = b"# Before (failover)\nthis should be consistent before/after failover\n";
        let wanted = Wanted::of([&text[..], b"short\n"]);
        assert_eq!(
            wanted.lines.iter().collect::<Vec<_>>(),
            ["this should be consistent before/after failover"]
        );
        assert_eq!(held(text, &found(&wanted, text)), Held::Whole);
        assert_eq!(held(text, &BTreeSet::new()), Held::Nothing);
        assert_eq!(held(b"short\n", &BTreeSet::new()), Held::NotAsked);
        let special = b"a line with (special) characters: [x]{2}^$|\\*+?.\n";
        assert_eq!(held(special, &found(&Wanted::of([&special[..]]), special)), Held::Whole);
        assert_eq!(Wanted::of([]).pattern(), None);
    }
}
