//! Uploaded files, and files that other requests name.

use std::collections::BTreeMap;

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

/// A file that will be sent apart from the API.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub struct CreateAssetUploadRequest {
    pub filename: String,
    /// MIME type, checked again on completion.
    pub content_type: String,
    /// Exact size.
    pub size_bytes: i64,
    /// Hex digest.
    #[schema(required = false)]
    pub checksum_sha256: Option<String>,
}

/// The one state that a reserved upload is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PendingUpload {
    PendingUpload,
}

/// What the contract says of an upload that was completed; the asset can be used at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CompletedUpload {
    Processing,
}

/// Where and how to send a file's bytes.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CreateAssetUploadResponse {
    pub asset_id: String,
    /// PUT the raw bytes here.
    pub upload_url: String,
    /// Send these headers unchanged with the PUT.
    pub upload_headers: BTreeMap<String, String>,
    pub expires_in_seconds: u64,
    pub max_bytes: u64,
    pub status: PendingUpload,
}

/// Up to 100 files that will be sent apart from the API.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateAssetUploadBatchRequest {
    #[schema(min_items = 1, max_items = 100)]
    pub files: Vec<CreateAssetUploadRequest>,
    /// Display title.
    #[schema(required = false)]
    pub title: Option<String>,
    /// Taken, but asset batches call nobody.
    #[schema(required = false)]
    pub callback_url: Option<String>,
}

/// The slots of a batch, in the order of its files.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CreateAssetUploadBatchResponse {
    pub batch_id: String,
    pub items: Vec<CreateAssetUploadResponse>,
}

/// Ends an upload.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub struct CompleteAssetUploadRequest {
    /// Hex digest that the bytes must have.
    #[schema(required = false)]
    pub checksum_sha256: Option<String>,
}

/// An upload that has become an asset.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CompleteAssetUploadResponse {
    pub asset_id: String,
    pub url: String,
    pub mime_type: String,
    pub size_bytes: i64,
    pub status: CompletedUpload,
}

/// Ends the uploads of a batch.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CompleteAssetBatchRequest {
    pub batch_id: String,
}

/// A picture that a search found.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum AssetSearchItem {
    Image(ImageAssetItem),
}

/// A found picture. What is not known of it is null.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ImageAssetItem {
    pub id: String,
    pub url: String,
    /// Pixels.
    #[schema(required = false)]
    pub width: Option<i64>,
    /// Pixels.
    #[schema(required = false)]
    pub height: Option<i64>,
    #[schema(required = false)]
    pub orientation: Option<String>,
    #[schema(required = false)]
    pub is_transparent: Option<bool>,
}

/// Kind of picture to search.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SearchKind {
    Image,
    Icon,
}

/// Whose pictures to search.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SearchScope {
    /// The shared catalogue.
    Public,
    /// The caller's own workspace.
    Personal,
}
