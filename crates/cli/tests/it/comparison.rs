//! The document that the server makes, compared with the contract schema by schema.
//!
//! What clients send must be described alike: types, bounds, defaults, patterns, closedness. What the server answers may
//! be described more narrowly: fewer nulls, more that is always there.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use crate::support::{Server, contract};

/// Differences that stand, by their beginning, with the reason. One that is none any more fails the test, too.
const ACCEPTED: &[(&str, &str)] = &[
    (
        "post /v3/avatars request",
        "fields that a variant does not have are refused, which the contract leaves open",
    ),
    (
        "post /v3/avatars/{group_id}/consent request",
        "unknown fields are refused, which the contract leaves open",
    ),
    (
        "post /v3/videos request variants",
        "defaults of fields that may be null are told in words: the derive writes none",
    ),
    (
        "post /v3/videos/batches request.videos[] variants",
        "as for single videos",
    ),
    (
        "get /v3/assets/search 200 .data[]",
        "nothing that may be uploaded is an icon, so only images are found",
    ),
    (
        "get /v3/users/me 200 .data.wallet",
        "nothing is sold: always null",
    ),
    (
        "get /v3/users/me 200 .data.subscription",
        "nothing is sold: always null",
    ),
    (
        "post /v3/voices/clone request.audio variants",
        "fields that no variant has are refused, which the derive does not say of a union",
    ),
    (
        "delete /v3/webhooks/endpoints/{endpoint_id} 200 .error",
        "always null; the derive has no type for that",
    ),
];

/// Words of a schema that are compared as they stand.
const WORDS: &[&str] = &[
    "type",
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "minLength",
    "maxLength",
    "minItems",
    "maxItems",
    "pattern",
    "default",
];

/// Fields that this server adds to what the contract answers.
const ADDED: &[&str] = &[
    "progress",
    "deleted",
    "usage",
    "motion_words_used",
    "statement",
    "failing_since",
    "failure_message",
    "similarity",
    "consent",
    "prompt_notes",
];

fn resolve<'a>(document: &'a Value, value: &'a Value) -> &'a Value {
    match value["$ref"].as_str() {
        Some(reference) => {
            let found = document.pointer(&reference[1..]);
            resolve(
                document,
                found.unwrap_or_else(|| panic!("{reference} is nowhere")),
            )
        }
        None => value,
    }
}

/// A schema in one form: references followed, unions with null marked as `nullable`, `const` as an `enum` of one.
fn normal(document: &Value, schema: &Value) -> Value {
    let schema = resolve(document, schema);
    let mut out = Map::new();
    let mut nullable = false;
    for word in WORDS {
        if !schema[word].is_null() {
            out.insert((*word).to_owned(), number(&schema[word]));
        }
    }
    if let Some(types) = schema["type"].as_array() {
        nullable = types.contains(&json!("null"));
        let first = types.iter().find(|kind| *kind != "null");
        out.insert("type".to_owned(), first.cloned().unwrap_or(json!("null")));
    }
    let choices = schema["enum"].as_array().cloned();
    let only = Some(&schema["const"]).filter(|value| !value.is_null());
    if let Some(values) = choices.or(only.map(|value| vec![value.clone()])) {
        let names: BTreeSet<_> = values.iter().map(Value::to_string).collect();
        out.insert("enum".to_owned(), json!(names));
    }
    for union in ["anyOf", "oneOf"] {
        let Some(variants) = schema[union].as_array() else {
            continue;
        };
        let real: Vec<_> = variants.iter().filter(|v| v["type"] != "null").collect();
        nullable |= real.len() < variants.len();
        if let [one] = real.as_slice() {
            merge(&mut out, normal(document, one));
        } else {
            let mut all: Vec<_> = real.iter().map(|v| normal(document, v)).collect();
            all.sort_by_key(Value::to_string);
            out.insert("variants".to_owned(), json!(all));
        }
    }
    for part in schema["allOf"].as_array().into_iter().flatten() {
        merge(&mut out, normal(document, part));
    }
    for (name, field) in schema["properties"].as_object().into_iter().flatten() {
        let fields = out.entry("properties").or_insert(json!({}));
        fields[name] = normal(document, field);
    }
    let required = schema["required"].as_array().into_iter().flatten();
    for name in required {
        let names = out.entry("required").or_insert(json!({}));
        names[name.as_str().unwrap()] = json!(true);
    }
    if schema["items"].is_object() {
        out.insert("items".to_owned(), normal(document, &schema["items"]));
    }
    match &schema["additionalProperties"] {
        Value::Bool(false) => {
            out.insert("closed".to_owned(), json!(true));
        }
        open if open.is_object() => {
            out.insert("values".to_owned(), normal(document, open));
        }
        _ => {}
    }
    if nullable || out.get("nullable") == Some(&json!(true)) {
        out.insert("nullable".to_owned(), json!(true));
    }
    out.retain(|name, value| name != "default" || !value.is_null());
    Value::Object(out)
}

/// `1` and `1.0` are the same bound.
fn number(value: &Value) -> Value {
    match value.as_f64() {
        Some(number) => json!(number),
        None => value.clone(),
    }
}

fn merge(into: &mut Map<String, Value>, from: Value) {
    let Value::Object(from) = from else { return };
    for (name, value) in from {
        match (into.get_mut(&name), value) {
            (Some(Value::Object(there)), Value::Object(more)) => there.extend(more),
            (_, value) => {
                into.insert(name, value);
            }
        }
    }
}

