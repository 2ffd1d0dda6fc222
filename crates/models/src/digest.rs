//! SHA-256 of files.

use std::fs::File;
use std::io::{self, BufReader, Read as _};
use std::path::Path;

use sha2::{Digest as _, Sha256};

use crate::ModelsError;

/// The digest of a file's content, in hex.
pub(crate) fn of_file(path: &Path) -> Result<String, ModelsError> {
    let read = || -> io::Result<String> {
        let mut file = BufReader::with_capacity(1 << 16, File::open(path)?);
        let mut digest = Sha256::new();
        let mut block = vec![0; 1 << 16];
        loop {
            let length = file.read(&mut block)?;
            if length == 0 {
                return Ok(hex::encode(digest.finalize()));
            }
            digest.update(&block[..length]);
        }
    };
    read().map_err(ModelsError::file("read", path))
}

/// The digest of bytes, in hex.
pub(crate) fn of(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}
