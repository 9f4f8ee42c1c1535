//! Files that people write, read within bounds: a name may lead to a device without end.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

/// No file that a person writes is longer, in bytes.
pub(crate) const LONGEST: usize = 1 << 20;

/// The bytes of a file, and one more than [`LONGEST`] at most: who uses them says that it is too large.
///
/// # Errors
/// What the operating system says.
pub(crate) fn read(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(LONGEST as u64 + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// The text of such bytes.
///
/// # Errors
/// What is wrong with them, in words.
pub(crate) fn text(bytes: &[u8]) -> Result<&str, String> {
    if bytes.len() > LONGEST {
        return Err(format!("it is too large: a file may have {LONGEST} bytes at most"));
    }
    str::from_utf8(bytes).map_err(|error| format!("it is not UTF-8: byte {} is wrong", error.valid_up_to() + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_device_without_end_is_not_read_to_its_end() {
        let bytes = read(Path::new("/dev/zero")).expect("a device");
        assert_eq!(bytes.len(), LONGEST + 1);
        assert_eq!(
            text(&bytes),
            Err("it is too large: a file may have 1048576 bytes at most".to_owned())
        );
    }
}
