//! One answer, taken apart for assertions.

use reqwest::StatusCode;
use reqwest::header::HeaderMap;
use serde_json::Value;

/// Status, headers and JSON body.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Value,
}

impl Answer {
    pub(crate) async fn read(response: reqwest::Response) -> Self {
        let status = response.status();
        let headers = response.headers().clone();
        let bytes = response.bytes().await.unwrap();
        let body = serde_json::from_slice(&bytes).unwrap_or_else(|error| {
            panic!(
                "{status}: the body is not JSON ({error}): {}",
                String::from_utf8_lossy(&bytes)
            )
        });
        Self {
            status,
            headers,
            body,
        }
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        let value = self.headers.get(name);
        value.map_or("", |value| value.to_str().unwrap())
    }

    /// `data` of a submission that was accepted.
    #[track_caller]
    pub(crate) fn accepted(&self) -> &Value {
        assert_eq!(self.status, 202, "{}", self.body);
        &self.body["data"]
    }

    /// `data` of a success.
    #[track_caller]
    pub(crate) fn data(&self) -> &Value {
        assert_eq!(self.status, 200, "{}", self.body);
        &self.body["data"]
    }

    /// Text in `data` of a success.
    #[track_caller]
    pub(crate) fn text(&self, pointer: &str) -> String {
        text(self.data(), pointer)
    }

    /// Asserts an error with this status, code and param, in the envelope and with a request id.
    #[track_caller]
    pub(crate) fn refused(&self, status: u16, code: &str, param: Option<&str>) -> &Self {
        assert_eq!(self.status.as_u16(), status, "{}", self.body);
        let error = &self.body["error"];
        assert_eq!(error["code"], code, "{}", self.body);
        assert_eq!(error["param"].as_str(), param, "{}", self.body);
        assert!(
            error["message"].as_str().is_some_and(|m| m.ends_with('.')),
            "{}",
            self.body
        );
        let mut fields: Vec<_> = error.as_object().unwrap().keys().collect();
        fields.sort();
        assert_eq!(fields, ["code", "doc_url", "message", "param"]);
        self
    }
}

/// The text at a JSON pointer.
#[track_caller]
pub(crate) fn text(value: &Value, pointer: &str) -> String {
    value
        .pointer(pointer)
        .and_then(Value::as_str)
        .unwrap_or_else(|| panic!("no text at {pointer} in {value}"))
        .to_owned()
}
