//! What a cephx user may do with a pool, by its OSD capabilities.

/// Whether capabilities let a user promote the images of a pool.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum MayWrite {
    /// They do.
    Yes,
    /// They do not.
    No,
    /// Ceph cannot read them, and then allows nothing at all; the part that it stumbles over.
    Unreadable(String),
    /// They hold what is not judged here, and nothing else lets the user write; that part.
    NotUnderstood(String),
}

/// What one grant comes to.
enum Grant {
    Writes,
    Nothing,
    Unreadable,
    NotUnderstood,
}

/// Judges the OSD capabilities of a user for a pool. The grammar is that of Ceph's `src/osd/OSDCap.cc`, `OSDCapParser`: grants
/// with `,` or `;` between them, each of which begins with `allow` or `profile`; if one is none, all are void (`OSDCap::parse`
/// clears them).
pub(super) fn may_write(osd: &str, pool: &str) -> MayWrite {
    let mut writes = false;
    let mut not_understood = None;
    for text in grants(osd) {
        match grant(&words(&text), pool) {
            Grant::Writes => writes = true,
            Grant::Nothing => {}
            Grant::Unreadable => return MayWrite::Unreadable(text),
            Grant::NotUnderstood => not_understood = not_understood.or(Some(text)),
        }
    }
    match (writes, not_understood) {
        (true, _) => MayWrite::Yes,
        (false, Some(text)) => MayWrite::NotUnderstood(text),
        (false, None) => MayWrite::No,
    }
}

/// The grants, cut at `,` and `;` outside quotes.
fn grants(osd: &str) -> Vec<String> {
    let mut grants = vec![String::new()];
    let mut quote = None;
    for character in osd.chars() {
        match (character, quote) {
            (',' | ';', None) => grants.push(String::new()),
            ('"' | '\'', None) => quote = Some(character),
            (character, Some(open)) if character == open => quote = None,
            _ => {
                if let Some(last) = grants.last_mut() {
                    last.push(character);
                }
            }
        }
    }
    let trimmed = grants.iter().map(|grant| grant.trim().to_owned());
    // A separator at the end is none too many for Ceph; an empty text grants nothing.
    trimmed.filter(|grant| !grant.is_empty()).collect()
}

/// The words of a grant; `pool=x` and `pool x` are one.
fn words(grant: &str) -> Vec<String> {
    grant
        .replace('=', " = ")
        .split_whitespace()
        .map(str::to_owned)
        .collect()
}

fn grant(words: &[String], pool: &str) -> Grant {
    let words: Vec<&str> = words.iter().map(String::as_str).filter(|word| *word != "=").collect();
    let (writes, rest) = match words.as_slice() {
        ["profile", profile, rest @ ..] => match *profile {
            "rbd" => (true, rest),
            "rbd-read-only" | "rbd-mirror" | "rbd-mirror-peer" | "simple-rados-client" => (false, rest),
            _ => return Grant::NotUnderstood,
        },
        ["allow", rest @ ..] => {
            let rights = rest.iter().position(|word| is_rights(word));
            match rights {
                // The match may stand before what it allows.
                Some(position) => {
                    let others: Vec<&str> = rest
                        .iter()
                        .enumerate()
                        .filter(|(at, _)| *at != position)
                        .map(|(_, word)| *word)
                        .collect();
                    return limited(writes_all(rest[position]), &others, pool);
                }
                None if rest.iter().any(|word| word.starts_with("class-") || *word == "class") => {
                    return Grant::Nothing;
                }
                None => return Grant::NotUnderstood,
            }
        }
        _ => return Grant::Unreadable,
    };
    limited(writes, rest, pool)
}

fn is_rights(word: &str) -> bool {
    word == "*" || (!word.is_empty() && word.chars().all(|right| "rwx".contains(right)))
}

fn writes_all(rights: &str) -> bool {
    rights == "*" || ["r", "w", "x"].iter().all(|right| rights.contains(right))
}

/// A grant that is limited to a pool and more.
fn limited(writes: bool, limits: &[&str], pool: &str) -> Grant {
    if !writes {
        return Grant::Nothing;
    }
    match limits {
        [] => Grant::Writes,
        ["pool", named] if *named == pool => Grant::Writes,
        // Of another pool, however it is limited further.
        ["pool", named, ..] if *named != pool => Grant::Nothing,
        // Cinder's images are in no namespace.
        ["pool", _, "namespace", namespace] if !namespace.is_empty() => Grant::Nothing,
        _ => Grant::NotUnderstood,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_usual_capabilities_are_understood() {
        for good in [
            "profile rbd pool=volumes",
            "profile rbd",
            "allow *",
            "allow class-read object_prefix rbd_children, allow rwx pool=volumes",
            "profile rbd pool=images, profile rbd pool=volumes",
            "profile rbd pool=images; profile rbd pool=volumes",
            "profile rbd pool volumes",
            "profile rbd pool=\"volumes\"",
            "allow pool volumes rwx",
            "allow rwx tag rbd data=x, profile rbd pool=volumes",
            "profile rbd pool=volumes,",
        ] {
            assert_eq!(may_write(good, "volumes"), MayWrite::Yes, "{good}");
        }
        for bad in [
            "",
            "profile rbd-read-only pool=volumes",
            "profile rbd pool=images",
            "allow r pool=volumes",
            "allow rwx pool=images",
            "profile rbd pool=volumes namespace=other",
        ] {
            assert_eq!(may_write(bad, "volumes"), MayWrite::No, "{bad}");
        }
    }

    #[test]
    fn one_grant_that_ceph_cannot_read_voids_all() {
        let osd = "profile rbd pool=volumes, profile rbd pool=vms, osd blacklist";
        assert_eq!(
            may_write(osd, "volumes"),
            MayWrite::Unreadable("osd blacklist".to_owned())
        );
        for osd in [
            "profile rbd pool=volumes, rwx pool=vms",
            "volumes rwx",
            "alow rwx pool=volumes",
        ] {
            assert!(matches!(may_write(osd, "volumes"), MayWrite::Unreadable(_)), "{osd}");
        }
    }

    #[test]
    fn what_is_not_judged_is_said_to_be_not_understood() {
        for osd in [
            "allow rwx tag rbd data=volumes",
            "profile rbd pool=volumes network 10.0.0.0/8",
            "allow rwx object_prefix rbd_data",
            "profile cinder",
        ] {
            assert!(matches!(may_write(osd, "volumes"), MayWrite::NotUnderstood(_)), "{osd}");
        }
    }
}
