//! A real Chromium without a window, driven by its own chromedriver, with a film in place of camera and microphone where it needs
//! them.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

/// How long something on a page may take on a busy machine.
const PATIENCE: Duration = Duration::from_mins(4);

/// Size of a phone's screen, in CSS pixels.
const PHONE: (u32, u32) = (390, 844);

#[derive(Debug)]
pub(crate) struct Browser {
    driver: Child,
    session: String,
    http: reqwest::Client,
    /// Camera, microphone and profile.
    _dir: tempfile::TempDir,
}

impl Browser {
    /// A browser whose camera sees the film, from its start when it is opened, and whose microphone hears it.
    pub(crate) async fn before(film: &Path) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let (camera, microphone) = (dir.path().join("a.y4m"), dir.path().join("a.wav"));
        let made = Command::new("ffmpeg")
            .args(["-v", "error", "-y", "-i"])
            .arg(film)
            .args("-vf scale=640:360,fps=25 -pix_fmt yuv420p -an".split(' '))
            .arg(&camera)
            .args("-vn -ar 48000 -ac 1 -c:a pcm_s16le".split(' '))
            .arg(&microphone)
            .status()
            .unwrap();
        assert!(made.success());
        let arguments = [
            "--use-fake-ui-for-media-stream".to_owned(),
            "--use-fake-device-for-media-stream".to_owned(),
            format!("--use-file-for-fake-video-capture={}", camera.display()),
            format!(
                "--use-file-for-fake-audio-capture={}%noloop",
                microphone.display()
            ),
        ];
        Self::start(dir, &arguments).await
    }

    /// A browser without a camera.
    pub(crate) async fn blind() -> Self {
        Self::start(tempfile::tempdir().unwrap(), &[]).await
    }

    async fn start(dir: tempfile::TempDir, more: &[String]) -> Self {
        let mut driver = Command::new("chromedriver")
            .arg("--port=0")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("chromedriver, as `cargo xtask browser` installs it");
        let port = port_of(&mut driver);
        let (width, height) = PHONE;
        let mut arguments = vec![
            "--headless=new".to_owned(),
            "--no-sandbox".to_owned(),
            "--disable-gpu".to_owned(),
            "--disable-quic".to_owned(),
            "--no-first-run".to_owned(),
            "--disable-background-networking".to_owned(),
            "--disable-component-update".to_owned(),
            "--disable-sync".to_owned(),
            "--autoplay-policy=no-user-gesture-required".to_owned(),
            format!("--user-data-dir={}", dir.path().join("profile").display()),
        ];
        arguments.extend_from_slice(more);
        let wanted = json!({"capabilities": {"alwaysMatch": {
            "browserName": "chrome",
            "goog:chromeOptions": {
                "args": arguments,
                "mobileEmulation": {"deviceMetrics": {"width": width, "height": height, "pixelRatio": 2.0}},
            },
        }}});
        let http = reqwest::Client::new();
        let base_url = format!("http://127.0.0.1:{port}/session");
        let opened = http.post(&base_url).json(&wanted).send().await.unwrap();
        let opened: Value = opened.json().await.unwrap();
        let id = opened["value"]["sessionId"].as_str();
        let id = id.unwrap_or_else(|| panic!("{opened}"));
        Self {
            driver,
            session: format!("{base_url}/{id}"),
            http,
            _dir: dir,
        }
    }

    async fn call(&self, command: &str, body: &Value) -> Value {
        let url = format!("{}/{command}", self.session);
        let answer = self.http.post(url).json(body).send().await.unwrap();
        let answer: Value = answer.json().await.unwrap();
        assert!(answer["value"]["error"].is_null(), "{command}: {answer}");
        answer["value"].clone()
    }

    pub(crate) async fn open(&self, url: &str) {
        self.call("url", &json!({"url": url})).await;
    }

    /// The value of an expression on the page.
    pub(crate) async fn value(&self, expression: &str) -> Value {
        let script = format!("return {expression};");
        let body = json!({"script": script, "args": []});
        self.call("execute/sync", &body).await
    }

    /// Waits until an expression is true on whatever page is shown then.
    pub(crate) async fn until(&self, expression: &str) {
        let started = Instant::now();
        while self.value(expression).await != json!(true) {
            if started.elapsed() > PATIENCE {
                let text = self.value("document.body.innerText").await;
                panic!("never {expression}: {text}");
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    }

    /// Clicks what a person would, when it is there to be clicked.
    pub(crate) async fn click(&self, id: &str) {
        let there = format!("!!document.getElementById('{id}')?.checkVisibility()");
        self.until(&there).await;
        let by = json!({"using": "css selector", "value": format!("#{id}")});
        let found = self.call("element", &by).await;
        let element = found.as_object().unwrap().values().next().unwrap();
        let element = element.as_str().unwrap();
        self.call(&format!("element/{element}/click"), &json!({}))
            .await;
    }

    /// Keeps a picture of the page, for people to look at.
    pub(crate) async fn picture(&self, file: &Path) {
        let answer = self.http.get(format!("{}/screenshot", self.session));
        let answer: Value = answer.send().await.unwrap().json().await.unwrap();
        let png = STANDARD.decode(answer["value"].as_str().unwrap()).unwrap();
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, png).unwrap();
    }

    pub(crate) async fn close(mut self) {
        self.http.delete(&self.session).send().await.unwrap();
        self.driver.kill().unwrap();
        self.driver.wait().unwrap();
    }
}

/// The port that chromedriver has chosen, as it says.
fn port_of(driver: &mut Child) -> u16 {
    let said = BufReader::new(driver.stdout.take().unwrap());
    let mut lines = said.lines().map_while(Result::ok);
    let line = lines.find(|line| line.contains("started successfully on port"));
    let line = line.expect("chromedriver starts");
    // What it says later must have somebody who reads it.
    std::thread::spawn(move || lines.for_each(drop));
    let port = line.trim_end_matches('.').rsplit(' ').next().unwrap();
    port.parse().unwrap()
}
