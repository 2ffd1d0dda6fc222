//! A `likeness serve` of our own, on a free port, gone with the value.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use likeness_blobs::BlobConfig;
use likeness_testkit::Backend;

use super::Client;

/// How long a server may take to be ready on a busy machine.
const START: Duration = Duration::from_mins(1);

/// The program, with nothing of this process's own settings.
pub(crate) fn likeness() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_likeness"));
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("LIKENESS_")) {
        command.env_remove(name);
    }
    command.env("LIKENESS_MODELS", likeness_testkit::models_dir());
    command
}

#[derive(Debug)]
pub(crate) struct Server {
    backend: Backend,
    settings: Vec<(String, String)>,
    child: Option<Child>,
    base_url: String,
}

impl Server {
    /// Starts on the backend, with `settings` as environment variables on top.
    pub(crate) async fn start(backend: Backend, settings: &[(&str, &str)]) -> Self {
        let mut server = Self {
            settings: backend_settings(&backend)
                .into_iter()
                .chain(settings.iter().map(|&(k, v)| (k.to_owned(), v.to_owned())))
                .collect(),
            backend,
            child: None,
            base_url: String::new(),
        };
        server.run_again().await;
        server
    }

    /// On the embedded defaults, for what no backend changes.
    pub(crate) async fn embedded(settings: &[(&str, &str)]) -> Self {
        let dir = tempfile::TempDir::new().unwrap();
        let backend = Backend {
            name: "sqlite+files",
            database_url: format!("sqlite:{}", dir.path().join("test.db").display()),
            blobs: BlobConfig::Local(dir.path().join("objects")),
            dir,
        };
        Self::start(backend, settings).await
    }

    /// Starts the program on the same data once more.
    pub(crate) async fn run_again(&mut self) {
        let log = std::fs::File::options()
            .create(true)
            .append(true)
            .open(self.data_dir().join("server.log"))
            .unwrap();
        std::fs::remove_file(self.data_dir().join("listen.addr")).ok();
        self.child = Some(
            self.program()
                .args(["serve", "--listen", "127.0.0.1:0", "--data-dir"])
                .arg(self.data_dir())
                .stdin(Stdio::null())
                .stdout(Stdio::null())
                .stderr(log)
                .spawn()
                .unwrap(),
        );
        let started = Instant::now();
        while !self.is_ready().await {
            let child = self.child.as_mut().unwrap();
            let ended = child.try_wait().unwrap();
            assert!(
                ended.is_none() && started.elapsed() < START,
                "the server did not start ({ended:?}):\n{}",
                self.log()
            );
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    async fn is_ready(&mut self) -> bool {
        let Ok(address) = std::fs::read_to_string(self.data_dir().join("listen.addr")) else {
            return false;
        };
        self.base_url = format!("http://{address}");
        let answer = reqwest::get(format!("{}/readyz", self.base_url)).await;
        answer.is_ok_and(|answer| answer.status() == 200)
    }

    /// The program with this server's settings, for commands on its data.
    pub(crate) fn program(&self) -> Command {
        let mut command = likeness();
        command.envs(self.settings.iter().cloned());
        command
    }

    pub(crate) fn data_dir(&self) -> &Path {
        self.backend.dir.path()
    }

    pub(crate) fn database_url(&self) -> &str {
        &self.backend.database_url
    }

    pub(crate) fn base_url(&self) -> &str {
        &self.base_url
    }

    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(self.data_dir().join("server.log")).unwrap_or_default()
    }

    /// Runs `likeness keys` and gives what it printed; fails with its message.
    pub(crate) fn keys(&self, arguments: &[&str]) -> Result<String, String> {
        let output = self
            .program()
            .arg("keys")
            .args(arguments)
            .arg("--data-dir")
            .arg(self.data_dir())
            .output()
            .unwrap();
        if output.status.success() {
            Ok(String::from_utf8(output.stdout).unwrap())
        } else {
            Err(String::from_utf8(output.stderr).unwrap())
        }
    }

    /// A client with a new key of the workspace.
    pub(crate) fn client_of(&self, workspace: &str) -> Client {
        let key = self.keys(&["create", "--workspace", workspace]).unwrap();
        Client::new(&self.base_url, key.trim())
    }

    /// A client with a new test key of the workspace.
    pub(crate) fn test_client_of(&self, workspace: &str) -> Client {
        let made = self.keys(&["create", "--test", "--workspace", workspace]);
        Client::new(&self.base_url, made.unwrap().trim())
    }

    /// A client with a new key of the default workspace.
    pub(crate) fn client(&self) -> Client {
        Client::new(&self.base_url, self.keys(&["create"]).unwrap().trim())
    }

    /// The end that leaves no time for anything.
    pub(crate) fn kill(&mut self) {
        let mut child = self.child.take().unwrap();
        child.kill().unwrap();
        child.wait().unwrap();
    }

    /// The end that an operator brings about; gives how the program ended.
    pub(crate) fn terminate(&mut self) -> ExitStatus {
        let mut child = self.child.take().unwrap();
        let pid = child.id().to_string();
        let sent = Command::new("kill").args(["-TERM", &pid]).status().unwrap();
        assert!(sent.success());
        child.wait().unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("the server's log:\n{}", self.log());
        }
        if let Some(child) = self.child.as_mut() {
            child.kill().ok();
            child.wait().ok();
        }
    }
}

fn backend_settings(backend: &Backend) -> Vec<(String, String)> {
    let mut settings = vec![
        ("LIKENESS_DATABASE__URL", backend.database_url.clone()),
        // Lists show only what a test made, unless it asks for the library.
        ("LIKENESS_PRESENTERS__LIBRARY", "false".to_owned()),
    ];
    if let BlobConfig::S3 {
        endpoint,
        bucket,
        region,
        access_key_id,
        secret_access_key,
        allow_http,
    } = &backend.blobs
    {
        settings.extend([
            ("LIKENESS_BLOBS__KIND", "s3".to_owned()),
            (
                "LIKENESS_BLOBS__S3_ENDPOINT",
                endpoint.clone().unwrap_or_default(),
            ),
            ("LIKENESS_BLOBS__S3_BUCKET", bucket.clone()),
            ("LIKENESS_BLOBS__S3_REGION", region.clone()),
            ("LIKENESS_BLOBS__S3_ACCESS_KEY_ID", access_key_id.clone()),
            (
                "LIKENESS_BLOBS__S3_SECRET_ACCESS_KEY",
                secret_access_key.clone(),
            ),
            ("LIKENESS_BLOBS__S3_ALLOW_HTTP", allow_http.to_string()),
        ]);
    }
    settings
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect()
}

/// The folder of the workspace.
pub(crate) fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}
