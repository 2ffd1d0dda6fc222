//! API keys: made from 256 random bits, shown once, stored as a hash.

use std::time::Duration;

use likeness_domain::account::ApiKey;
use likeness_domain::id::{KeyId, WorkspaceId};
use likeness_domain::time::UnixMillis;
use likeness_store::{Store, StoreError};
use rand::TryRngCore as _;
use rand::rngs::OsRng;
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

/// What every key begins with, so that leaked keys can be searched for.
const MARK: &str = "lkn_";

/// Characters of a key that are stored in the clear: the mark and 32 of the 256 bits.
const PREFIX_LEN: usize = MARK.len() + 8;

/// How long a server goes by what the database said of a key. A revocation is obeyed by every server of a cluster when this
/// time has passed since it was committed.
pub const TRUSTED_FOR: Duration = Duration::from_secs(1);

/// A key that was just made. The text exists here only.
pub struct NewKey {
    pub text: String,
    pub record: ApiKey,
}

impl std::fmt::Debug for NewKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NewKey")
            .field("record", &self.record)
            .finish_non_exhaustive()
    }
}

/// What a key is made for.
#[derive(Debug, Clone)]
pub struct KeyRequest {
    pub workspace_id: WorkspaceId,
    pub name: String,
    pub expires_at: Option<UnixMillis>,
    /// What it may do; `None` is everything.
    pub scopes: Option<Vec<String>>,
}

/// Makes and stores a key.
pub async fn create(store: &Store, request: KeyRequest, now: UnixMillis) -> anyhow::Result<NewKey> {
    let text = format!("{MARK}{}", hex::encode(random_secret()?));
    let record = ApiKey {
        id: KeyId::new(),
        workspace_id: request.workspace_id,
        name: request.name,
        prefix: text[..PREFIX_LEN].to_owned(),
        hash: hash(&text),
        created_at: now,
        expires_at: request.expires_at,
        revoked_at: None,
        scopes: request.scopes,
    };
    store.insert_key(&record).await?;
    Ok(NewKey { text, record })
}

/// Revokes a key named by its id or its first characters. When this returns, no server takes the key any more.
pub async fn revoke(store: &Store, id_or_prefix: &str, now: UnixMillis) -> Result<(), StoreError> {
    store.revoke_key(id_or_prefix, now).await?;
    tokio::time::sleep(TRUSTED_FOR).await;
    Ok(())
}

/// Whether the text is meant to be a key of this server.
pub fn is_like_a_key(text: &str) -> bool {
    text.starts_with(MARK)
}

/// The key that the text is, if it is one and may be used now.
pub async fn authenticate(
    store: &Store,
    text: &str,
    now: UnixMillis,
) -> Result<Option<ApiKey>, StoreError> {
    let Some(prefix) = text.get(..PREFIX_LEN).filter(|p| p.starts_with(MARK)) else {
        return Ok(None);
    };
    let given = hash(text);
    let found = store.find_keys(prefix).await?;
    Ok(found
        .into_iter()
        .find(|key| bool::from(key.hash.ct_eq(&given)) && key.is_usable(now)))
}

/// 256 bits from the operating system.
pub fn random_secret() -> anyhow::Result<[u8; 32]> {
    let mut random = [0; 32];
    OsRng.try_fill_bytes(&mut random)?;
    Ok(random)
}

fn hash(text: &str) -> [u8; 32] {
    Sha256::digest(text.as_bytes()).into()
}
