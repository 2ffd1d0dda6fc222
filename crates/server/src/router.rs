//! The table of contents: what is answered where, and the layers around it.

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::get;
use likeness_api::error::ErrorCode;
use tower_http::catch_panic::CatchPanicLayer;

use crate::error::ApiError;
use crate::state::ServerState;
use crate::{auth, health, idempotency, layers, media, openapi, unbuilt, v3};

/// A file of 32 MB as base64 with its JSON around it.
const MAX_BODY_BYTES: usize = 48 << 20;

/// Everything the server answers.
pub fn router(state: ServerState) -> Router {
    let (operations, _) = v3::operations().split_for_parts();
    let operations = operations
        .merge(unbuilt::routes())
        .method_not_allowed_fallback(method_not_allowed)
        .route_layer(from_fn_with_state(state.clone(), idempotency::replay))
        .route_layer(from_fn_with_state(state.clone(), auth::authenticate));
    let open = Router::new()
        .route("/healthz", get(health::healthz))
        .route("/readyz", get(health::readyz))
        .route("/openapi.json", get(openapi::serve))
        .route("/media/{*key}", get(media::media))
        .method_not_allowed_fallback(method_not_allowed);
    operations
        .merge(open)
        .fallback(not_found)
        .layer(DefaultBodyLimit::max(MAX_BODY_BYTES))
        .layer(from_fn_with_state(state.clone(), layers::limit_time))
        .layer(CatchPanicLayer::custom(layers::caught))
        .layer(from_fn(layers::drain))
        .layer(from_fn(layers::identify))
        .with_state(state)
}

async fn not_found() -> ApiError {
    ApiError::saying(ErrorCode::NotFound, "There is nothing at this path.")
}

async fn method_not_allowed() -> ApiError {
    ApiError::new(ErrorCode::MethodNotAllowed)
}
