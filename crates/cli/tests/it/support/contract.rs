//! The contract, as a judge of answers.

use std::collections::HashMap;
use std::sync::OnceLock;

use jsonschema::Validator;
use reqwest::Method;
use serde_json::{Value, json};

use super::server::workspace;

/// The document with a validator for each documented answer.
pub(crate) struct Contract {
    pub(crate) document: Value,
    /// By template, method in lower case, and status.
    answers: HashMap<(String, String, String), Validator>,
    /// The shape that every error has.
    error: Validator,
}

/// The contract, read once.
pub(crate) fn contract() -> &'static Contract {
    static CONTRACT: OnceLock<Contract> = OnceLock::new();
    CONTRACT.get_or_init(|| {
        let text = std::fs::read(workspace().join("contract/openapi.json")).unwrap();
        Contract::new(serde_json::from_slice(&text).unwrap())
    })
}

impl Contract {
    fn new(document: Value) -> Self {
        let components = document["components"].clone();
        let validator = |schema: &Value| {
            let mut schema = schema.clone();
            schema["components"] = components.clone();
            jsonschema::draft202012::new(&schema).unwrap()
        };
        let mut answers = HashMap::new();
        for (path, item) in document["paths"].as_object().unwrap() {
            for (method, operation) in item.as_object().unwrap() {
                let Some(responses) = operation["responses"].as_object() else {
                    continue;
                };
                for (status, response) in responses {
                    let schema = &response["content"]["application/json"]["schema"];
                    if schema.is_object() {
                        let key = (path.clone(), method.clone(), status.clone());
                        answers.insert(key, validator(schema));
                    }
                }
            }
        }
        let error = validator(&json!({
            "type": "object",
            "required": ["error"],
            "properties": {"error": {"$ref": "#/components/schemas/StandardAPIError"}},
        }));
        Self {
            document,
            answers,
            error,
        }
    }

    /// The template in the contract that the path belongs to: one with fewest parameters.
    fn template(&self, path: &str) -> Option<&str> {
        let parts: Vec<_> = path.split('/').collect();
        let fits = |template: &str| {
            let expected: Vec<_> = template.split('/').collect();
            expected.len() == parts.len()
                && expected
                    .iter()
                    .zip(&parts)
                    .all(|(e, p)| e == p || e.starts_with('{'))
        };
        let templates = self.document["paths"].as_object().unwrap().keys();
        templates
            .filter(|template| fits(template))
            .min_by_key(|template| template.matches('{').count())
            .map(String::as_str)
    }

    /// Panics unless the answer has the shape that the contract documents for it. Errors that it does not document have
    /// the standard shape; a success must be documented if its operation is.
    pub(crate) fn check(&self, method: &Method, path: &str, status: u16, body: &Value) {
        let documented = self.template(path).and_then(|template| {
            self.answers.get(&(
                template.to_owned(),
                method.as_str().to_ascii_lowercase(),
                status.to_string(),
            ))
        });
        assert!(
            documented.is_some() || status >= 400 || self.template(path).is_none(),
            "{method} {path}: {status} is not documented"
        );
        let judges = documented
            .into_iter()
            .chain((status >= 400).then_some(&self.error));
        for judge in judges {
            let faults: Vec<_> = judge
                .iter_errors(body)
                .map(|fault| format!("{} at {}", fault, fault.instance_path()))
                .collect();
            assert!(
                faults.is_empty(),
                "{method} {path} {status}: {}\n{body}",
                faults.join("; ")
            );
        }
    }
}
