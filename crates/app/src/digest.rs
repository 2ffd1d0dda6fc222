//! Digests of several things together.

use sha2::{Digest as _, Sha256};

/// Takes a part in with its length before it: else "ab" and "c" would be what "a" and "bc" are.
pub(crate) fn put(hash: &mut Sha256, part: impl AsRef<[u8]>) {
    let part = part.as_ref();
    hash.update((part.len() as u64).to_be_bytes());
    hash.update(part);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_do_not_run_into_each_other() {
        let digest = |parts: &[&str]| {
            let mut hash = Sha256::new();
            for part in parts {
                put(&mut hash, part);
            }
            hash.finalize()
        };
        assert_eq!(digest(&["ab", "c"]), digest(&["ab", "c"]));
        assert_ne!(digest(&["ab", "c"]), digest(&["a", "bc"]));
        assert_ne!(digest(&["a"]), digest(&["a", ""]));
    }
}
