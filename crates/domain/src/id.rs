//! Typed ids. An id is opaque to clients: a prefix that says what it names and a time-ordered UUID in hex.
//!
//! Ids that come from outside are parsed, not trusted: 1 to 64 characters of `A-Z a-z 0-9 _ -`. The prefix is not
//! demanded, so that ids minted by another server of the same API are merely unknown (404), not malformed (400).

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Longest id accepted from outside, in characters.
pub const MAX_ID_LEN: usize = 64;

/// The text is empty, too long, or has a character that no id has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("ids have 1 to {MAX_ID_LEN} characters of A-Z, a-z, 0-9, '_' and '-'")]
pub struct MalformedId;

fn is_well_formed(text: &str) -> bool {
    (1..=MAX_ID_LEN).contains(&text.len())
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-')
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident = $prefix:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// A fresh, time-ordered id.
            #[expect(clippy::new_without_default, reason = "a new id is random: no default value exists")]
            pub fn new() -> Self {
                Self(format!(concat!($prefix, "{}"), Uuid::now_v7().simple()))
            }

            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = MalformedId;

            fn from_str(text: &str) -> Result<Self, MalformedId> {
                if is_well_formed(text) { Ok(Self(text.to_owned())) } else { Err(MalformedId) }
            }
        }

        impl TryFrom<String> for $name {
            type Error = MalformedId;

            fn try_from(text: String) -> Result<Self, MalformedId> {
                if is_well_formed(&text) { Ok(Self(text)) } else { Err(MalformedId) }
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> Self {
                id.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    )*};
}

ids! {
    /// A workspace: owns keys, avatar groups, assets and videos; nothing of another is visible to it.
    WorkspaceId = "ws_";
    /// An API key's public id; the key itself is never stored.
    KeyId = "key_";
    /// An avatar group: the character that holds looks.
    GroupId = "ag_";
    /// A look; what the API calls `avatar_id` in a video.
    LookId = "lk_";
    /// An uploaded file.
    AssetId = "ast_";
    /// Items that were submitted together.
    BatchId = "bat_";
    /// A page on which a person gives consent.
    ConsentLinkId = "cl_";
    /// A recording of a person who gives consent.
    RecordingId = "cr_";
    /// A video, finished or not.
    VideoId = "v_";
    /// A voice. Installed voices have ids made from their pack and name, so they are the same on every server.
    VoiceId = "";
    /// One piece of background work.
    JobId = "job_";
    /// A place that wants to be told of events.
    EndpointId = "ep_";
    /// Something that happened to a video or avatar.
    EventId = "evt_";
}

/// How the ids of test workspaces begin. `likeness keys create` lets no other begin like this.
const TEST_MARK: &str = "test_";

impl WorkspaceId {
    /// Whether this is the test side of a workspace, where work is cheap and nothing is real.
    pub fn is_test(&self) -> bool {
        self.0.starts_with(TEST_MARK)
    }

    /// The test side of this workspace.
    pub fn test_side(&self) -> Result<Self, MalformedId> {
        format!("{TEST_MARK}{}", self.0).parse()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fresh_ids_are_well_formed_ordered_and_prefixed() {
        let (a, b) = (GroupId::new(), GroupId::new());
        assert!(a.as_str().starts_with("ag_") && a.as_str().len() == 35);
        assert!(a < b, "ids sort by creation: {a} {b}");
        assert_eq!(a.as_str().parse::<GroupId>(), Ok(a));
    }

    #[test]
    fn malformed_ids_are_refused() {
        for bad in ["", "a b", "ag_ä", "../x", "a%2Fb", &"x".repeat(65)] {
            assert_eq!(bad.parse::<GroupId>(), Err(MalformedId), "{bad:?}");
        }
        assert!(
            "1bd001e7e50f421d891986aad5c8bbd2"
                .parse::<GroupId>()
                .is_ok()
        );
    }

    #[test]
    fn the_test_side_of_a_workspace_is_another_one() {
        let real: WorkspaceId = "ws_a".parse().unwrap();
        let test = real.test_side().unwrap();
        assert!(test.is_test() && !real.is_test() && test != real);
        let long: WorkspaceId = "w".repeat(MAX_ID_LEN).parse().unwrap();
        assert!(long.test_side().is_err());
    }
}
