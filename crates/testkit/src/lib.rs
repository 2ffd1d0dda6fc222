//! What tests share: both databases and both object stores, started on demand and gone with the test process.
//!
//! **Invariant:** for tests only; no other crate depends on this one but as a `dev-dependency`.

#![forbid(unsafe_code)]

mod postgres;
mod s3;

use likeness_blobs::BlobConfig;
use tempfile::TempDir;

/// One pair of database and object store, fresh and empty.
#[derive(Debug)]
pub struct Backend {
    /// `sqlite+files` or `postgres+s3`.
    pub name: &'static str,
    pub database_url: String,
    pub blobs: BlobConfig,
    /// Deleted with this value.
    pub dir: TempDir,
}

/// Every pair that a suite must pass on.
pub async fn backends() -> anyhow::Result<Vec<Backend>> {
    let files = TempDir::new()?;
    let sqlite = Backend {
        name: "sqlite+files",
        database_url: format!("sqlite:{}", files.path().join("test.db").display()),
        blobs: BlobConfig::Local(files.path().join("objects")),
        dir: files,
    };
    let cluster = Backend {
        name: "postgres+s3",
        database_url: postgres::fresh_database().await?,
        blobs: s3::fresh_bucket()?,
        dir: TempDir::new()?,
    };
    Ok(vec![sqlite, cluster])
}

/// The folder with the models, as the setup command fills it.
///
/// # Panics
/// When they are not there: a test that needs them must not pass without.
#[must_use]
pub fn models_dir() -> std::path::PathBuf {
    let dir = likeness_models::default_dir();
    assert!(
        dir.join("face").is_dir() && dir.join("hibari").is_dir(),
        "no models in {}: run `cargo xtask setup`",
        dir.display()
    );
    dir
}
