//! The table of contents: what is answered where, and the layers around it.

use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::DefaultBodyLimit;
use axum::http::{HeaderName, HeaderValue, Method, header};
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::{get, put};
use likeness_api::error::ErrorCode;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::cors::{AllowMethods, AllowOrigin, CorsLayer};

use crate::error::ApiError;
use crate::state::ServerState;
use crate::{auth, consent, health, layers, live, media, openapi, unbuilt, uploads, v3};

/// A file of 32 MB as base64 with its JSON around it.
const MAX_BODY_BYTES: usize = 48 << 20;

/// How long a browser may rely on what it was told.
const PREFLIGHT_LIFE: Duration = Duration::from_hours(1);

/// Everything the server answers.
pub fn router(state: ServerState) -> Router {
    let (operations, _) = v3::operations().split_for_parts();
    let operations = operations
        .merge(unbuilt::routes())
        .method_not_allowed_fallback(method_not_allowed)
        .route_layer(from_fn_with_state(state.clone(), auth::admit))
        // Not the files: those are compressed already.
        .layer(CompressionLayer::new());
    let open = Router::new()
        .route("/healthz", get(health::healthz))
        .route("/readyz", get(health::readyz))
        .route("/openapi.json", get(openapi::serve))
        .route("/media/{*key}", get(media::media))
        .route("/live/{video_id}", get(live::live))
        .merge(consent::routes())
        .method_not_allowed_fallback(method_not_allowed);
    // Has a time limit of its own, as files may be large and lines slow.
    let uploads = Router::new()
        .route("/uploads/{asset_id}", put(uploads::put))
        .merge(consent::uploads())
        .method_not_allowed_fallback(method_not_allowed);
    operations
        .merge(open)
        .fallback(not_found)
        // Outermost first. Together, as each call of `layer` boxes every request once more.
        .layer((
            from_fn_with_state(state.clone(), layers::limit_time),
            DefaultBodyLimit::max(MAX_BODY_BYTES),
        ))
        .merge(uploads)
        .layer((
            from_fn(layers::identify),
            cors(&state.settings.cors_origins),
            from_fn(layers::drain),
            CatchPanicLayer::custom(layers::caught),
        ))
        .merge(bare(state.settings.bare_body_bytes))
        .with_state(state)
}

/// What a request costs at least: a constant body, past every layer. Only where the operator asks for it.
fn bare(body_bytes: usize) -> Router<ServerState> {
    if body_bytes == 0 {
        return Router::new();
    }
    let body = Bytes::from(vec![b'x'; body_bytes]);
    Router::new().route("/bare", get(async move || body.clone()))
}

/// What browsers are told of who may call; without origins, nothing.
fn cors(origins: &[HeaderValue]) -> CorsLayer {
    if origins.is_empty() {
        return CorsLayer::new();
    }
    let allowed = if origins.iter().any(|origin| origin == "*") {
        AllowOrigin::any()
    } else {
        AllowOrigin::list(origins.iter().cloned())
    };
    CorsLayer::new()
        .allow_origin(allowed)
        .allow_methods(AllowMethods::list([
            Method::GET,
            Method::POST,
            Method::PUT,
            Method::PATCH,
            Method::DELETE,
        ]))
        .allow_headers([
            header::AUTHORIZATION,
            header::CONTENT_TYPE,
            HeaderName::from_static("x-api-key"),
            HeaderName::from_static("idempotency-key"),
            layers::REQUEST_ID,
        ])
        .expose_headers([layers::REQUEST_ID, header::RETRY_AFTER])
        .max_age(PREFLIGHT_LIFE)
}

async fn not_found() -> ApiError {
    ApiError::saying(ErrorCode::NotFound, "There is nothing at this path.")
}

async fn method_not_allowed() -> ApiError {
    ApiError::new(ErrorCode::MethodNotAllowed)
}
