//! Operations of the contract that this server does not do yet: they answer 501 in the envelope, so that a client can
//! tell them from paths that do not exist.

use std::sync::LazyLock;

use axum::Router;
use axum::routing::{MethodFilter, on};
use likeness_api::error::ErrorCode;
use serde_json::Value;

use crate::error::ApiError;
use crate::openapi;
use crate::state::ServerState;

/// The contract as given.
pub(crate) fn contract() -> &'static Value {
    static CONTRACT: LazyLock<Value> = LazyLock::new(|| {
        let text = include_str!("../../../contract/openapi.json");
        serde_json::from_str(text).unwrap_or_default()
    });
    &CONTRACT
}

/// A route for every operation of the contract that `document()` lacks.
pub(crate) fn routes() -> Router<ServerState> {
    let paths = contract()["paths"].as_object();
    let operations = paths.into_iter().flatten().flat_map(|(path, item)| {
        let methods = item.as_object().into_iter().flatten();
        methods.map(move |(method, _)| (path.as_str(), method.as_str()))
    });
    operations
        .filter(|(path, method)| !is_built(path, method))
        .filter_map(|(path, method)| Some((path, filter(method)?)))
        .fold(Router::new(), |router, (path, method)| {
            router.route(path, on(method, not_implemented))
        })
}

fn is_built(path: &str, method: &str) -> bool {
    let Some(item) = openapi::document().paths.paths.get(path) else {
        return false;
    };
    match method {
        "get" => item.get.is_some(),
        "post" => item.post.is_some(),
        "put" => item.put.is_some(),
        "patch" => item.patch.is_some(),
        "delete" => item.delete.is_some(),
        _ => false,
    }
}

/// `None` for what an OpenAPI path item has beside its operations.
fn filter(method: &str) -> Option<MethodFilter> {
    Some(match method {
        "get" => MethodFilter::GET,
        "post" => MethodFilter::POST,
        "put" => MethodFilter::PUT,
        "patch" => MethodFilter::PATCH,
        "delete" => MethodFilter::DELETE,
        _ => return None,
    })
}

async fn not_implemented() -> ApiError {
    ApiError::new(ErrorCode::NotImplemented)
}
