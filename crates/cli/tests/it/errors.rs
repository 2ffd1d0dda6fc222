//! Every error that the contract documents for an operation is brought about.
//!
//! The table is the contract itself: a documented status without a way to bring it about fails the test.

use std::time::Duration;

use reqwest::multipart::{Form, Part};
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;

use crate::document::NEVER_ANSWERED;
use crate::support::{Answer, Client, Server, contract, pictures};

/// Operations that take nothing that could be wrong.
const NOTHING_WRONG: &[&str] = &["get /v3/users/me", "get /v3/webhooks/event-types"];

/// Codes that are answered beside the one that the contract shows as its example.
const ALSO: &[(&str, &str)] = &[("patch /v3/avatars/{group_id}", "forbidden")];

/// The server, and things that its callers may stumble over.
struct World {
    server: Server,
    client: Client,
    /// A group and a look that everybody sees and nobody may change.
    public: (String, String),
    /// A group that is being trained for a long time, with the test key that made it.
    busy: (Client, String),
    voice: String,
}

impl World {
    async fn new() -> Self {
        let settings = [
            ("LIKENESS_SERVER__BURST", "1000"),
            ("LIKENESS_SERVER__MAX_FILE_BYTES", "1000000"),
        ];
        let server = Server::embedded(&settings).await;
        let client = server.client();
        let test = server.test_client_of("ws_errors");
        let (busy, _) = test
            .photo_avatar("Busy test:delay=600", pictures::portrait())
            .await;
        let public = client.photo_avatar("Public", pictures::no_face()).await;
        client.ended(&format!("/v3/avatars/{}", public.0)).await;
        publish(&server, &public.0).await;
        Self {
            voice: client.any_voice().await,
            server,
            client,
            public,
            busy: (test, busy),
        }
    }

    fn json(&self, method: Method, path: &str, body: &Value) -> RequestBuilder {
        self.client.request(method, path).json(body)
    }

    /// A request that is refused with the status; `None` if nobody knows one.
    async fn provoke(&self, method: Method, path: &str, status: &str) -> Option<Answer> {
        let request = match status {
            "401" => self.client.bare(method, &filled(path, "x")),
            "400" => self.malformed(method, path),
            "403" => self.forbidden(method, path)?,
            "404" => self.missing(&method, path)?,
            "409" => return self.conflict(method, path).await,
            "413" => {
                let part = Part::bytes(vec![0; 1_000_001]).file_name("big.png");
                let post = self.client.request(method, path);
                post.multipart(Form::new().part("file", part))
            }
            _ => return None,
        };
        Some(self.client.send(request).await)
    }

    /// An id, a page size or a body that cannot be one.
    fn malformed(&self, method: Method, path: &str) -> RequestBuilder {
        if path.contains('{') {
            return self.client.request(method, &filled(path, "a%20b"));
        }
        if method == Method::GET {
            let many = vec!["x"; 101].join(",");
            let query = format!("limit=0&video_ids={many}&asset_ids={many}");
            return self.client.request(method, &format!("{path}?{query}"));
        }
        self.json(method, path, &json!({"surely_no_field": 1}))
    }

    fn forbidden(&self, method: Method, path: &str) -> Option<RequestBuilder> {
        let path = match path {
            "/v3/avatars/{group_id}" => format!("/v3/avatars/{}", self.public.0),
            "/v3/avatars/looks/{look_id}" => format!("/v3/avatars/looks/{}", self.public.1),
            "/v3/voices/{voice_id}" => format!("/v3/voices/{}", self.voice),
            _ => return None,
        };
        let body = json!({"name": "Mine", "default_voice_id": self.voice});
        let name = json!({"name": "Mine"});
        let voice = json!({"default_voice_id": body["default_voice_id"]});
        let body = if path.contains("looks") { name } else { voice };
        Some(self.json(method, &path, &body))
    }

    fn missing(&self, method: &Method, path: &str) -> Option<RequestBuilder> {
        let data = "iVBORw0KGgo=";
        let file = json!({"type": "base64", "media_type": "image/png", "data": data});
        let body = match path {
            "/v3/avatars" => {
                json!({"type": "photo", "name": "A", "file": file, "avatar_group_id": "ag_none"})
            }
            "/v3/videos" => json!({"type": "avatar", "avatar_id": "lk_none", "script": "Hello."}),
            "/v3/voices/speech" => json!({"text": "Hello.", "voice_id": "none"}),
            "/v3/voices/clone" => {
                let audio = json!({"type": "asset_id", "asset_id": "ast_none"});
                json!({"audio": audio, "voice_name": "A"})
            }
            "/v3/assets/complete/batches" => json!({"batch_id": "bat_none"}),
            path if path.ends_with("{group_id}") => json!({"default_voice_id": self.voice}),
            path if path.contains('{') => json!({}),
            _ => return None,
        };
        let request = self.client.request(method.clone(), &filled(path, "none"));
        if *method == Method::GET || *method == Method::DELETE {
            return Some(request);
        }
        Some(request.json(&body))
    }

    async fn conflict(&self, method: Method, path: &str) -> Option<Answer> {
        match path {
            "/v3/avatars/{group_id}" => {
                let (client, group) = &self.busy;
                let body = json!({"default_voice_id": self.voice});
                Some(client.patch(&format!("/v3/avatars/{group}"), &body).await)
            }
            "/v3/assets/{asset_id}/complete" => {
                let file = json!({
                    "filename": "a.png", "content_type": "image/png", "size_bytes": 9,
                });
                let slot = self.client.post("/v3/assets/direct-uploads", &file).await;
                let path = filled(path, &slot.text("/asset_id"));
                Some(self.client.post(&path, &json!({})).await)
            }
            path if method == Method::POST => Some(self.repeated(&filled(path, "ep_none")).await),
            _ => None,
        }
    }