/// Notes where two normal schemas differ. `answer` allows ours to be narrower.
fn differ(place: &str, ours: &Value, theirs: &Value, answer: bool, found: &mut Vec<String>) {
    let empty = Map::new();
    let (our_words, their_words) = (
        ours.as_object().unwrap_or(&empty),
        theirs.as_object().unwrap_or(&empty),
    );
    let words: BTreeSet<_> = our_words.keys().chain(their_words.keys()).collect();
    for word in words {
        let (our, their) = (&ours[word], &theirs[word]);
        let narrower = match word.as_str() {
            "nullable" => our.is_null(),
            "minimum" => their.is_null(),
            "default" | "closed" => true,
            _ => false,
        };
        if our == their || (answer && narrower) {
            continue;
        }
        match word.as_str() {
            "properties" => fields(place, our, their, answer, found),
            "required" => {
                let names = |value: &Value| -> BTreeSet<String> {
                    let names = value.as_object().into_iter().flat_map(Map::keys);
                    names.cloned().collect()
                };
                let (our, their) = (names(our), names(their));
                if !(answer && their.is_subset(&our)) && our != their {
                    found.push(format!("{place} required: {our:?}, not {their:?}"));
                }
            }
            "items" => differ(&format!("{place}[]"), our, their, answer, found),
            "values" => differ(&format!("{place}{{}}"), our, their, answer, found),
            _ => {
                let [our, their] = [our, their].map(|value| shortened(&value.to_string()));
                found.push(format!("{place} {word}: {our}, not {their}"));
            }
        }
    }
}

/// Enough of a schema to know it by.
fn shortened(text: &str) -> String {
    text.chars().take(200).collect()
}

fn fields(place: &str, ours: &Value, theirs: &Value, answer: bool, found: &mut Vec<String>) {
    let names = |value: &Value| -> BTreeSet<String> {
        let names = value.as_object().into_iter().flat_map(Map::keys);
        names.cloned().collect()
    };
    for name in names(ours).union(&names(theirs)) {
        let inner = format!("{place}.{name}");
        match (&ours[name], &theirs[name]) {
            (Value::Null, _) => found.push(format!("{inner} is missing")),
            (_, Value::Null) if answer && ADDED.contains(&name.as_str()) => {}
            (_, Value::Null) => found.push(format!("{inner} is not in the contract")),
            (our, their) => differ(&inner, our, their, answer, found),
        }
    }
}

/// All differences of one operation.
fn compare(named: &str, ours: (&Value, &Value), theirs: (&Value, &Value)) -> Vec<String> {
    let mut found = Vec::new();
    let ((our_document, our), (their_document, their)) = (ours, theirs);
    let parameters = |document: &Value, operation: &Value| -> Vec<Value> {
        let list = operation["parameters"].as_array().into_iter().flatten();
        list.map(|one| resolve(document, one).clone()).collect()
    };
    let ours_by_name = parameters(our_document, our);
    for parameter in parameters(their_document, their) {
        let same = |one: &&Value| one["name"] == parameter["name"];
        // That ours has it is compared elsewhere.
        let Some(mine) = ours_by_name.iter().find(same) else {
            continue;
        };
        let name = parameter["name"].as_str().unwrap();
        let place = format!("{named} ?{name}");
        let (mine, theirs) = (
            normal(our_document, &mine["schema"]),
            normal(their_document, &parameter["schema"]),
        );
        differ(&place, &mine, &theirs, false, &mut found);
    }
    let body = |document: &Value, operation: &Value| {
        let content = operation["requestBody"]["content"].as_object();
        let schemas = content.into_iter().flatten();
        let mut schemas = schemas.map(|(_, content)| normal(document, &content["schema"]));
        let mut schema = schemas.next().unwrap_or_default();
        // A body that may be absent may be null, which says the same.
        if let Some(words) = schema.as_object_mut()
            && operation["requestBody"]["required"] != json!(true)
        {
            words.remove("nullable");
        }
        schema
    };
    let place = format!("{named} request");
    let (mine, wanted) = (body(our_document, our), body(their_document, their));
    differ(&place, &mine, &wanted, false, &mut found);
    for (status, response) in their["responses"].as_object().into_iter().flatten() {
        if !status.starts_with('2') {
            continue;
        }
        let schema = |document: &Value, response: &Value| {
            let response = resolve(document, response);
            normal(document, &response["content"]["application/json"]["schema"])
        };
        let (mine, wanted) = (
            schema(our_document, &our["responses"][status]),
            schema(their_document, response),
        );
        differ(
            &format!("{named} {status} "),
            &mine,
            &wanted,
            true,
            &mut found,
        );
    }
    found
}

#[tokio::test]
async fn schemas_are_those_of_the_contract() {
    let server = Server::embedded(&[]).await;
    let ours = crate::document::document(&server.client()).await;
    let theirs = &contract().document;
    let mut found = Vec::new();
    for (path, item) in ours["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let expected = &theirs["paths"][path][method];
            if expected.is_object() {
                let named = format!("{method} {path}");
                found.extend(compare(&named, (&ours, operation), (theirs, expected)));
            }
        }
    }
    for (beginning, reason) in ACCEPTED {
        let before = found.len();
        found.retain(|difference| !difference.starts_with(beginning));
        assert!(
            found.len() < before,
            "{beginning} ({reason}) differs no more"
        );
    }
    assert!(
        found.is_empty(),
        "{} differences:\n{}",
        found.len(),
        found.join("\n")
    );
}

#[tokio::test]
async fn every_reference_leads_somewhere() {
    let server = Server::embedded(&[]).await;
    let document = crate::document::document(&server.client()).await;
    let text = document.to_string();
    let mut followed = 0;
    for part in text.split("\"$ref\":\"#").skip(1) {
        let pointer = part.split('"').next().unwrap();
        assert!(document.pointer(pointer).is_some(), "{pointer} is nowhere");
        followed += 1;
    }
    assert!(followed > 100, "{followed}");
}
