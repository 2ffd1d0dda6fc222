//! Page tokens: opaque, and of use only to the workspace and list that they were made for.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use likeness_api::page::List;
use likeness_domain::id::WorkspaceId;
use likeness_domain::page::{Cursor, Page};
use likeness_domain::time::UnixMillis;
use sha2::Sha256;

use crate::error::ApiError;

/// Bytes of the signature that a token carries: 128 bits are beyond guessing.
const TAG_LEN: usize = 16;

/// Makes and reads tokens.
#[derive(Clone)]
pub(crate) struct Tokens {
    secret: [u8; 32],
}

impl Tokens {
    pub(crate) fn new(secret: [u8; 32]) -> Self {
        Self { secret }
    }

    pub(crate) fn seal(&self, workspace: &WorkspaceId, list: &str, cursor: &Cursor) -> String {
        let mut bytes = cursor.created_at.0.to_be_bytes().to_vec();
        bytes.extend_from_slice(cursor.id.as_bytes());
        let tag = self.tag(workspace, list, &bytes);
        bytes.extend_from_slice(&tag);
        URL_SAFE_NO_PAD.encode(bytes)
    }

    pub(crate) fn open(
        &self,
        workspace: &WorkspaceId,
        list: &str,
        token: &str,
    ) -> Result<Cursor, ApiError> {
        self.try_open(workspace, list, token)
            .ok_or_else(|| ApiError::invalid("token", "This page token is not valid."))
    }

    fn try_open(&self, workspace: &WorkspaceId, list: &str, token: &str) -> Option<Cursor> {
        let bytes = URL_SAFE_NO_PAD.decode(token).ok()?;
        let (body, tag) = bytes.split_at_checked(bytes.len().checked_sub(TAG_LEN)?)?;
        self.mac(workspace, list, body)
            .verify_truncated_left(tag)
            .ok()?;
        let (created_at, id) = body.split_at_checked(8)?;
        Some(Cursor {
            created_at: UnixMillis(i64::from_be_bytes(created_at.try_into().ok()?)),
            id: String::from_utf8(id.to_vec()).ok()?,
        })
    }

    fn tag(&self, workspace: &WorkspaceId, list: &str, body: &[u8]) -> Vec<u8> {
        self.mac(workspace, list, body).finalize().into_bytes()[..TAG_LEN].to_vec()
    }

    fn mac(&self, workspace: &WorkspaceId, list: &str, body: &[u8]) -> Hmac<Sha256> {
        let mut mac =
            Hmac::<Sha256>::new_from_slice(&self.secret).expect("HMAC takes a key of any length");
        for part in [workspace.as_str().as_bytes(), list.as_bytes(), body] {
            mac.update(&(part.len() as u64).to_be_bytes());
            mac.update(part);
        }
        mac
    }

    /// The answer of a list operation.
    pub(crate) fn list<T, W>(
        &self,
        workspace: &WorkspaceId,
        list: &str,
        page: Page<T>,
        convert: impl FnMut(T) -> W,
    ) -> List<W> {
        let next_token = page
            .next
            .as_ref()
            .map(|cursor| self.seal(workspace, list, cursor));
        List {
            has_more: next_token.is_some(),
            next_token,
            data: page.items.into_iter().map(convert).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_opens_for_its_own_workspace_and_list_only() {
        let tokens = Tokens::new([3; 32]);
        let (ours, theirs) = (WorkspaceId::new(), WorkspaceId::new());
        let cursor = Cursor {
            created_at: UnixMillis(1_700_000_000_123),
            id: "ag_x".to_owned(),
        };
        let token = tokens.seal(&ours, "groups", &cursor);
        assert_eq!(tokens.open(&ours, "groups", &token).unwrap(), cursor);
        assert!(tokens.open(&theirs, "groups", &token).is_err());
        assert!(tokens.open(&ours, "looks", &token).is_err());
        for broken in ["", "a", "====", &token[1..], &format!("{token}A")] {
            assert!(tokens.open(&ours, "groups", broken).is_err(), "{broken:?}");
        }
        let mut flipped = URL_SAFE_NO_PAD.decode(&token).unwrap();
        for index in 0..flipped.len() {
            flipped[index] ^= 1;
            let forged = URL_SAFE_NO_PAD.encode(&flipped);
            assert!(
                tokens.open(&ours, "groups", &forged).is_err(),
                "byte {index}"
            );
            flipped[index] ^= 1;
        }
    }
}
