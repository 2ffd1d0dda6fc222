//! `cargo xtask bench api`: how many requests the server answers, with a million avatar groups in its store.
//!
//! The seed operation, with key check, rate limit and a random id each time, runs against a bare handler in the same
//! server that answers a constant body of the same size; both from one run, as machines are noisy.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context as _, Result, bail};

use crate::process::{self, Profile, Server};
use crate::setup;

/// Connections of the three rounds.
const CONNECTIONS: [u32; 3] = [1, 8, 64];

/// Ids that requests are drawn from.
const SAMPLED_IDS: u32 = 100_000;

/// Limits that a load generator would run into at once.
const OPEN: &[(&str, &str)] = &[
    ("LIKENESS_SERVER__REQUESTS_PER_SECOND", "100000000"),
    ("LIKENESS_SERVER__BURST", "100000000"),
];

#[derive(Debug, clap::Args)]
pub(crate) struct ApiArgs {
    /// Avatar groups in the store.
    #[arg(long, default_value_t = 1_000_000)]
    groups: u32,
    /// Seconds of each round.
    #[arg(long, default_value_t = 5)]
    seconds: u32,
    /// What the server logs, as its setting `log.filter`.
    #[arg(long, default_value = "info")]
    log: String,
}

pub(crate) fn run(args: &ApiArgs) -> Result<()> {
    setup::packages(setup::DEMO_PACKAGES)?;
    setup::packages(setup::LOAD_PACKAGES)?;
    let models = setup::models()?;
    let program = process::build_likeness(Profile::Release)?;
    println!("{}\n", crate::bench::machine());
    let data = tempfile::tempdir().context("no folder for the server's data")?;

    // The first start makes the tables.
    let server = Server::start(&program, data.path(), &models, OPEN)?;
    let key = server.create_key(&[])?;
    server.stop()?;
    let database = data.path().join("likeness.db");
    let started = Instant::now();
    fill(&database, args.groups)?;
    let megabytes = fs::metadata(&database)?.len() >> 20;
    println!(
        "{} groups with a look each: {megabytes} MB, made in {:.0} s",
        args.groups,
        started.elapsed().as_secs_f64()
    );
    let ids = sql(
        &database,
        &format!("SELECT id FROM avatar_groups ORDER BY random() LIMIT {SAMPLED_IDS};"),
    )?;
    fs::write(data.path().join("ids"), &ids)?;

    let first = ids.lines().next().context("the store is empty")?;
    let size = body_size(&program, data.path(), &models, &key, first)?;
    let bare = [
        ("LIKENESS_SERVER__BARE_BODY_BYTES", size.to_string()),
        ("LIKENESS_LOG__FILTER", args.log.clone()),
    ];
    let mut settings = OPEN.to_vec();
    settings.extend(bare.iter().map(|(name, value)| (*name, value.as_str())));
    let started = Instant::now();
    let server = Server::start(&program, data.path(), &models, &settings)?;
    println!(
        "start to ready: {:.2} s; idle: {} MB resident; bodies of {size} bytes\n",
        started.elapsed().as_secs_f64(),
        resident_mb(server.pid())?
    );
    measure(&server, data.path(), &key, args.seconds)?;
    println!(
        "\nafter the load: {} MB resident",
        resident_mb(server.pid())?
    );
    server.stop()
}

/// Rounds of both handlers by turns, then pages of the list.
fn measure(server: &Server, data: &Path, key: &str, seconds: u32) -> Result<()> {
    let script = data.join("load.lua");
    fs::write(&script, script_text(data, key))?;
    let load = |path: &str, connections: u32| {
        round(server.base_url(), &script, path, connections, seconds)
    };
    println!(
        "| connections | bare /s | p50 ms | p99 ms | GET /v3/avatars/{{group_id}} /s | p50 ms | p99 ms | \
         share of bare | p99 / bare p99 |\n|---|---|---|---|---|---|---|---|---|"
    );
    for connections in CONNECTIONS {
        let bare = load("bare", connections)?;
        let real = load("group", connections)?;
        println!(
            "| {connections} | {:.0} | {:.2} | {:.2} | {:.0} | {:.2} | {:.2} | {:.0} % | {:.2} |",
            bare.per_second,
            bare.p50_ms,
            bare.p99_ms,
            real.per_second,
            real.p50_ms,
            real.p99_ms,
            real.per_second / bare.per_second * 100.0,
            real.p99_ms / bare.p99_ms,
        );
    }
    load("gather", 8)?;
    let pages = load("page", 8)?;
    println!(
        "\nGET /v3/avatars?limit=50 from a random page, 8 connections: {:.0} /s, p50 {:.2} ms, p99 {:.2} ms",
        pages.per_second, pages.p50_ms, pages.p99_ms
    );
    Ok(())
}

