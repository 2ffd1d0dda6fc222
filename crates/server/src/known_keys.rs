//! Callers that were looked up a moment ago, so that a busy one does not cost a query for each request.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Instant;

use likeness_app::keys::TRUSTED_FOR;
use likeness_domain::account::ApiKey;

/// Most that are remembered. Tokens of an issuer are new every few minutes.
const MAX_KNOWN: usize = 10_000;

/// By the SHA-256 of what was presented.
#[derive(Default)]
pub(crate) struct KnownKeys {
    known: RwLock<HashMap<[u8; 32], Known>>,
}

struct Known {
    key: Arc<ApiKey>,
    /// From before the database was asked.
    asked_at: Instant,
}

impl Known {
    fn is_fresh(&self, now: Instant) -> bool {
        now.saturating_duration_since(self.asked_at) < TRUSTED_FOR
    }
}

impl KnownKeys {
    /// The key, if the database was asked for it within [`TRUSTED_FOR`].
    pub(crate) fn get(&self, hash: &[u8; 32], now: Instant) -> Option<Arc<ApiKey>> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        let found = known.get(hash).filter(|known| known.is_fresh(now))?;
        Some(found.key.clone())
    }

    /// Remembers what the database said. `asked_at` is from before it was asked: an answer that was under way while the
    /// key was revoked must not be trusted for longer than one from before.
    pub(crate) fn remember(&self, hash: [u8; 32], key: &Arc<ApiKey>, asked_at: Instant) {
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= MAX_KNOWN {
            known.retain(|_, known| known.is_fresh(asked_at));
        }
        if known.len() < MAX_KNOWN {
            let key = key.clone();
            known.insert(hash, Known { key, asked_at });
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use likeness_domain::id::{KeyId, WorkspaceId};
    use likeness_domain::time::UnixMillis;

    use super::*;

    fn key() -> Arc<ApiKey> {
        Arc::new(ApiKey {
            id: KeyId::new(),
            workspace_id: WorkspaceId::new(),
            name: String::new(),
            prefix: "lkn_01234567".to_owned(),
            hash: [0; 32],
            created_at: UnixMillis(0),
            expires_at: None,
            revoked_at: None,
            scopes: None,
        })
    }

    #[test]
    fn a_key_is_trusted_from_when_the_database_was_asked() {
        let (keys, start) = (KnownKeys::default(), Instant::now());
        keys.remember([1; 32], &key(), start);
        let last = start + TRUSTED_FOR.saturating_sub(Duration::from_nanos(1));
        assert!(keys.get(&[1; 32], last).is_some());
        assert!(keys.get(&[1; 32], start + TRUSTED_FOR).is_none());
        assert!(keys.get(&[2; 32], start).is_none());
    }

    #[test]
    fn there_is_an_end_to_what_is_remembered() {
        let (keys, start) = (KnownKeys::default(), Instant::now());
        let hash = |number: usize| {
            let mut hash = [0; 32];
            hash[..8].copy_from_slice(&number.to_le_bytes());
            hash
        };
        for number in 0..=MAX_KNOWN {
            keys.remember(hash(number), &key(), start);
        }
        assert!(keys.get(&hash(0), start).is_some());
        assert!(keys.get(&hash(MAX_KNOWN), start).is_none(), "there is room");
        let later = start + TRUSTED_FOR;
        keys.remember(hash(MAX_KNOWN), &key(), later);
        assert!(keys.get(&hash(MAX_KNOWN), later).is_some());
    }
}
