//! The files on which a certificate stands.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use sha2::{Digest, Sha256};

use super::keys::hex;

/// No file of the evidence is longer, in bytes.
const LONGEST: u64 = 1 << 32;

/// A file of the evidence, and its digest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evidence {
    /// Its name in the folder of the certificate.
    pub name: String,
    /// The SHA-256 of its bytes.
    pub sha256: String,
}

impl Evidence {
    /// The names of the files, in the order in which a certificate has them.
    pub const NAMES: [&'static str; 6] = [
        "report.json",
        "junit.xml",
        "journal.jsonl",
        "profile.yaml",
        "target.json",
        "product.yaml",
    ];

    /// Those of a folder.
    ///
    /// # Errors
    /// One of them cannot be read.
    pub fn of(folder: &Path) -> std::io::Result<Vec<Evidence>> {
        let read = |name: &str| {
            let sha256 = digest(&folder.join(name))?;
            let name = name.to_owned();
            Ok(Evidence { name, sha256 })
        };
        Evidence::NAMES.into_iter().map(read).collect()
    }
}

/// The SHA-256 of a file. A journal may be large: it is read a piece at a time.
///
/// # Errors
/// It cannot be read.
pub fn digest(path: &Path) -> std::io::Result<String> {
    // A device without end is no evidence.
    let mut file = File::open(path)?.take(LONGEST);
    let mut hasher = Sha256::new();
    let mut piece = vec![0; 1 << 16];
    loop {
        match file.read(&mut piece)? {
            0 => return Ok(hex(&hasher.finalize())),
            read => hasher.update(&piece[..read]),
        }
    }
}
