//! Voices made of others.

use serde::{Deserialize, Serialize};

/// A voice of Kokoro's network that is a mixture of installed ones: its style is the weighted sum of theirs, moved by a
/// step that is the same for every length of text.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Blend {
    /// Names of Kokoro voices such as `af_heart`, with their weights, which sum to 1.
    pub parts: Vec<(String, f32)>,
    /// 256 numbers, or none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub shift: Vec<f32>,
}
