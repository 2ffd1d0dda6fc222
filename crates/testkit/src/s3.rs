//! An S3 service in the test process, on a folder, unless `LIKENESS_TEST_S3_ENDPOINT` names one.

use std::sync::OnceLock;
use std::sync::mpsc::channel;

use anyhow::Result;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use likeness_blobs::BlobConfig;
use s3s::auth::SimpleAuth;
use s3s::service::{S3Service, S3ServiceBuilder};
use tempfile::TempDir;
use tokio::net::TcpListener;

/// Names an existing service. It must have the bucket `likeness-test` and take [`ACCESS_KEY`] and [`SECRET_KEY`].
const ENDPOINT_VARIABLE: &str = "LIKENESS_TEST_S3_ENDPOINT";
const BUCKET: &str = "likeness-test";
const ACCESS_KEY: &str = "likeness-test-key";
const SECRET_KEY: &str = "likeness-test-secret";

/// A bucket to write to. Keys hold fresh ids, so tests that share it do not meet.
pub(crate) fn fresh_bucket() -> Result<BlobConfig> {
    static ENDPOINT: OnceLock<std::result::Result<String, String>> = OnceLock::new();
    let endpoint = ENDPOINT
        .get_or_init(|| match std::env::var(ENDPOINT_VARIABLE) {
            Ok(endpoint) => Ok(endpoint),
            Err(_) => start().map_err(|error| format!("{error:#}")),
        })
        .clone()
        .map_err(|error| anyhow::anyhow!("no S3 service for the tests: {error}"))?;
    Ok(BlobConfig::S3 {
        endpoint: Some(endpoint),
        bucket: BUCKET.to_owned(),
        region: "us-east-1".to_owned(),
        access_key_id: ACCESS_KEY.to_owned(),
        secret_access_key: SECRET_KEY.to_owned(),
        allow_http: true,
    })
}

/// Serves on a thread of its own, as each test has its own runtime and ends it.
fn start() -> Result<String> {
    let root = TempDir::new()?;
    std::fs::create_dir(root.path().join(BUCKET))?;
    let files = s3s_fs::FileSystem::new(root.path())
        .map_err(|error| anyhow::anyhow!("the S3 folder: {error:?}"))?;
    let mut builder = S3ServiceBuilder::new(files);
    builder.set_auth(SimpleAuth::from_single(ACCESS_KEY, SECRET_KEY));
    let service = builder.build();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let (send, address) = channel();
    std::thread::spawn(move || {
        runtime.block_on(async move {
            let listener = TcpListener::bind("127.0.0.1:0").await;
            send.send(
                listener
                    .as_ref()
                    .map_err(ToString::to_string)
                    .and_then(|listener| listener.local_addr().map_err(|error| error.to_string())),
            )
            .ok();
            if let Ok(listener) = listener {
                serve(&listener, &service).await;
            }
        });
        drop(root);
    });
    let address = address.recv()?.map_err(|error| anyhow::anyhow!(error))?;
    Ok(format!("http://{address}"))
}

async fn serve(listener: &TcpListener, service: &S3Service) {
    while let Ok((stream, _)) = listener.accept().await {
        let service = service.clone();
        tokio::spawn(async move {
            let connection = Builder::new(TokioExecutor::new());
            connection
                .serve_connection(TokioIo::new(stream), service)
                .await
                .ok();
        });
    }
}