    /// A request that comes again while the first one with its idempotency key is still arriving.
    async fn repeated(&self, path: &str) -> Answer {
        let host = self.server.base_url().strip_prefix("http://").unwrap();
        let (kind, start) = match path {
            "/v3/assets" => ("multipart/form-data; boundary=x", "--x\r\n"),
            _ => ("application/json", "{"),
        };
        for attempt in 0.. {
            let mut first = TcpStream::connect(host).await.unwrap();
            let (key, name) = (self.client.key(), format!("twice-{attempt}"));
            let head = format!(
                "POST {path} HTTP/1.1\r\nHost: {host}\r\nx-api-key: {key}\r\n\
                 Idempotency-Key: {name}\r\nContent-Type: {kind}\r\n\
                 Content-Length: 1000\r\n\r\n{start}"
            );
            first.write_all(head.as_bytes()).await.unwrap();
            tokio::time::sleep(Duration::from_millis(50 << attempt)).await;
            let again = self.json(Method::POST, path, &json!({}));
            let answer = self
                .client
                .send(again.header("Idempotency-Key", name))
                .await;
            // On a busy machine the second may be seen first.
            if answer.status == 409 || attempt == 7 {
                return answer;
            }
        }
        unreachable!("the attempts end above")
    }
}

/// Makes a group one that everybody sees, as an operator's program would.
async fn publish(server: &Server, group: &str) {
    sqlx::any::install_default_drivers();
    let pool = sqlx::AnyPool::connect(server.database_url()).await.unwrap();
    for statement in [
        "UPDATE avatar_groups SET is_public = TRUE WHERE id = $1",
        "UPDATE looks SET is_public = TRUE WHERE group_id = $1",
    ] {
        let done = sqlx::query(statement).bind(group).execute(&pool).await;
        assert_eq!(done.unwrap().rows_affected(), 1);
    }
    pool.close().await;
}

/// The path with `value` in place of its parameter.
fn filled(path: &str, value: &str) -> String {
    let parts = path
        .split('/')
        .map(|part| if part.starts_with('{') { value } else { part });
    parts.collect::<Vec<_>>().join("/")
}

/// The contract's operations that this server does, with the errors that it documents for each.
async fn documented(client: &Client) -> Vec<(Method, String, Vec<String>)> {
    let theirs = &contract().document["paths"];
    let mut found = Vec::new();
    for (method, path) in crate::document::operations(client).await {
        let operation = &theirs[&path][method.as_str().to_ascii_lowercase()];
        let statuses = operation["responses"].as_object().into_iter().flatten();
        let errors = statuses.map(|(status, _)| status.clone());
        let errors: Vec<_> = errors.filter(|status| status.starts_with('4')).collect();
        found.push((method, path, errors));
    }
    found
}

#[tokio::test]
async fn every_documented_error_is_brought_about() {
    let world = World::new().await;
    let mut seen = 0;
    for (method, path, errors) in documented(&world.client).await {
        let named = format!("{} {path}", method.as_str().to_ascii_lowercase());
        for status in errors {
            let never = NEVER_ANSWERED.contains(&(&named, &status));
            let nothing = status == "400" && NOTHING_WRONG.contains(&named.as_str());
            // Those of the rate limit have a test of their own.
            if never || nothing || status == "429" {
                continue;
            }
            let answer = world.provoke(method.clone(), &path, &status).await;
            let answer =
                answer.unwrap_or_else(|| panic!("{named}: nobody knows a way to {status}"));
            assert_eq!(answer.status.as_str(), status, "{named}: {}", answer.body);
            let code = answer.body["error"]["code"].as_str().unwrap();
            assert!(
                is_documented(&named, &status, code),
                "{named}: {status} with {code}"
            );
            seen += 1;
        }
    }
    assert!(seen > 100, "{seen}");
}

/// Whether the contract knows the code in answers of this status, where it names any.
fn is_documented(named: &str, status: &str, code: &str) -> bool {
    let (method, path) = named.split_once(' ').unwrap();
    let document = &contract().document;
    let response = &document["paths"][path][method]["responses"][status];
    let response = match response["$ref"].as_str() {
        Some(reference) => document.pointer(&reference[1..]).unwrap(),
        None => response,
    };
    let text = response.to_string();
    let names_codes = text.contains("\"code\":\"");
    let also = ALSO.contains(&(named, code));
    !names_codes || also || text.contains(&format!("\"code\":\"{code}\""))
}

#[tokio::test]
async fn every_operation_is_limited() {
    let settings = [
        ("LIKENESS_SERVER__BURST", "1"),
        ("LIKENESS_SERVER__REQUESTS_PER_SECOND", "1"),
    ];
    let server = Server::embedded(&settings).await;
    let client = server.client();
    for (method, path) in crate::document::operations(&client).await {
        let mut answers = Vec::new();
        while answers.len() < 4 && answers.last() != Some(&429) {
            let request = client.request(method.clone(), &filled(&path, "x"));
            let answer = client.send(request).await;
            if answer.status == 429 {
                answer.refused(429, "rate_limit_exceeded", None);
                assert!(answer.header("retry-after").parse::<u64>().unwrap() >= 1);
            }
            answers.push(answer.status.as_u16());
        }
        assert_eq!(answers.last(), Some(&429), "{method} {path}");
    }
}
