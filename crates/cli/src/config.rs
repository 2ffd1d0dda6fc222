//! Settings: flags over environment over file over the defaults in `default.toml`.

use std::num::NonZeroU32;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use figment::Figment;
use figment::providers::{Env, Format as _, Serialized, Toml};
use likeness_blobs::BlobConfig;
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;

/// The defaults, and the reference of all settings.
const DEFAULTS: &str = include_str!("../default.toml");

/// All settings.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Config {
    pub server: Server,
    pub database: Database,
    pub blobs: BlobSettings,
    pub worker: Worker,
    pub video: Video,
    pub keep: Keep,
    pub consent: Consent,
    pub models: Models,
    pub presenters: Presenters,
    pub net: Net,
    pub oidc: OidcConfig,
    pub log: Log,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Server {
    pub listen: String,
    pub public_url: String,
    pub requests_per_second: NonZeroU32,
    pub burst: NonZeroU32,
    pub request_timeout_s: u64,
    pub link_lifetime_s: u64,
    pub max_file_bytes: u64,
    pub max_upload_bytes: u64,
    pub max_active_jobs: u64,
    pub cors_origins: Vec<String>,
    pub bare_body_bytes: usize,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Database {
    /// May hold a password.
    pub url: SecretString,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct BlobSettings {
    pub kind: BlobKind,
    pub s3_endpoint: String,
    pub s3_bucket: String,
    pub s3_region: String,
    pub s3_access_key_id: String,
    pub s3_secret_access_key: SecretString,
    pub s3_allow_http: bool,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum BlobKind {
    Local,
    S3,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Presenters {
    pub library: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Worker {
    pub slots: usize,
    pub lease_s: u64,
    pub grace_s: u64,
}

/// How videos are encoded.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Video {
    pub preset: Preset,
    pub crf: u8,
}

/// x264's, from the fastest to the smallest file.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Preset {
    Ultrafast,
    Superfast,
    Veryfast,
    Faster,
    Fast,
    Medium,
    Slow,
    Slower,
    Veryslow,
}

impl Preset {
    /// As x264 calls it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Ultrafast => "ultrafast",
            Self::Superfast => "superfast",
            Self::Veryfast => "veryfast",
            Self::Faster => "faster",
            Self::Fast => "fast",
            Self::Medium => "medium",
            Self::Slow => "slow",
            Self::Slower => "slower",
            Self::Veryslow => "veryslow",
        }
    }
}

/// What is forgotten by itself, and when.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Keep {
    pub events_days: u32,
    pub jobs_days: u32,
    pub results_days: u32,
    pub results_bytes: u64,
}

