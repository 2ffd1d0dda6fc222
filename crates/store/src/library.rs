//! Public avatars that come with the program.

use likeness_domain::avatar::{AvatarGroup, Gender, Look};
use likeness_domain::id::{VoiceId, WorkspaceId};

use crate::avatars::refresh_group;
use crate::db::writing;
use crate::{Store, StoreError};

const PUT_GROUP: &str = "INSERT INTO avatar_groups (id, workspace_id, is_public, name, gender, \
    default_voice_id, status, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) \
    ON CONFLICT (id) DO UPDATE SET name = excluded.name, gender = excluded.gender, \
    default_voice_id = excluded.default_voice_id, created_at = excluded.created_at";

const PUT_LOOK: &str = "INSERT INTO looks (id, group_id, workspace_id, is_public, name, look_type, \
    status, gender, default_voice_id, source_key, puppet_key, preview_image_key, \
    preview_video_key, image_width, image_height, stored_bytes, created_at) \
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17) \
    ON CONFLICT (id) DO UPDATE SET name = excluded.name, gender = excluded.gender, \
    default_voice_id = excluded.default_voice_id, source_key = excluded.source_key, \
    puppet_key = excluded.puppet_key, preview_image_key = excluded.preview_image_key, \
    preview_video_key = excluded.preview_video_key, \
    image_width = excluded.image_width, image_height = excluded.image_height, \
    created_at = excluded.created_at";

impl Store {
    /// Writes public groups with their looks, over those of the same ids, in one transaction. Two servers that start at
    /// once write the same.
    pub async fn put_public_avatars(
        &self,
        workspace: &WorkspaceId,
        avatars: &[(AvatarGroup, Vec<Look>)],
    ) -> Result<(), StoreError> {
        writing!(self, |tx| {
            sqlx::query(
                "INSERT INTO workspaces (id, name, created_at) VALUES ($1, $2, 0) \
                 ON CONFLICT (id) DO NOTHING",
            )
            .bind(workspace.as_str())
            .bind("Public")
            .execute(&mut *tx)
            .await?;
            for (group, looks) in avatars {
                sqlx::query(PUT_GROUP)
                    .bind(group.id.as_str())
                    .bind(workspace.as_str())
                    .bind(true)
                    .bind(&group.name)
                    .bind(group.gender.map(Gender::as_str))
                    .bind(group.default_voice_id.as_ref().map(VoiceId::as_str))
                    .bind(group.status.as_str())
                    .bind(group.created_at.0)
                    .execute(&mut *tx)
                    .await?;
                for look in looks {
                    sqlx::query(PUT_LOOK)
                        .bind(look.id.as_str())
                        .bind(group.id.as_str())
                        .bind(workspace.as_str())
                        .bind(true)
                        .bind(&look.name)
                        .bind(look.look_type.as_str())
                        .bind(look.status.as_str())
                        .bind(look.gender.map(Gender::as_str))
                        .bind(look.default_voice_id.as_ref().map(VoiceId::as_str))
                        .bind(&look.source_key)
                        .bind(&look.puppet_key)
                        .bind(&look.preview_image_key)
                        .bind(&look.preview_video_key)
                        .bind(look.image_width)
                        .bind(look.image_height)
                        .bind(look.stored_bytes)
                        .bind(look.created_at.0)
                        .execute(&mut *tx)
                        .await?;
                }
                refresh_group!(tx, group.id.as_str());
            }
            Ok(())
        })
    }
}
