//! The document that the server makes from its code, beside the contract.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use reqwest::Method;
use serde_json::Value;

use crate::support::{Client, Server, contract};

/// Fields that this server adds to the contract's shapes.
const EXTENSIONS: &[(&str, &str)] = &[
    ("VideoDetail", "progress"),
    ("VideoDetail", "motion_words_used"),
    ("AvatarLookItem", "prompt_notes"),
    ("VoiceDetailV3", "similarity"),
    ("VoiceDetailV3", "consent"),
    ("AvatarLookItem", "progress"),
    ("DeletedId", "deleted"),
    ("CreateAvatarConsentResponse", "statement"),
    ("UserInfoResponse", "usage"),
    ("WebhookEndpointResponse", "failing_since"),
    ("WebhookEndpointResponse", "failure_message"),
    ("CreateVideoFromAvatar", "background_music"),
    ("CreateVideoFromImage", "background_music"),
    ("CreateVideoFromStudio", "background_music"),
];

/// Operations that this server adds to the contract.
const EXTRA_OPERATIONS: &[&str] = &[
    "get /v3/videos/{video_id}/preview",
    "post /v3/webhooks/events/{event_id}/redeliver",
];

/// Optional fields of the contract that this server never sends.
const OMISSIONS: &[(&str, &str)] = &[("StandardAPIError", "errors")];

/// What the contract documents and this server has no reason to answer: it takes no payment and bars no engine's
/// vendor.
pub(crate) const NEVER_ANSWERED: &[(&str, &str)] = &[
    ("post /v3/voices/speech", "402"),
    ("post /v3/voices/clone", "403"),
    ("post /v3/avatars", "402"),
    ("post /v3/videos", "402"),
    ("post /v3/videos", "403"),
    ("post /v3/videos/batches", "402"),
];

pub(crate) async fn document(client: &Client) -> Value {
    client
        .send(client.bare(Method::GET, "/openapi.json"))
        .await
        .body
}

/// Method and path of each documented operation under `/v3`.
pub(crate) async fn operations(client: &Client) -> Vec<(Method, String)> {
    let document = document(client).await;
    let paths = document["paths"].as_object().unwrap();
    let mut found = Vec::new();
    for (path, item) in paths.iter().filter(|(path, _)| path.starts_with("/v3/")) {
        for method in item.as_object().unwrap().keys() {
            let method = Method::from_bytes(method.to_uppercase().as_bytes()).unwrap();
            found.push((method, path.clone()));
        }
    }
    assert!(found.len() >= 14, "{found:?}");
    found
}

/// Name, place and whether it is required, of each parameter.
fn names(document: &Value, list: &Value) -> BTreeSet<(String, String, bool)> {
    let entries = list.as_array().into_iter().flatten();
    entries
        .map(|parameter| match parameter["$ref"].as_str() {
            Some(reference) => document.pointer(&reference[1..]).unwrap(),
            None => parameter,
        })
        .map(|parameter| {
            (
                parameter["name"].as_str().unwrap().to_owned(),
                parameter["in"].as_str().unwrap().to_owned(),
                parameter["required"].as_bool().unwrap_or(false),
            )
        })
        .collect()
}

#[tokio::test]
async fn operations_are_those_of_the_contract() {
    let server = Server::embedded(&[]).await;
    let ours = document(&server.client()).await;
    let theirs = &contract().document;
    for (path, item) in ours["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            if !path.starts_with("/v3/") {
                continue;
            }
            let named = format!("{method} {path}");
            if EXTRA_OPERATIONS.contains(&named.as_str()) {
                continue;
            }
            let expected = &theirs["paths"][path][method];
            assert_eq!(operation["operationId"], expected["operationId"], "{named}");
            assert_eq!(operation["tags"], expected["tags"], "{named}");
            let scope = "x-required-scope";
            assert_eq!(operation[scope], expected[scope], "{named}");
            assert_eq!(
                names(&ours, &operation["parameters"]),
                names(theirs, &expected["parameters"]),
                "{named}"
            );
            let kinds = |operation: &Value| -> BTreeSet<String> {
                let content = operation["requestBody"]["content"].as_object();
                content
                    .into_iter()
                    .flat_map(|c| c.keys().cloned())
                    .collect()
            };
            assert_eq!(kinds(operation), kinds(expected), "{named}");
            for status in expected["responses"].as_object().unwrap().keys() {
                let known = !operation["responses"][status].is_null();
                let absent = known || NEVER_ANSWERED.contains(&(&named, status));
                assert!(absent, "{named} should document {status}");
            }
        }
    }
}

