//! Jobs outlive the server, however it ends.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::support::{Server, on_every_backend, pictures};

/// Long enough to be killed in.
fn long_script() -> String {
    "My baby bumped a big box, and then it moved by itself. ".repeat(5)
}

/// Rows of the job table with this state.
async fn jobs_in_state(server: &Server, state: &str) -> i64 {
    let pool = sqlx::AnyPool::connect(server.database_url()).await.unwrap();
    let count = sqlx::query_scalar(sqlx::AssertSqlSafe(format!(
        "SELECT COUNT(*) FROM jobs WHERE state = '{state}'"
    )))
    .fetch_one(&pool)
    .await
    .unwrap();
    pool.close().await;
    count
}

#[tokio::test]
async fn killed_while_training_it_trains_after_the_restart() {
    sqlx::any::install_default_drivers();
    for backend in likeness_testkit::backends().await.unwrap() {
        let mut server = Server::start(backend, &[("LIKENESS_WORKER__LEASE_S", "2")]).await;
        let client = server.client();
        let (group, _) = client.photo_avatar("Anna", pictures::portrait()).await;
        while jobs_in_state(&server, "running").await == 0 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        server.kill();
        assert_eq!(
            jobs_in_state(&server, "running").await,
            1,
            "it was in the middle of it"
        );
        server.run_again().await;
        let client = client.moved_to(server.base_url());
        let done = client.ended(&format!("/v3/avatars/{group}")).await;
        assert_eq!(done["status"], "completed", "{done}");
        assert_eq!(jobs_in_state(&server, "done").await, 1, "once");
    }
}

#[tokio::test]
async fn killed_while_rendering_it_renders_after_the_restart() {
    sqlx::any::install_default_drivers();
    for backend in likeness_testkit::backends().await.unwrap() {
        let mut server = Server::start(backend, &[("LIKENESS_WORKER__LEASE_S", "2")]).await;
        let client = server.client();
        let (_, look) = client.trained_avatar("Anna").await;
        let body = json!({
            "type": "avatar", "avatar_id": look, "script": long_script(), "resolution": "720p",
        });
        let path = format!("/v3/videos/{}", client.video(&body).await);
        let under_way = |video: &Value| video["progress"].as_f64().unwrap() > 0.3;
        client.until(&path, under_way).await;
        server.kill();
        server.run_again().await;
        let client = client.moved_to(server.base_url());
        let found = client.get(&path).await;
        assert_eq!(found.data()["status"], "processing", "it is not lost");
        let done = client.ended(&path).await;
        assert_eq!(done["status"], "completed", "{done}");
        assert_eq!(
            jobs_in_state(&server, "done").await,
            2,
            "training and rendering, once each"
        );
        let file = reqwest::get(done["video_url"].as_str().unwrap())
            .await
            .unwrap();
        assert!(file.bytes().await.unwrap().len() > 100_000);
        let scratch = std::fs::read_dir(server.data_dir().join("scratch")).unwrap();
        assert_eq!(scratch.count(), 0, "the killed render's files are gone");
    }
}

#[tokio::test]
async fn a_job_that_kills_every_worker_ends_as_failed() {
    sqlx::any::install_default_drivers();
    let mut server = Server::embedded(&[("LIKENESS_WORKER__LEASE_S", "1")]).await;
    let client = server.client();
    let (group, _) = client.photo_avatar("Anna", pictures::portrait()).await;
    for _ in 0..3 {
        while jobs_in_state(&server, "running").await == 0 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        server.kill();
        tokio::time::sleep(Duration::from_millis(1100)).await;
        server.run_again().await;
    }
    let client = client.moved_to(server.base_url());
    let done = client.ended(&format!("/v3/avatars/{group}")).await;
    assert_eq!(done["status"], "failed");
    assert_eq!(done["error"]["code"], "worker_lost");
}

#[tokio::test]
async fn stopped_gently_it_hands_the_job_back_at_once() {
    sqlx::any::install_default_drivers();
    on_every_backend!(|server| {
        let mut server = server;
        let client = server.client();
        let (_, look) = client.trained_avatar("Anna").await;
        let body = json!({
            "type": "avatar", "avatar_id": look, "script": long_script(), "resolution": "720p",
        });
        let path = format!("/v3/videos/{}", client.video(&body).await);
        let under_way = |video: &Value| video["progress"].as_f64().unwrap() > 0.3;
        client.until(&path, under_way).await;
        let asked = Instant::now();
        let status = server.terminate();
        assert!(status.success(), "{status}");
        assert!(
            asked.elapsed() < Duration::from_secs(20),
            "{:?}",
            asked.elapsed()
        );
        assert_eq!(
            jobs_in_state(&server, "queued").await,
            1,
            "it waits for the next server"
        );
        server.run_again().await;
        let done = client.moved_to(server.base_url()).ended(&path).await;
        assert_eq!(done["status"], "completed", "{done}");
    });
}

#[tokio::test]
async fn stopped_gently_it_finishes_the_answers_in_flight() {
    let mut server = Server::embedded(&[]).await;
    let client = server.client();
    let address = server
        .base_url()
        .strip_prefix("http://")
        .unwrap()
        .to_owned();
    let body =
        r#"{"type": "photo", "name": "Anna", "file": {"type": "asset_id", "asset_id": "ast_1"}}"#;
    let (first, rest) = body.split_at(20);
    let mut connection = TcpStream::connect(&address).await.unwrap();
    let head = format!(
        "POST /v3/avatars HTTP/1.1\r\nhost: {address}\r\nx-api-key: {}\r\n\
         content-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{first}",
        client.key(),
        body.len()
    );
    connection.write_all(head.as_bytes()).await.unwrap();
    // The server has begun to read the request when it has taken the connection.
    tokio::time::sleep(Duration::from_millis(300)).await;
    let stopping = tokio::task::spawn_blocking(move || server.terminate());
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert!(
        TcpStream::connect(&address).await.is_err(),
        "nobody new is let in"
    );
    connection.write_all(rest.as_bytes()).await.unwrap();
    let mut answer = String::new();
    connection.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 404"), "{answer}");
    assert!(answer.contains("asset_not_found"), "{answer}");
    assert!(stopping.await.unwrap().success());
}
