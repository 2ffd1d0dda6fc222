//! Signed, expiring links to objects: `{base}/media/{key}?expires={unix seconds}&signature={hex}`.
//!
//! The signature is HMAC-SHA256 over the key and the expiry, so a link opens one object for a while and no other.

use std::time::Duration;

use hmac::{Hmac, KeyInit, Mac};
use likeness_domain::id::{AssetId, ConsentLinkId, VideoId};
use likeness_domain::time::UnixMillis;
use sha2::Sha256;

/// Makes and checks links.
#[derive(Clone)]
pub struct Links {
    base_url: String,
    /// Keyed already, as a page of a list has a hundred links.
    mac: Hmac<Sha256>,
    lifetime: Duration,
}

impl std::fmt::Debug for Links {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Links")
            .field("base_url", &self.base_url)
            .finish_non_exhaustive()
    }
}

/// Why a link does not open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LinkError {
    #[error("This link has expired. Read the resource again for a fresh one.")]
    Expired,
    #[error("This link is not valid.")]
    Forged,
}

impl Links {
    /// `base_url` has no slash at its end.
    pub fn new(base_url: impl Into<String>, secret: [u8; 32], lifetime: Duration) -> Self {
        Self {
            base_url: base_url.into(),
            mac: Hmac::new_from_slice(&secret).expect("HMAC takes a key of any length"),
            lifetime,
        }
    }

    /// A link to `key` that works from `now` for the configured lifetime.
    pub fn url(&self, key: &str, now: UnixMillis) -> String {
        let expires = self.expiry(now);
        self.link(&format!("media/{key}"), key, expires)
    }

    /// Checks a link's parts, in constant time as to the signature.
    pub fn verify(
        &self,
        key: &str,
        expires: i64,
        signature: &str,
        now: UnixMillis,
    ) -> Result<(), LinkError> {
        let given = hex::decode(signature).map_err(|_| LinkError::Forged)?;
        self.mac(key, expires)
            .verify_slice(&given)
            .map_err(|_| LinkError::Forged)?;
        if now.seconds() < expires {
            Ok(())
        } else {
            Err(LinkError::Expired)
        }
    }

    /// A link that takes the bytes of an upload until `until`.
    pub fn upload_url(&self, id: &AssetId, until: UnixMillis) -> String {
        let expires = until.seconds();
        self.link(&format!("uploads/{id}"), &upload_subject(id), expires)
    }

    /// Checks the parts of a link of [`Self::upload_url`].
    pub fn verify_upload(
        &self,
        id: &AssetId,
        expires: i64,
        signature: &str,
        now: UnixMillis,
    ) -> Result<(), LinkError> {
        self.verify(&upload_subject(id), expires, signature, now)
    }

    /// A link to watch a video at, finished or not, that works from `now` for the configured lifetime.
    pub fn live_url(&self, id: &VideoId, now: UnixMillis) -> String {
        let expires = self.expiry(now);
        self.link(&format!("live/{id}"), &live_subject(id), expires)
    }

    /// Checks the parts of a link of [`Self::live_url`].
    pub fn verify_live(
        &self,
        id: &VideoId,
        expires: i64,
        signature: &str,
        now: UnixMillis,
    ) -> Result<(), LinkError> {
        self.verify(&live_subject(id), expires, signature, now)
    }

    /// The page of a consent link, until `until`.
    pub fn consent_url(&self, id: &ConsentLinkId, until: UnixMillis) -> String {
        let expires = until.seconds();
        self.link(&format!("consent/{id}"), &consent_subject(id), expires)
    }

    /// Checks the parts of a link of [`Self::consent_url`].
    pub fn verify_consent(
        &self,
        id: &ConsentLinkId,
        expires: i64,
        signature: &str,
        now: UnixMillis,
    ) -> Result<(), LinkError> {
        self.verify(&consent_subject(id), expires, signature, now)
    }

    /// When a link that is made now ends, in Unix seconds.
    fn expiry(&self, now: UnixMillis) -> i64 {
        now.seconds()
            .saturating_add_unsigned(self.lifetime.as_secs())
    }

    fn link(&self, path: &str, subject: &str, expires: i64) -> String {
        let signature = hex::encode(self.mac(subject, expires).finalize().into_bytes());
        format!(
            "{}/{path}?expires={expires}&signature={signature}",
            self.base_url
        )
    }

    fn mac(&self, key: &str, expires: i64) -> Hmac<Sha256> {
        let mut mac = self.mac.clone();
        mac.update(key.as_bytes());
        mac.update(b"\n");
        mac.update(expires.to_string().as_bytes());
        mac
    }
}

/// What the signature of an upload's link is over. No object's key begins like this, so neither kind of link opens what
/// the other does.
fn upload_subject(id: &AssetId) -> String {
    format!("PUT {id}")
}

/// Likewise, for a link to watch at.
fn live_subject(id: &VideoId) -> String {
    format!("WATCH {id}")
}

/// Likewise, for a page of consent.
fn consent_subject(id: &ConsentLinkId) -> String {
    format!("CONSENT {id}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(url: &str) -> (String, i64, String) {
        let (path, query) = url.split_once('?').unwrap();
        let (expires, signature) = query.split_once('&').unwrap();
        (
            path.rsplit_once("/media/").unwrap().1.to_owned(),
            expires.strip_prefix("expires=").unwrap().parse().unwrap(),
            signature.strip_prefix("signature=").unwrap().to_owned(),
        )
    }

    #[test]
    fn a_link_opens_its_own_object_until_it_expires() {
        let links = Links::new("http://h", [7; 32], Duration::from_mins(1));
        let now = UnixMillis(1_000_000_000_000);
        let (key, expires, signature) = parts(&links.url("videos/a.mp4", now));
        assert_eq!(links.verify(&key, expires, &signature, now), Ok(()));
        assert_eq!(
            links.verify(&key, expires, &signature, now.plus_millis(60_000)),
            Err(LinkError::Expired)
        );
        assert_eq!(
            links.verify("videos/b.mp4", expires, &signature, now),
            Err(LinkError::Forged)
        );
        assert_eq!(
            links.verify(&key, expires + 1, &signature, now),
            Err(LinkError::Forged)
        );
        assert_eq!(
            links.verify(&key, expires, "zz", now),
            Err(LinkError::Forged)
        );
        let other = Links::new("http://h", [8; 32], Duration::from_mins(1));
        assert_eq!(
            other.verify(&key, expires, &signature, now),
            Err(LinkError::Forged)
        );
    }
    #[test]
    fn a_link_for_bytes_reads_nothing() {
        let links = Links::new("http://h", [7; 32], Duration::from_mins(1));
        let (now, id) = (UnixMillis(0), AssetId::new());
        let url = links.upload_url(&id, now.plus_millis(60_000));
        let signature = url.rsplit_once("signature=").unwrap().1;
        assert_eq!(links.verify_upload(&id, 60, signature, now), Ok(()));
        for other in [id.as_str(), &format!("assets/{id}.png")] {
            let read = links.verify(other, 60, signature, now);
            assert_eq!(read, Err(LinkError::Forged), "{other}");
        }
        let of_another = links.verify_upload(&AssetId::new(), 60, signature, now);
        assert_eq!(of_another, Err(LinkError::Forged));
    }
}
