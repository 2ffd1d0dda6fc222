//! A client of the API that holds every answer against the contract.

use std::time::{Duration, Instant};

use reqwest::multipart::{Form, Part};
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

use super::answer::text;
use super::{Answer, contract};

/// How long a job may take on a busy machine.
const JOB: Duration = Duration::from_mins(4);

#[derive(Debug, Clone)]
pub(crate) struct Client {
    base_url: String,
    key: String,
    http: reqwest::Client,
}

impl Client {
    pub(crate) fn new(base_url: &str, key: &str) -> Self {
        Self {
            base_url: base_url.to_owned(),
            key: key.to_owned(),
            http: reqwest::Client::new(),
        }
    }

    pub(crate) fn key(&self) -> &str {
        &self.key
    }

    /// The same key on a server that was started again.
    pub(crate) fn moved_to(&self, base_url: &str) -> Self {
        Self::new(base_url, &self.key)
    }

    /// A request without the key.
    pub(crate) fn bare(&self, method: Method, path: &str) -> RequestBuilder {
        self.http
            .request(method, format!("{}{path}", self.base_url))
    }

    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.bare(method, path).header("x-api-key", &self.key)
    }

    /// Sends a request and checks its answer against the contract.
    pub(crate) async fn send(&self, request: RequestBuilder) -> Answer {
        let request = request.build().unwrap();
        let (method, path) = (request.method().clone(), request.url().path().to_owned());
        let answer = Answer::read(self.http.execute(request).await.unwrap()).await;
        assert!(
            !answer.header("x-request-id").is_empty(),
            "{method} {path} without X-Request-Id"
        );
        contract().check(&method, &path, answer.status.as_u16(), &answer.body);
        answer
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send(self.request(Method::GET, path)).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Answer {
        self.send(self.request(Method::DELETE, path)).await
    }

    pub(crate) async fn patch(&self, path: &str, body: &Value) -> Answer {
        self.send(self.request(Method::PATCH, path).json(body))
            .await
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Answer {
        self.send(self.request(Method::POST, path).json(body)).await
    }

    /// Uploads one file as the form field `field`.
    pub(crate) async fn upload(&self, field: &str, name: &str, bytes: Vec<u8>) -> Answer {
        let part = Part::bytes(bytes).file_name(name.to_owned());
        let form = Form::new().part(field.to_owned(), part);
        self.send(self.request(Method::POST, "/v3/assets").multipart(form))
            .await
    }

    /// Uploads a file; gives the asset's id.
    pub(crate) async fn asset(&self, name: &str, bytes: Vec<u8>) -> String {
        self.upload("file", name, bytes).await.text("/asset_id")
    }

    /// Starts a photo avatar; gives the ids of the group and of the look.
    pub(crate) async fn photo_avatar(&self, name: &str, photo: Vec<u8>) -> (String, String) {
        let asset_id = self.asset("photo.png", photo).await;
        let body = json!({
            "type": "photo",
            "name": name,
            "file": {"type": "asset_id", "asset_id": asset_id},
        });
        let created = self.post("/v3/avatars", &body).await;
        (
            created.text("/avatar_group/id"),
            created.text("/avatar_item/id"),
        )
    }

    /// A trained photo avatar of the bundled portrait; gives the ids of the group and of the look.
    pub(crate) async fn trained_avatar(&self, name: &str) -> (String, String) {
        let (group, look) = self.photo_avatar(name, super::pictures::portrait()).await;
        let done = self.ended(&format!("/v3/avatars/{group}")).await;
        assert_eq!(done["status"], "completed", "{done}");
        (group, look)
    }

    /// Id of an installed voice.
    pub(crate) async fn any_voice(&self) -> String {
        self.get("/v3/voices").await.text("/0/voice_id")
    }

    /// Asks for a video; gives its id.
    pub(crate) async fn video(&self, body: &Value) -> String {
        self.post("/v3/videos", body).await.text("/video_id")
    }

    /// Asks for a video and waits until it is finished; gives the resource.
    pub(crate) async fn made(&self, body: &Value) -> Value {
        let id = self.video(body).await;
        let done = self.ended(&format!("/v3/videos/{id}")).await;
        assert_eq!(done["status"], "completed", "{done}");
        done
    }

    /// Reads the resource until it has ended well or badly; gives its last state.
    pub(crate) async fn ended(&self, path: &str) -> Value {
        self.until(path, |resource| {
            matches!(text(resource, "/status").as_str(), "completed" | "failed")
        })
        .await
    }

    /// Reads the resource until `reached`; gives its last state.
    pub(crate) async fn until(&self, path: &str, reached: impl Fn(&Value) -> bool) -> Value {
        let started = Instant::now();
        loop {
            let answer = self.get(path).await;
            if reached(answer.data()) {
                return answer.data().clone();
            }
            assert!(started.elapsed() < JOB, "{path} stays {}", answer.body);
            tokio::time::sleep(Duration::from_millis(40)).await;
        }
    }
}
