//! The object store itself.

use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use futures::stream::BoxStream;
use futures::{StreamExt as _, TryStreamExt as _};
use object_store::aws::AmazonS3Builder;
use object_store::local::LocalFileSystem;
use object_store::path::Path as ObjectPath;
use object_store::{ObjectStore, ObjectStoreExt as _, PutPayload, WriteMultipart};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

/// Where objects are kept.
#[derive(Clone)]
pub enum BlobConfig {
    /// A folder, made when absent.
    Local(PathBuf),
    S3 {
        /// Address of the service; the provider's own when absent.
        endpoint: Option<String>,
        bucket: String,
        region: String,
        access_key_id: String,
        secret_access_key: String,
        /// Allow plain HTTP, for a service on the same machine.
        allow_http: bool,
    },
}

impl std::fmt::Debug for BlobConfig {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Local(dir) => f.debug_tuple("Local").field(dir).finish(),
            Self::S3 {
                endpoint, bucket, ..
            } => f
                .debug_struct("S3")
                .field("endpoint", endpoint)
                .field("bucket", bucket)
                .finish_non_exhaustive(),
        }
    }
}

/// Why an object could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum BlobError {
    #[error("no object {key}")]
    NotFound { key: String },
    #[error("the object store does not answer")]
    Store(#[source] object_store::Error),
    #[error("a local file could not be read or written")]
    File(#[from] std::io::Error),
}

impl BlobError {
    fn at(key: &str) -> impl Fn(object_store::Error) -> Self + '_ {
        move |error| match error {
            object_store::Error::NotFound { .. } => Self::NotFound {
                key: key.to_owned(),
            },
            other => Self::Store(other),
        }
    }
}

/// What is known of an object without reading it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Object {
    pub size_bytes: u64,
    /// Changes with the content.
    pub etag: Option<String>,
}

/// An object's bytes as they come.
pub type ByteStream = BoxStream<'static, Result<Bytes, BlobError>>;

/// Pieces in which files are sent. S3 wants at least 5 MiB.
const PART_BYTES: usize = 8 << 20;

/// Pieces under way at once.
const PARTS_IN_FLIGHT: usize = 2;

/// Cheap to clone.
#[derive(Debug, Clone)]
pub struct Blobs {
    store: Arc<dyn ObjectStore>,
}

impl Blobs {
    pub fn open(config: &BlobConfig) -> Result<Self, BlobError> {
        let store: Arc<dyn ObjectStore> = match config {
            BlobConfig::Local(dir) => {
                std::fs::create_dir_all(dir)?;
                let files = LocalFileSystem::new_with_prefix(dir).map_err(BlobError::Store)?;
                Arc::new(files.with_automatic_cleanup(true))
            }
            BlobConfig::S3 {
                endpoint,
                bucket,
                region,
                access_key_id,
                secret_access_key,
                allow_http,
            } => {
                let mut s3 = AmazonS3Builder::new()
                    .with_bucket_name(bucket)
                    .with_region(region)
                    .with_access_key_id(access_key_id)
                    .with_secret_access_key(secret_access_key)
                    .with_allow_http(*allow_http);
                if let Some(endpoint) = endpoint {
                    s3 = s3.with_endpoint(endpoint);
                }
                Arc::new(s3.build().map_err(BlobError::Store)?)
            }
        };
        Ok(Self { store })
    }

    /// Whether the store answers.
    pub async fn ping(&self) -> Result<(), BlobError> {
        match self.store.head(&ObjectPath::from("ping")).await {
            Ok(_) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(BlobError::Store(error)),
        }
    }

    pub async fn put_bytes(&self, key: &str, bytes: Bytes) -> Result<(), BlobError> {
        let path = ObjectPath::from(key);
        self.store
            .put(&path, PutPayload::from(bytes))
            .await
            .map_err(BlobError::at(key))?;
        Ok(())
    }

