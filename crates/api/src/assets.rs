//! Uploaded files, and files that other requests name.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A file by URL, by asset id, or inline as base64.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum AssetInput {
    /// File at a public HTTPS URL.
    Url { url: String },
    /// File uploaded before.
    AssetId { asset_id: String },
    /// File inlined in the request.
    Base64 {
        /// MIME type of the bytes.
        #[serde(alias = "content_type")]
        media_type: String,
        /// Base64 text.
        data: String,
    },
}

/// The multipart form of an upload.
#[derive(Debug, ToSchema)]
pub struct UploadAssetForm {
    #[schema(value_type = String, format = Binary, content_media_type = "application/octet-stream")]
    pub file: Vec<u8>,
}

/// What an upload answers.
#[derive(Debug, Serialize, ToSchema)]
pub struct UploadAssetV3Response {
    pub asset_id: String,
    pub url: String,
    pub mime_type: String,
    pub size_bytes: i64,
}

/// An uploaded file.
#[derive(Debug, Serialize, ToSchema)]
pub struct GetAssetV3Response {
    pub id: String,
    pub name: String,
    #[serde(rename = "type")]
    pub kind: String,
    pub owner: String,
    pub space_id: String,
    /// Folder that holds the item.
    #[schema(required = false)]
    pub folder_id: Option<String>,
    /// Unix time in seconds.
    pub uploaded_at: i64,
    #[schema(required = false)]
    pub url: Option<String>,
}
