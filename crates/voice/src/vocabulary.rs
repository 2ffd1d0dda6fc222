//! The table from phoneme symbols to token numbers.

use std::collections::BTreeMap;
use std::path::Path;

use crate::VoiceError;

/// The misaki symbols a network knows, with their token numbers.
#[derive(Debug)]
pub(crate) struct Vocabulary(BTreeMap<char, i32>);

impl Vocabulary {
    /// Reads `{"a": 43, ...}`, or the same inside `{"vocab": ...}`.
    pub(crate) fn read(path: &Path) -> Result<Self, VoiceError> {
        let bad = |reason: String| VoiceError::BadFile {
            path: path.to_owned(),
            reason,
        };
        let bytes = std::fs::read(path).map_err(|source| VoiceError::Read {
            path: path.to_owned(),
            source,
        })?;
        let json: serde_json::Value =
            serde_json::from_slice(&bytes).map_err(|error| bad(error.to_string()))?;
        let table = json
            .get("vocab")
            .unwrap_or(&json)
            .as_object()
            .ok_or_else(|| bad("it is not a JSON object".to_owned()))?;
        let mut symbols = BTreeMap::new();
        for (symbol, id) in table {
            let mut chars = symbol.chars();
            let (Some(symbol), None, Some(id)) = (
                chars.next(),
                chars.next(),
                id.as_i64().and_then(|id| i32::try_from(id).ok()),
            ) else {
                return Err(bad(format!("{symbol:?} is not one symbol with a number")));
            };
            symbols.insert(symbol, id);
        }
        if symbols.contains_key(&' ') {
            Ok(Self(symbols))
        } else {
            Err(bad("it has no symbol for a space".to_owned()))
        }
    }

    pub(crate) fn of(symbols: BTreeMap<char, i32>) -> Self {
        Self(symbols)
    }

    pub(crate) fn token(&self, symbol: char) -> Option<i32> {
        self.0.get(&symbol).copied()
    }
}
