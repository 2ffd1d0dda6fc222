//! The operations of the contract, one file each.

use utoipa_axum::router::OpenApiRouter;

use crate::state::ServerState;

mod assets;
mod audio;
mod avatars;
mod looks;
mod users;
mod videos;
mod voices;
mod webhooks;

pub(crate) use webhooks::rotate_secret;

/// All operations, with their part of the document.
pub(crate) fn operations() -> OpenApiRouter<ServerState> {
    OpenApiRouter::new()
        .merge(avatars::operations())
        .merge(looks::operations())
        .merge(assets::operations())
        .merge(audio::operations())
        .merge(voices::operations())
        .merge(videos::operations())
        .merge(users::operations())
        .merge(webhooks::operations())
}