/// One look a group; random ids, so that neighbours in the index are strangers.
fn fill(database: &Path, groups: u32) -> Result<()> {
    let text = format!(
        "PRAGMA synchronous = OFF; BEGIN;
        INSERT INTO avatar_groups (id, workspace_id, is_public, name, gender, default_voice_id, status,
            preview_image_key, preview_video_key, created_at, looks_count)
        WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {groups})
        SELECT 'ag_' || lower(hex(randomblob(16))), 'ws_default', FALSE, 'Presenter ' || i, 'female',
            'voice', 'completed', 'looks/lk_' || i || '/preview.jpg', 'looks/lk_' || i || '/preview.mp4',
            1700000000000 + i, 1 FROM n;
        INSERT INTO looks (id, group_id, workspace_id, is_public, name, look_type, status, source_key,
            created_at)
        SELECT 'lk_' || substr(id, 4), id, workspace_id, FALSE, name, 'photo_avatar', 'completed', 'x',
            created_at FROM avatar_groups;
        COMMIT; ANALYZE;"
    );
    sql(database, &text).map(drop)
}

fn sql(database: &Path, text: &str) -> Result<String> {
    let output = Command::new("sqlite3")
        .arg(database)
        .arg(text)
        .stderr(Stdio::inherit())
        .output()?;
    if !output.status.success() {
        bail!("sqlite3 failed ({})", output.status);
    }
    Ok(String::from_utf8(output.stdout)?)
}

/// Bytes of an answer's body; fails if it is not about the group that was asked for.
fn body_size(program: &Path, data: &Path, models: &Path, key: &str, id: &str) -> Result<usize> {
    let server = Server::start(program, data, models, OPEN)?;
    let output = Command::new("curl")
        .args([
            "--silent",
            "--fail",
            "--header",
            &format!("x-api-key: {key}"),
        ])
        .arg(format!("{}/v3/avatars/{id}", server.base_url()))
        .output()?;
    server.stop()?;
    let text = String::from_utf8(output.stdout)?;
    if !text.contains(&format!("\"id\":\"{id}\"")) {
        bail!("the answer is of something else: {text}");
    }
    Ok(text.len())
}

/// Memory of a process that is in use, in MB.
fn resident_mb(pid: u32) -> Result<u64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let number = line.and_then(|line| line.split_whitespace().next());
    let kilobytes: u64 = number.context("no VmRSS")?.parse()?;
    Ok(kilobytes / 1024)
}

/// What wrk runs; its last argument chooses the request.
fn script_text(data: &Path, key: &str) -> String {
    let path = |name: &str| data.join(name).display().to_string();
    LOAD.replace("IDS", &path("ids"))
        .replace("TOKENS", &path("tokens"))
        .replace("KEY", key)
}

/// Each page's token is where a later request goes on, so pages come from everywhere. Reading answers takes the load
/// generator as long as the server takes to make them, so tokens are gathered by a round of their own.
const LOAD: &str = r#"
local ids, tokens, kind, out = {}, {}, "bare", nil
function init(args)
    kind = args[1]
    math.randomseed(tonumber(tostring({}):match("0x(%x+)"), 16))
    for line in io.lines("IDS") do ids[#ids + 1] = line end
    wrk.headers["x-api-key"] = "KEY"
    if kind == "gather" then
        out = io.open("TOKENS", "w")
        response = remember
    end
    if kind == "page" then
        for line in io.lines("TOKENS") do tokens[#tokens + 1] = line end
    end
end
function request()
    if kind == "bare" then return wrk.format("GET", "/bare") end
    if kind == "group" then
        return wrk.format("GET", "/v3/avatars/" .. ids[math.random(#ids)])
    end
    local path = "/v3/avatars?limit=50"
    if #tokens > 0 then path = path .. "&token=" .. tokens[math.random(#tokens)] end
    return wrk.format("GET", path)
end
function remember(status, headers, body)
    local token = body:match('"next_token":"([^"]+)"')
    if token then
        tokens[#tokens + 1] = token
        out:write(token, "\n")
        out:flush()
    end
end
"#;

/// What a round has shown.
struct Round {
    per_second: f64,
    p50_ms: f64,
    p99_ms: f64,
}

fn round(
    base_url: &str,
    script: &Path,
    kind: &str,
    connections: u32,
    seconds: u32,
) -> Result<Round> {
    let output = Command::new("wrk")
        .args(["--threads", "1", "--latency"])
        .args(["--connections", &connections.to_string()])
        .args(["--duration", &format!("{seconds}s")])
        .arg("--script")
        .arg(script)
        .args([base_url, "--", kind])
        .stderr(Stdio::inherit())
        .output()?;
    let text = String::from_utf8(output.stdout)?;
    if !output.status.success() || text.contains("Non-2xx") || text.contains("Socket errors") {
        bail!("wrk did not get good answers only:\n{text}");
    }
    let figure = |name: &str| {
        let line = text.lines().find_map(|line| line.trim().strip_prefix(name));
        line.with_context(|| format!("wrk says nothing of {name}:\n{text}"))
    };
    Ok(Round {
        per_second: figure("Requests/sec:")?.trim().parse()?,
        p50_ms: milliseconds(figure("50%")?)?,
        p99_ms: milliseconds(figure("99%")?)?,
    })
}

/// wrk writes times as `87.00us`, `1.20ms` or `1.02s`.
fn milliseconds(text: &str) -> Result<f64> {
    let text = text.trim();
    let at = text.find(|c: char| c.is_ascii_alphabetic());
    let (number, unit) = text.split_at(at.context("no unit")?);
    let scale = match unit {
        "us" => 0.001,
        "ms" => 1.0,
        "s" => 1000.0,
        _ => bail!("{text} is no time"),
    };
    Ok(number.parse::<f64>()? * scale)
}
