//! Things submitted together, and the states of many things at once.

use std::collections::BTreeMap;

use serde::Serialize;
use utoipa::ToSchema;

/// Status of one id, or `not_found`.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct BulkStatusEntry {
    /// The id as it was asked for.
    #[schema(required = false)]
    pub video_id: Option<String>,
    /// Status of the item, or `not_found`.
    pub status: String,
    /// Code and message of what failed.
    #[schema(required = false, value_type = Option<Object>)]
    pub error: Option<crate::error::Fault>,
    /// Set for entries that came from a batch.
    #[schema(required = false)]
    pub batch_id: Option<String>,
    #[schema(required = false)]
    pub item_index: Option<i64>,
}

/// State of one item of a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum BatchItemStatus {
    Queued,
    Processing,
    Completed,
    Failed,
}

/// State of a batch: `failed` when every item has failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum BatchStatus {
    Processing,
    Completed,
    Failed,
}

/// One item; `video_id` holds the id of whatever the batch makes.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct BatchItem {
    /// Place in the submitted list, from 0.
    pub item_index: i64,
    /// Id of the made item; null until made.
    #[schema(required = false)]
    pub video_id: Option<String>,
    pub status: BatchItemStatus,
    /// Why it failed.
    #[schema(required = false, value_type = Option<Object>)]
    pub error: Option<crate::error::Fault>,
}

/// A batch and one page of its items; paging fields sit inside data here.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct BatchDetail {
    pub batch_id: String,
    /// Display title.
    #[schema(required = false)]
    pub title: Option<String>,
    pub status: BatchStatus,
    pub total_items: i64,
    pub counts_by_status: BTreeMap<String, i64>,
    /// Unix time in seconds.
    pub created_at: i64,
    pub items: Vec<BatchItem>,
    pub has_more: bool,
    #[schema(required = false)]
    pub next_token: Option<String>,
}

/// Answer to every 202 batch submission.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct BatchAccepted {
    pub batch_id: String,
}