    /// Stores a file piece by piece; the object appears when it is whole.
    pub async fn put_file(&self, key: &str, file: &Path) -> Result<(), BlobError> {
        let mut file = tokio::fs::File::open(file).await?;
        let path = ObjectPath::from(key);
        let upload = self
            .store
            .put_multipart(&path)
            .await
            .map_err(BlobError::at(key))?;
        let mut parts = WriteMultipart::new_with_chunk_size(upload, PART_BYTES);
        let mut buffer = vec![0; 1 << 20];
        loop {
            let read = match file.read(&mut buffer).await {
                Ok(0) => break,
                Ok(read) => read,
                Err(error) => {
                    // The pieces sent so far would otherwise stay, unseen and paid for.
                    let _ = parts.abort().await;
                    return Err(error.into());
                }
            };
            parts
                .wait_for_capacity(PARTS_IN_FLIGHT)
                .await
                .map_err(BlobError::at(key))?;
            parts.write(&buffer[..read]);
        }
        parts.finish().await.map_err(BlobError::at(key))?;
        Ok(())
    }

    /// The whole object, for those that are known to be small enough.
    pub async fn get(&self, key: &str) -> Result<Bytes, BlobError> {
        let found = self
            .store
            .get(&ObjectPath::from(key))
            .await
            .map_err(BlobError::at(key))?;
        found.bytes().await.map_err(BlobError::at(key))
    }

    pub async fn head(&self, key: &str) -> Result<Object, BlobError> {
        let meta = self
            .store
            .head(&ObjectPath::from(key))
            .await
            .map_err(BlobError::at(key))?;
        Ok(Object {
            size_bytes: meta.size,
            etag: meta.e_tag,
        })
    }

    /// Whether there is such an object.
    pub async fn has(&self, key: &str) -> Result<bool, BlobError> {
        match self.head(key).await {
            Ok(_) => Ok(true),
            Err(BlobError::NotFound { .. }) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// The bytes of `range`, which must lie within the object.
    pub async fn stream(&self, key: &str, range: Range<u64>) -> Result<ByteStream, BlobError> {
        let options = object_store::GetOptions {
            range: Some(object_store::GetRange::Bounded(range)),
            ..Default::default()
        };
        let path = ObjectPath::from(key);
        let found = self
            .store
            .get_opts(&path, options)
            .await
            .map_err(BlobError::at(key))?;
        Ok(found.into_stream().map_err(BlobError::Store).boxed())
    }

    /// Copies an object within the store.
    pub async fn copy(&self, from: &str, to: &str) -> Result<(), BlobError> {
        self.store
            .copy(&ObjectPath::from(from), &ObjectPath::from(to))
            .await
            .map_err(BlobError::at(from))
    }

    /// Writes the object to a local file.
    pub async fn download(&self, key: &str, file: &Path) -> Result<(), BlobError> {
        let found = self
            .store
            .get(&ObjectPath::from(key))
            .await
            .map_err(BlobError::at(key))?;
        let mut bytes = found.into_stream();
        let mut file = tokio::fs::File::create(file).await?;
        while let Some(piece) = bytes.next().await {
            file.write_all(&piece.map_err(BlobError::Store)?).await?;
        }
        file.flush().await?;
        Ok(())
    }

    /// Deletes objects; one that is not there is no error.
    pub async fn delete(&self, keys: &[String]) -> Result<(), BlobError> {
        for key in keys {
            match self.store.delete(&ObjectPath::from(key.as_str())).await {
                Ok(()) | Err(object_store::Error::NotFound { .. }) => {}
                Err(error) => return Err(BlobError::Store(error)),
            }
        }
        Ok(())
    }

    /// Deletes all objects whose keys begin with `prefix` and a slash.
    pub async fn delete_under(&self, prefix: &str) -> Result<(), BlobError> {
        let path = ObjectPath::from(prefix);
        let found: Vec<_> = self
            .store
            .list(Some(&path))
            .map_ok(|object| object.location.to_string())
            .try_collect()
            .await
            .map_err(BlobError::Store)?;
        self.delete(&found).await
    }
}