/// How people agree to their likeness.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Consent {
    pub policy: ConsentPolicy,
    pub same_face: f32,
    pub other_face: f32,
    pub statement_share: f64,
    pub lips_follow: f32,
    pub lips_apart: f32,
    pub missing_share: f32,
    pub others_share: f32,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ConsentPolicy {
    Verified,
    Attested,
    Trusted,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Models {
    pub dir: PathBuf,
}

/// The issuer whose tokens are taken beside keys.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct OidcConfig {
    pub issuer: String,
    pub audience: String,
    pub jwks_url: String,
    pub clock_skew_s: u64,
    pub workspace_claim: String,
    pub scope_claim: String,
    pub require_scopes: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Net {
    pub allow_private_hosts: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Log {
    pub format: LogFormat,
    pub filter: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum LogFormat {
    Text,
    Json,
}

/// Environment variables that begin like settings but are none.
const SHORTCUTS: &[&str] = &["LISTEN", "DATA_DIR", "MODELS", "CONFIG"];

impl Config {
    /// Reads all sources. `file` must exist when it is given; flags are pairs of a setting's path and its value.
    pub(crate) fn load(file: Option<&Path>, flags: &[(&str, Option<String>)]) -> Result<Self> {
        let mut sources = Figment::from(Toml::string(DEFAULTS));
        if let Some(file) = file {
            if !file.is_file() {
                bail!("the configuration file {} does not exist", file.display());
            }
            sources = sources.merge(Toml::file_exact(file));
        }
        sources = sources.merge(
            Env::prefixed("LIKENESS_")
                .filter(|key| {
                    let key = key.as_str().to_ascii_uppercase();
                    key.contains("__") && !SHORTCUTS.contains(&key.as_str())
                })
                .split("__"),
        );
        for (path, value) in flags {
            if let Some(value) = value {
                sources = sources.merge(Serialized::default(path, value));
            }
        }
        let config: Self = sources
            .extract()
            .context("the configuration cannot be read")?;
        config.check()?;
        Ok(config)
    }

    /// All faults in one message.
    fn check(&self) -> Result<()> {
        let mut faults = Vec::new();
        let mut fault = |wrong: bool, text: &str| {
            if wrong {
                faults.push(text.to_owned());
            }
        };
        fault(self.worker.slots == 0, "worker.slots must be at least 1");
        fault(
            self.worker.lease_s == 0,
            "worker.lease_s must be at least 1",
        );
        fault(self.video.crf > 51, "video.crf must be 0 to 51");
        // Telling an event takes a day at most.
        fault(
            self.keep.events_days < 2 || self.keep.jobs_days < 2,
            "keep.events_days and keep.jobs_days must be at least 2",
        );
        fault(
            self.server.request_timeout_s == 0,
            "server.request_timeout_s must be at least 1",
        );
        fault(
            self.server.link_lifetime_s == 0,
            "server.link_lifetime_s must be at least 1",
        );
        let wrong_origin = |origin: &String| {
            let scheme = origin.starts_with("http://") || origin.starts_with("https://");
            origin != "*" && (!scheme || origin.ends_with('/') || !origin.is_ascii())
        };
        fault(
            self.server.cors_origins.iter().any(wrong_origin),
            "server.cors_origins must be \"*\" or origins such as \"https://example.com\"",
        );
        let oidc = &self.oidc;
        fault(
            !oidc.issuer.is_empty() && oidc.audience.is_empty(),
            "oidc.audience is needed with oidc.issuer, or tokens for others would be taken",
        );
        fault(
            [&oidc.issuer, &oidc.jwks_url]
                .into_iter()
                .any(|url| !is_safe_issuer(url)),
            "oidc.issuer and oidc.jwks_url must be https URLs (http for this machine only)",
        );
        fault(
            matches!(self.blobs.kind, BlobKind::S3) && self.blobs.s3_bucket.is_empty(),
            "blobs.s3_bucket is needed with blobs.kind = \"s3\"",
        );
        if faults.is_empty() {
            Ok(())
        } else {
            bail!("wrong settings: {}", faults.join("; "))
        }
    }

    pub(crate) fn database_url(&self, data_dir: &Path) -> String {
        let url = self.database.url.expose_secret();
        if url.is_empty() {
            format!("sqlite:{}", data_dir.join("likeness.db").display())
        } else {
            url.to_owned()
        }
    }

    pub(crate) fn blob_config(&self, data_dir: &Path) -> BlobConfig {
        let blobs = &self.blobs;
        match blobs.kind {
            BlobKind::Local => BlobConfig::Local(data_dir.join("objects")),
            BlobKind::S3 => BlobConfig::S3 {
                endpoint: Some(blobs.s3_endpoint.clone()).filter(|e| !e.is_empty()),
                bucket: blobs.s3_bucket.clone(),
                region: blobs.s3_region.clone(),
                access_key_id: blobs.s3_access_key_id.clone(),
                secret_access_key: blobs.s3_secret_access_key.expose_secret().to_owned(),
                allow_http: blobs.s3_allow_http,
            },
        }
    }

    pub(crate) fn models_dir(&self) -> PathBuf {
        if self.models.dir.as_os_str().is_empty() {
            likeness_models::default_dir()
        } else {
            self.models.dir.clone()
        }
    }
}

/// Keys that come over an open line could be anybody's.
fn is_safe_issuer(url: &str) -> bool {
    let local = ["http://127.0.0.1", "http://localhost", "http://[::1]"];
    let ends = |rest: &str| rest.is_empty() || rest.starts_with([':', '/']);
    let is_local = |start: &&str| url.strip_prefix(*start).is_some_and(ends);
    url.is_empty() || url.starts_with("https://") || local.iter().any(is_local)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sources_override_each_other_in_order() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("likeness.toml");
        std::fs::write(&file, "[server]\nlisten = \"0.0.0.0:1\"\nburst = 7\n").unwrap();
        let config = Config::load(Some(&file), &[]).unwrap();
        assert_eq!(config.server.listen, "0.0.0.0:1");
        assert_eq!(config.server.burst.get(), 7);
        assert_eq!(config.worker.slots, 1);
        let flags = [("server.listen", Some("127.0.0.1:2".to_owned()))];
        assert_eq!(
            Config::load(Some(&file), &flags).unwrap().server.listen,
            "127.0.0.1:2"
        );
    }

    #[test]
    fn unknown_and_wrong_settings_are_refused_by_name() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("likeness.toml");
        std::fs::write(&file, "[server]\nlissten = \"x\"\n").unwrap();
        let error = format!("{:#}", Config::load(Some(&file), &[]).unwrap_err());
        assert!(error.contains("lissten"), "{error}");
        std::fs::write(
            &file,
            "[worker]\nslots = 0\nlease_s = 0\n[video]\ncrf = 52\n",
        )
        .unwrap();
        let error = format!("{:#}", Config::load(Some(&file), &[]).unwrap_err());
        assert!(
            error.contains("worker.slots")
                && error.contains("worker.lease_s")
                && error.contains("video.crf"),
            "{error}"
        );
        std::fs::write(&file, "[video]\npreset = \"placebo\"\n").unwrap();
        let error = format!("{:#}", Config::load(Some(&file), &[]).unwrap_err());
        assert!(error.contains("placebo"), "{error}");
        assert!(Config::load(Some(Path::new("/nowhere.toml")), &[]).is_err());
    }

    #[test]
    fn keys_of_an_issuer_come_over_a_safe_line() {
        for safe in [
            "",
            "https://id.example.com/realm",
            "http://127.0.0.1:9",
            "http://localhost/a",
        ] {
            assert!(is_safe_issuer(safe), "{safe}");
        }
        for unsafe_url in [
            "http://id.example.com",
            "http://localhost.example.com",
            "id.example.com",
        ] {
            assert!(!is_safe_issuer(unsafe_url), "{unsafe_url}");
        }
    }
}
