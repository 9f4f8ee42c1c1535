//! What is seen and what comes next, as text.

use crate::counted::counted;
use crate::names::SiteName;
use crate::report::printable;
use crate::status::{Copy, Look, Next};

/// How many volumes are listed before they are only counted; those that are not well come first.
const LISTED: usize = 40;

/// What is seen, and what comes next, for people.
#[must_use]
pub(super) fn to_text(look: &Look, next: &[Next]) -> String {
    let mut text = format!("{} on {}\n\n", printable(&look.backend), printable(&look.target));
    let mut line = |what: &str, words: &str| text.push_str(&format!("  {what:<10} {}\n", printable(words)));
    match &look.service {
        Ok(judgement) => line("service", &judgement.words()),
        Err(why) => line("service", &format!("not known: {why}")),
    }
    for site in &look.sites {
        match &site.silent {
            None => line(&site.name, "answers"),
            Some(why) if site.is_lost => line(&site.name, &format!("DOES NOT ANSWER: {why}")),
            Some(why) => line(&site.name, &format!("cannot be asked: {why}")),
        }
    }
    match &look.volumes {
        Err(why) => line("volumes", &format!("not known: {why}")),
        Ok(volumes) if volumes.is_empty() => line("volumes", "none on the backend"),
        Ok(volumes) => {
            let mut volumes: Vec<_> = volumes.iter().collect();
            let is_well = |copies: &[Copy; 2]| {
                let states = copies.each_ref().map(|copy| copy.state.as_deref());
                matches!(
                    states,
                    [Some("up+stopped"), Some("up+replaying")] | [Some("up+replaying"), Some("up+stopped")]
                )
            };
            volumes.sort_by_key(|volume| is_well(&volume.copies));
            line("volumes", &format!("{} on the backend", volumes.len()));
            for volume in volumes.iter().take(LISTED) {
                text.push_str(&format!(
                    "    {}: {}, replication_status {}\n",
                    printable(&volume.called()),
                    printable(&volume.status),
                    printable(&volume.replication)
                ));
                for site in SiteName::ALL {
                    text.push_str(&format!(
                        "      {:<10} {}\n",
                        printable(&look.site(site).name),
                        printable(&of_copy(volume.copy(site), look.site(site).is_lost))
                    ));
                }
            }
            if volumes.len() > LISTED {
                text.push_str(&format!("    and {} more\n", volumes.len() - LISTED));
            }
        }
    }
    text.push_str("\nnext\n");
    if next.is_empty() {
        text.push_str("  nothing: the backend is at its primary site, and each volume replays at the other site\n");
    }
    for (number, step) in next.iter().enumerate() {
        text.push_str(&format!("  {}. {}\n", number + 1, printable(&step.why)));
        if let Some(command) = &step.command {
            let at = step.at.as_ref().map(|at| format!("at {at}: ")).unwrap_or_default();
            text.push_str(&format!("     {}{}\n", printable(&at), printable(command)));
        }
    }
    text
}

fn of_copy(copy: &Copy, is_lost: bool) -> String {
    if is_lost {
        return "not known: the site does not answer".to_owned();
    }
    if copy.absent {
        return "no image".to_owned();
    }
    let primary = match copy.primary {
        Some(true) => "primary",
        Some(false) => "not primary",
        None => "primary or not: not known",
    };
    let mut words = vec![primary.to_owned()];
    words.extend(copy.state.clone());
    if copy.is_split {
        words.push("SPLIT-BRAIN".to_owned());
    }
    if let Some(behind) = copy.behind {
        words.push(format!("{} behind, as it says", counted(behind, "entry")));
    }
    words.join(", ")
}
