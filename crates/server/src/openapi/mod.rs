//! The OpenAPI document, made from the code.

use std::sync::LazyLock;

use utoipa::OpenApi as _;
use utoipa::openapi::OpenApi;
use utoipa::openapi::extensions::Extensions;
use utoipa::openapi::security::{ApiKey, ApiKeyValue, Http, HttpAuthScheme, SecurityScheme};

use crate::{scopes, v3};

mod served;

pub(crate) use served::serve;

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