#[tokio::test]
async fn shapes_have_the_contracts_fields() {
    let server = Server::embedded(&[]).await;
    let ours = document(&server.client()).await;
    let theirs = &contract().document;
    let mut compared = 0;
    for (name, schema) in ours["components"]["schemas"].as_object().unwrap() {
        let expected = &theirs["components"]["schemas"][name];
        let Some(expected_fields) = expected["properties"].as_object() else {
            continue;
        };
        let fields: BTreeSet<_> = schema["properties"]
            .as_object()
            .unwrap_or_else(|| panic!("{name} has no properties"))
            .keys()
            .filter(|field| !EXTENSIONS.contains(&(name, field)))
            .collect();
        // The field that tells the variants of a union apart stands beside their fields here.
        let is_tag = |field: &str| field == "type" && expected_fields[field]["const"].is_string();
        let expected_fields: BTreeSet<_> = expected_fields
            .keys()
            .filter(|field| !is_tag(field) || fields.contains(field))
            .filter(|field| !OMISSIONS.contains(&(name, field)))
            .collect();
        assert_eq!(fields, expected_fields, "{name}");
        compared += 1;
    }
    assert!(
        compared >= 8,
        "only {compared} shapes have the contract's names"
    );
}

#[tokio::test]
async fn operations_not_built_yet_say_so() {
    let server = Server::embedded(&[]).await;
    let client = server.client();
    let built = operations(&client).await;
    let mut unbuilt = 0;
    for (method, path) in contract_operations() {
        if built.contains(&(method.clone(), path.clone())) {
            continue;
        }
        let path = path.replace(['{', '}'], "");
        let answer = client.send(client.request(method.clone(), &path)).await;
        answer.refused(501, "not_implemented", None);
        let nobody = client.send(client.bare(method, &path)).await;
        nobody.refused(401, "authentication_failed", None);
        unbuilt += 1;
    }
    println!("{unbuilt} operations are not built yet");
}

pub(crate) fn contract_operations() -> Vec<(Method, String)> {
    let paths = contract().document["paths"].as_object().unwrap();
    let mut found = Vec::new();
    for (path, item) in paths {
        for method in ["get", "post", "put", "patch", "delete"] {
            if item.get(method).is_some() {
                let method = Method::from_bytes(method.to_uppercase().as_bytes()).unwrap();
                found.push((method, path.clone()));
            }
        }
    }
    found
}

/// The table in the documentation is made by this test: `UPDATE_DOCS=1` writes it.
#[tokio::test]
async fn the_table_of_operations_is_true() {
    let server = Server::embedded(&[]).await;
    let client = server.client();
    let built = operations(&client).await;
    let mut table = String::from(
        "# Operations of the contract\n\nMade by the tests from the running server; an operation that is not built yet \
         answers 501 `not_implemented`.\n\n| Operation | Built |\n|---|---|\n",
    );
    for operation in contract_operations() {
        let mark = if built.contains(&operation) {
            "yes"
        } else {
            ""
        };
        let (method, path) = operation;
        writeln!(table, "| `{method} {path}` | {mark} |").unwrap();
    }
    let file = crate::support::workspace().join("docs/operations.md");
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&file, &table).unwrap();
    }
    assert_eq!(
        std::fs::read_to_string(&file).unwrap(),
        table,
        "run with UPDATE_DOCS=1"
    );
}
