//! The OpenAPI document, made from the code.

use std::sync::LazyLock;

use axum::Json;
use likeness_api::webhooks::WebhookEventType;
use serde_json::{Value, json};
use utoipa::OpenApi as _;
use utoipa::openapi::OpenApi;
use utoipa::openapi::extensions::Extensions;
use utoipa::openapi::security::{ApiKey, ApiKeyValue, Http, HttpAuthScheme, SecurityScheme};

use crate::{scopes, v3};

#[derive(utoipa::OpenApi)]
#[openapi(
    info(title = "Likeness", description = "A self-hosted avatar-video server."),
    security(("ApiKeyAuth" = []), ("BearerAuth" = [])),
    modifiers(&Credentials)
)]
struct Document;

struct Credentials;

impl utoipa::Modify for Credentials {
    fn modify(&self, document: &mut OpenApi) {
        let components = document.components.get_or_insert_default();
        let key = SecurityScheme::ApiKey(ApiKey::Header(ApiKeyValue::new("x-api-key")));
        let bearer = SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer));
        components.add_security_scheme("ApiKeyAuth", key);
        components.add_security_scheme("BearerAuth", bearer);
    }
}

static DOCUMENT: LazyLock<OpenApi> = LazyLock::new(|| {
    let (_, operations) = v3::operations().split_for_parts();
    let mut document = operations;
    document.merge(Document::openapi());
    add_scopes(&mut document);
    let frame = Document::openapi();
    document.info = frame.info;
    document.security = frame.security;
    document
});

/// Writes the scope that each operation needs, as the contract does.
fn add_scopes(document: &mut OpenApi) {
    for (path, item) in &mut document.paths.paths {
        let operations = [
            ("GET", &mut item.get),
            ("POST", &mut item.post),
            ("PUT", &mut item.put),
            ("PATCH", &mut item.patch),
            ("DELETE", &mut item.delete),
        ];
        for (method, operation) in operations {
            let Some((operation, scope)) = operation.as_mut().zip(scopes::required(method, path))
            else {
                continue;
            };
            let extension = Extensions::builder().add("x-required-scope", scope).build();
            match &mut operation.extensions {
                Some(extensions) => extensions.merge(extension),
                None => operation.extensions = Some(extension),
            }
        }
    }
}

/// The document of everything under `/v3`.
pub fn document() -> &'static OpenApi {
    &DOCUMENT
}

/// The same as JSON, with what the derived document cannot say.
static JSON: LazyLock<Value> = LazyLock::new(|| {
    let mut document = serde_json::to_value(document()).unwrap_or_default();
    for (path, item) in document["paths"].as_object_mut().into_iter().flatten() {
        for operation in item.as_object_mut().into_iter().flatten().map(|(_, o)| o) {
            let parameters = operation["parameters"].as_array_mut();
            for parameter in parameters.into_iter().flatten() {
                complete_parameter(path, parameter);
            }
        }
    }
    // The derive loses the type of an inlined enum that has a default.
    let speech = &mut document["components"]["schemas"]["TextToSpeechRequest"];
    speech["properties"]["input_type"]["default"] = json!("text");
    // The derive does not see names that a macro writes.
    let names = WebhookEventType::ALL.iter().map(|kind| kind.as_str());
    document["components"]["schemas"]["WebhookEventType"]["enum"] = names.collect();
    document
});

/// Defaults of query parameters: path, name, and what is taken when it is absent.
const DEFAULTS: &[(&str, &str, &str)] = &[
    ("/v3/assets", "limit", "20"),
    ("/v3/assets/batches/{batch_id}", "limit", "100"),
    ("/v3/assets/search", "limit", "20"),
    ("/v3/assets/search", "scope", "\"public\""),
    ("/v3/avatars", "limit", "20"),
    ("/v3/avatars/looks", "limit", "20"),
    ("/v3/videos", "limit", "10"),
    ("/v3/voices", "limit", "20"),
    ("/v3/voices", "type", "\"public\""),
    ("/v3/webhooks/endpoints", "limit", "10"),
    ("/v3/webhooks/events", "limit", "10"),
];

fn complete_parameter(path: &str, parameter: &mut Value) {
    let name = parameter["name"].as_str().unwrap_or_default().to_owned();
    let schema = &mut parameter["schema"];
    if name == "Idempotency-Key" {
        *schema = json!({
            "type": "string", "minLength": 1, "maxLength": 255,
            "pattern": r"^[A-Za-z0-9_\-:.]{1,255}$",
        });
    }
    let found = DEFAULTS.iter().find(|(p, n, _)| *p == path && *n == name);
    if let Some((_, _, default)) = found {
        schema["default"] = serde_json::from_str(default).unwrap_or_default();
    }
}

pub(crate) async fn serve() -> Json<&'static Value> {
    Json(&JSON)
}
