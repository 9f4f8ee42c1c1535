//! Writes that are synced one by one, and reads that come from the disk.

use super::error::GuestError;
use super::files::word;
use super::handle::Guest;

impl Guest {
    /// Writes a file and syncs it, and asks no more: see [`Guest::read_back`].
    ///
    /// # Errors
    /// The guest cannot be asked or cannot write.
    pub async fn write_synced(&self, path: &str, content: &[u8]) -> Result<(), GuestError> {
        let file = word(path);
        let command = self
            .command(&format!("cat > {file} && sync {file} && sync"))
            .stdin(content);
        self.succeed(&format!("write {path}"), command).await.map(drop)
    }

    /// Makes the guest's kernel forget what it has in memory of its disks, so what is read next comes from the disk: a file
    /// that was written before a failover may still be in the page cache though its disk has lost it.
    ///
    /// # Errors
    /// The guest cannot be asked, or does not let its user do this.
    pub async fn drop_caches(&self) -> Result<(), GuestError> {
        // What is not written yet cannot be forgotten, so it is written first (Linux' Documentation/admin-guide/sysctl/vm.rst).
        let command = self.command("sync && echo 3 > /proc/sys/vm/drop_caches");
        self.succeed("drop its caches", command).await.map(drop)
    }
}
