//! The account.

use serde::Serialize;
use utoipa::ToSchema;

/// Which billing block is set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum BillingType {
    Wallet,
    Subscription,
    UsageBased,
}

/// Spending, which a server of one's own has none of.
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub struct UsageBasedInfo {
    #[schema(required = false)]
    pub included_credits: Option<f64>,
    #[schema(required = false)]
    pub remaining_credits: Option<f64>,
    #[schema(required = false)]
    pub spending_cap_usd: Option<f64>,
    #[schema(required = false)]
    pub spending_current_usd: Option<f64>,
}

/// What a workspace has had made since `period_start`, and what it keeps.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct UsageFigures {
    /// Unix time in seconds: the first of the present month, UTC.
    pub period_start: i64,
    /// Length of the videos that were rendered.
    pub video_seconds: f64,
    /// Characters of scripts and texts that were spoken.
    pub spoken_characters: i64,
    /// Bytes of all files, now.
    pub stored_bytes: i64,
}

/// Account; exactly one billing block is set.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct UserInfoResponse {
    pub username: String,
    #[schema(required = true)]
    pub email: Option<String>,
    #[schema(required = true)]
    pub first_name: Option<String>,
    #[schema(required = true)]
    pub last_name: Option<String>,
    /// Always `usage_based`: nothing is sold here.
    #[schema(required = false)]
    pub billing_type: Option<BillingType>,
    #[schema(required = false)]
    pub usage_based: Option<UsageBasedInfo>,
    /// Beyond the contract: what was made this month, and what is kept.
    #[schema(required = false)]
    pub usage: UsageFigures,
    /// Always null.
    #[schema(required = false, value_type = Option<Object>)]
    pub wallet: Option<()>,
    /// Always null.
    #[schema(required = false, value_type = Option<Object>)]
    pub subscription: Option<()>,
}
