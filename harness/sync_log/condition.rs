//! The state of a write, by the bytes that a guest reads and the digest that it computes.

use sha2::{Digest, Sha256};

use crate::counted::counted;

/// The state of a write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Condition {
    /// It is there as it was written.
    Whole,
    /// There is no such file.
    Missing,
    /// The file begins as it was written and goes on otherwise, or ends.
    Torn {
        /// How many bytes are as they were written.
        whole: usize,
    },
    /// The file has all that was written, and more behind it.
    Longer {
        /// How many bytes more.
        by: usize,
    },
    /// The file holds something else, as an older version does.
    Other,
}

/// What a guest's `sha256sum` gave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SaidDigest {
    /// A digest, in lower-case hexadecimal.
    Of(String),
    /// There is no such file.
    Missing,
    /// No digest.
    Garbage,
}

impl Condition {
    /// The state of a write, in words that follow its name.
    pub(crate) fn words(&self) -> String {
        match self {
            Condition::Whole => "is there".to_owned(),
            Condition::Missing => "is missing".to_owned(),
            Condition::Torn { whole } => format!("is torn after {}", counted(*whole, "byte")),
            Condition::Longer { by } => format!("goes on for {} after what was written", counted(*by, "byte")),
            Condition::Other => "holds something else".to_owned(),
        }
    }

    /// Compares the bytes that were read with those that were written.
    #[must_use]
    pub fn of(written: &[u8], seen: &[u8]) -> Condition {
        let whole = written.iter().zip(seen).take_while(|(one, other)| one == other).count();
        if whole == written.len() {
            return match seen.len() - whole {
                0 => Condition::Whole,
                by => Condition::Longer { by },
            };
        }
        // Versions of one record differ early: in the token of their first line.
        if whole > written.len() / 8 || (whole == seen.len() && whole > 0) {
            Condition::Torn { whole }
        } else {
            Condition::Other
        }
    }
}

/// Judges a file by its bytes (`None`: there is no such file), if the guest's own digest agrees with them. `None` if it does
/// not: then one of the two answers does not come from the file.
#[must_use]
pub fn judge(written: &[u8], read: Option<&[u8]>, digest: &SaidDigest) -> Option<Condition> {
    match (read, digest) {
        (None, SaidDigest::Missing) => Some(Condition::Missing),
        (Some(read), SaidDigest::Of(digest)) if *digest == hexadecimal(&Sha256::digest(read)) => {
            Some(Condition::of(written, read))
        }
        _ => None,
    }
}

/// Bytes in lower-case hexadecimal.
pub(crate) fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use Condition::{Longer, Missing, Other, Torn, Whole};

    fn text(token: &str) -> Vec<u8> {
        crate::sync_log::lines(token, 8192)
    }

    #[test]
    fn a_torn_file_is_told_from_an_older_one() {
        let written = text("token-2");
        let mut torn = written.clone();
        torn[6144..].fill(0);
        assert_eq!(Condition::of(&written, &torn), Torn { whole: 6144 });
        assert_eq!(Condition::of(&written, &written[..100]), Torn { whole: 100 });
        assert_eq!(Condition::of(&written, &text("token-1")), Other);
        assert_eq!(Condition::of(&written, b""), Other);
        assert_eq!(Condition::of(&written, &written), Whole);
        let longer = [written.as_slice(), b"\n"].concat();
        assert_eq!(Condition::of(&written, &longer), Longer { by: 1 });
    }

    #[test]
    fn bytes_are_believed_only_with_their_own_digest() {
        let written = text("token");
        let of = |bytes: &[u8]| SaidDigest::Of(hexadecimal(&Sha256::digest(bytes)));
        let half = &written[..4096];
        assert_eq!(judge(&written, Some(&written), &of(&written)), Some(Whole));
        assert_eq!(judge(&written, Some(half), &of(half)), Some(Torn { whole: 4096 }));
        assert_eq!(judge(&written, None, &SaidDigest::Missing), Some(Missing));
        for (read, digest) in [
            (Some(written.as_slice()), of(half)),
            (Some(half), of(&written)),
            (Some(b"noise"), of(&written)),
            (None, of(&written)),
            (Some(written.as_slice()), SaidDigest::Missing),
            (Some(written.as_slice()), SaidDigest::Garbage),
            (None, SaidDigest::Garbage),
        ] {
            assert_eq!(judge(&written, read, &digest), None, "{digest:?}");
        }
    }
}
