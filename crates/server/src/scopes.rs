//! Which scope an operation needs: the contract's `x-required-scope`, for all operations at once, so that none can be
//! forgotten.

use std::collections::{BTreeSet, HashMap};
use std::sync::LazyLock;

use axum::extract::MatchedPath;
use axum::http::request::Parts;
use likeness_api::error::ErrorCode;

use crate::error::ApiError;
use crate::unbuilt::contract;

/// Operations that the contract does not have.
const EXTRA: &[(&str, &str, &str)] = &[(
    "POST",
    "/v3/webhooks/events/{event_id}/redeliver",
    "webhooks:write",
)];

/// By path, then by method; operations that every key may call are not in it.
static REQUIRED: LazyLock<HashMap<String, HashMap<String, String>>> = LazyLock::new(|| {
    let mut required: HashMap<String, HashMap<String, String>> = HashMap::new();
    let mut add = |path: &str, method: String, scope: &str| {
        let methods = required.entry(path.to_owned()).or_default();
        methods.insert(method, scope.to_owned());
    };
    for (path, item) in contract()["paths"].as_object().into_iter().flatten() {
        for (method, operation) in item.as_object().into_iter().flatten() {
            if let Some(scope) = operation["x-required-scope"].as_str() {
                add(path, method.to_ascii_uppercase(), scope);
            }
        }
    }
    for (method, path, scope) in EXTRA {
        add(path, (*method).to_owned(), scope);
    }
    required
});

/// The scope that an operation needs; `None` if every key may call it.
pub(crate) fn required(method: &str, path: &str) -> Option<&'static str> {
    REQUIRED.get(path)?.get(method).map(String::as_str)
}

/// Every scope that some operation needs.
pub fn known_scopes() -> BTreeSet<&'static str> {
    let methods = REQUIRED.values().flat_map(HashMap::values);
    methods.map(String::as_str).collect()
}

/// Refuses a caller that may not do this. `scopes` are the caller's; `None` is all.
pub(crate) fn check(scopes: Option<&[String]>, request: &Parts) -> Result<(), ApiError> {
    let Some(scopes) = scopes else {
        return Ok(());
    };
    let path = request.extensions.get::<MatchedPath>();
    // `HEAD` is answered by what answers `GET`.
    let method = match request.method.as_str() {
        "HEAD" => "GET",
        method => method,
    };
    let needed = path.and_then(|path| required(method, path.as_str()));
    match needed {
        Some(needed) if !scopes.iter().any(|scope| scope == needed) => Err(ApiError::saying(
            ErrorCode::InsufficientApiKeyScope,
            format!("This operation needs the scope {needed}, which the key does not have."),
        )),
        _ => Ok(()),
    }
}
