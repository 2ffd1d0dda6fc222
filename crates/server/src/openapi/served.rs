//! `GET /openapi.json`: the derived document, with what the derive cannot say.

use std::sync::LazyLock;

use axum::Json;
use likeness_api::webhooks::WebhookEventType;
use serde_json::{Value, json};

pub(crate) async fn serve() -> Json<&'static Value> {
    Json(&JSON)
}

static JSON: LazyLock<Value> = LazyLock::new(|| {
    let mut document = serde_json::to_value(super::document()).unwrap_or_default();
    for (path, item) in document["paths"].as_object_mut().into_iter().flatten() {
        for (_, operation) in item.as_object_mut().into_iter().flatten() {
            let parameters = operation
                .get_mut("parameters")
                .and_then(Value::as_array_mut);
            for parameter in parameters.into_iter().flatten() {
                complete_parameter(path, parameter);
            }
            drop_null(operation);
        }
    }
    flatten_unions(&mut document["components"]["schemas"]);
    // The derive loses the type of an inlined enum that has a default.
    let speech = &mut document["components"]["schemas"]["TextToSpeechRequest"];
    speech["properties"]["input_type"]["default"] = json!("text");
    // It does not see names that a macro writes.
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
    ("/v3/audio/sounds", "limit", "10"),
    ("/v3/audio/sounds", "min_score", "0.7"),
    ("/v3/audio/sounds", "type", "\"music\""),
    ("/v3/avatars", "limit", "20"),
    ("/v3/avatars/looks", "limit", "20"),
    ("/v3/videos", "limit", "10"),
    ("/v3/videos/batches/{batch_id}", "limit", "100"),
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

/// A body that may be absent is derived as one that may be null, which it may not.
fn drop_null(operation: &mut Value) {
    let Some(body) = operation.get_mut("requestBody") else {
        return;
    };
    let Some(schema) = body.pointer_mut("/content/application~1json/schema") else {
        return;
    };
    let Some(variants) = schema["oneOf"].as_array() else {
        return;
    };
    let mut real = variants.iter().filter(|variant| variant["type"] != "null");
    if let (Some(only), None) = (real.next().cloned(), real.next()) {
        *schema = only;
    }
}

/// A union that a field tells apart is derived as "the variant and an object with that field". As the variants are
/// closed, nothing would fit that: the field is moved into the variant, where it is.
fn flatten_unions(schemas: &mut Value) {
    let names: Vec<String> = schemas
        .as_object()
        .into_iter()
        .flat_map(|schemas| schemas.keys().cloned())
        .collect();
    for name in names {
        let variants = schemas[&name]["oneOf"].as_array().cloned();
        for (index, variant) in variants.into_iter().flatten().enumerate() {
            let [reference, tag] = [0, 1].map(|part| variant["allOf"][part].clone());
            let Some(target) = reference["$ref"]
                .as_str()
                .and_then(|r| r.rsplit('/').next())
            else {
                continue;
            };
            let target = &mut schemas[target];
            for (field, schema) in tag["properties"].as_object().into_iter().flatten() {
                target["properties"][field] = schema.clone();
            }
            let more = tag["required"].as_array().cloned().unwrap_or_default();
            match target["required"].as_array_mut() {
                Some(required) => required.extend(more),
                None => target["required"] = json!(more),
            }
            schemas[&name]["oneOf"][index] = reference;
        }
    }
}
