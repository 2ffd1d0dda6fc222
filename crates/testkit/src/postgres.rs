//! A Postgres of our own, from Debian's package, unless `LIKENESS_TEST_POSTGRES_URL` names one.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::sync::mpsc::channel;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use sqlx::{AssertSqlSafe, Connection as _, PgConnection};
use uuid::Uuid;

/// Names an existing server, as a URL without a database: `postgres://user:password@host`.
const URL_VARIABLE: &str = "LIKENESS_TEST_POSTGRES_URL";

/// The URL of a database that nobody else uses.
pub(crate) async fn fresh_database() -> Result<String> {
    let server = server()?;
    let mut admin = PgConnection::connect(&server.url("postgres")).await?;
    let name = format!("test_{}", Uuid::new_v4().simple());
    sqlx::query(AssertSqlSafe(format!("CREATE DATABASE {name}")))
        .execute(&mut admin)
        .await?;
    admin.close().await?;
    Ok(server.url(&name))
}

/// A running server: one for the whole test process.
struct Server {
    before_name: String,
    after_name: String,
}

impl Server {
    fn url(&self, database: &str) -> String {
        format!("{}{database}{}", self.before_name, self.after_name)
    }
}

fn server() -> Result<&'static Server> {
    static SERVER: OnceLock<std::result::Result<Server, String>> = OnceLock::new();
    SERVER
        .get_or_init(|| start().map_err(|error| format!("{error:#}")))
        .as_ref()
        .map_err(|error| anyhow::anyhow!("no Postgres for the tests: {error}"))
}

fn start() -> Result<Server> {
    if let Ok(url) = std::env::var(URL_VARIABLE) {
        let before_name = format!("{}/", url.trim_end_matches('/'));
        return Ok(Server {
            before_name,
            after_name: String::new(),
        });
    }
    let programs = programs()?;
    let dir = fresh_dir()?;
    let data = dir.join("data");
    let initdb = as_postgres(&programs.join("initdb"))
        .args([
            "--auth=trust",
            "--username=postgres",
            "--no-sync",
            "--encoding=UTF8",
            "-D",
        ])
        .arg(&data)
        .current_dir(&dir)
        .stdout(Stdio::null())
        .status()?;
    if !initdb.success() {
        bail!("initdb failed ({initdb})");
    }
    run(as_postgres(&programs.join("postgres")), &dir, &data)?;
    wait_until_ready(&programs, &dir)?;
    Ok(Server {
        before_name: "postgres:///".to_owned(),
        after_name: format!("?host={}&user=postgres", dir.display()),
    })
}

/// Debian keeps the server's programs in a folder of their version.
fn programs() -> Result<PathBuf> {
    let versions = fs::read_dir("/usr/lib/postgresql")
        .context("Debian's package `postgresql` is not installed")?;
    let mut found: Vec<PathBuf> = versions
        .flatten()
        .map(|version| version.path().join("bin"))
        .filter(|bin| bin.join("initdb").exists())
        .collect();
    found.sort();
    found.pop().context("no initdb under /usr/lib/postgresql")
}

/// A folder of this process; those of processes that have ended are removed.
fn fresh_dir() -> Result<PathBuf> {
    const PREFIX: &str = "likeness-test-postgres-";
    let tmp = std::env::temp_dir();
    for entry in fs::read_dir(&tmp)?.flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let owner = name.strip_prefix(PREFIX);
        if owner.is_some_and(|pid| !Path::new("/proc").join(pid).exists()) {
            fs::remove_dir_all(entry.path()).ok();
        }
    }
    let dir = tmp.join(format!("{PREFIX}{}", std::process::id()));
    fs::create_dir_all(&dir)?;
    if is_root() {
        let status = Command::new("chown").arg("postgres").arg(&dir).status()?;
        if !status.success() {
            bail!("the folder could not be given to the user postgres");
        }
    }
    Ok(dir)
}

fn is_root() -> bool {
    use std::os::unix::fs::MetadataExt as _;
    fs::metadata("/proc/self").is_ok_and(|own| own.uid() == 0)
}

/// Postgres refuses to run as root. The server dies with the thread that started it.
fn as_postgres(program: &Path) -> Command {
    let mut command = Command::new("setpriv");
    command.arg("--pdeathsig=INT");
    if is_root() {
        command.args(["--reuid=postgres", "--regid=postgres", "--init-groups"]);
    }
    command.arg(program);
    command
}

fn run(mut server: Command, dir: &Path, data: &Path) -> Result<()> {
    server
        .arg("-D")
        .arg(data)
        .arg("-k")
        .arg(dir)
        .args([
            "-c",
            "listen_addresses=",
            "-c",
            "fsync=off",
            "-c",
            "max_connections=200",
        ])
        .current_dir(dir)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::from(fs::File::create(dir.join("log"))?));
    let (started, outcome) = channel();
    // The death signal follows the starting thread, not the process: this one lives as long as the process.
    std::thread::spawn(move || {
        let child = server.spawn();
        let failed = child.is_err();
        started
            .send(child.as_ref().map(|_| ()).map_err(ToString::to_string))
            .ok();
        if !failed {
            loop {
                std::thread::park();
            }
        }
    });
    outcome
        .recv()?
        .map_err(|error| anyhow::anyhow!("postgres could not be started: {error}"))
}

fn wait_until_ready(programs: &Path, dir: &Path) -> Result<()> {
    let started = Instant::now();
    while started.elapsed() < Duration::from_secs(30) {
        let ready = Command::new(programs.join("pg_isready"))
            .arg("--quiet")
            .arg("--host")
            .arg(dir)
            .status()?;
        if ready.success() {
            return Ok(());
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    bail!(
        "not ready in 30 s: {}",
        fs::read_to_string(dir.join("log")).unwrap_or_default()
    )
}
