//! Whether the server lives, and whether it can work. Neither needs a key.

use axum::Json;
use axum::extract::State;
use likeness_api::error::ErrorCode;
use serde_json::{Value, json};

use crate::error::ApiError;
use crate::state::ServerState;

/// The process answers.
#[utoipa::path(get, path = "/healthz", tag = "Health", security(()), responses((status = 200)))]
pub(crate) async fn healthz() -> Json<Value> {
    Json(json!({"status": "ok"}))
}

/// The database answers and is migrated, and the object store answers.
#[utoipa::path(get, path = "/readyz", tag = "Health", security(()),
    responses((status = 200), (status = 503)))]
pub(crate) async fn readyz(State(state): State<ServerState>) -> Result<Json<Value>, ApiError> {
    let not_ready = |what: &str| ApiError::saying(ErrorCode::ServiceUnavailable, what);
    let store = state.app.store();
    store
        .ping()
        .await
        .map_err(|_| not_ready("The database does not answer."))?;
    match store.migrations_current().await {
        Ok(true) => {}
        _ => return Err(not_ready("The database is not of this version.")),
    }
    state
        .app
        .blobs()
        .ping()
        .await
        .map_err(|_| not_ready("The object store does not answer."))?;
    Ok(Json(json!({"status": "ready"})))
}
