//! Requests that come again with the same idempotency key get the first one's answer.

use std::time::Duration;

use likeness_store::Earlier;
use sha2::{Digest as _, Sha256};

use crate::{App, Caller, Error};

/// How long an answer is kept.
const KEPT: Duration = Duration::from_hours(24);

/// Longest key, in characters.
const MAX_KEY_LEN: usize = 255;

/// One request's claim on its key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    scope: String,
}

/// What to do with a request that has a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Begun {
    /// Carry it out, then [`keep`] or [`forget`].
    First(Claim),
    UnderWay,
    Answered {
        status: u16,
        body: String,
    },
}

/// Looks the key up for this caller and operation (method and path), and claims it when it is new. `patience` is the
/// longest that a request may take.
pub async fn begin(
    app: &App,
    caller: &Caller,
    operation: &str,
    key: &str,
    patience: Duration,
) -> Result<Begun, Error> {
    check(key)?;
    let mut hash = Sha256::new();
    for part in [caller.key_id.as_str(), operation, key] {
        crate::digest::put(&mut hash, part);
    }
    let scope = hex::encode(hash.finalize());
    let now = app.now();
    let before =
        |time: Duration| now.plus_millis(-i64::try_from(time.as_millis()).unwrap_or(i64::MAX));
    let found = app
        .store()
        .begin_answer(&scope, now, before(KEPT), before(patience * 2))
        .await?;
    Ok(match found {
        Earlier::None => Begun::First(Claim { scope }),
        Earlier::UnderWay => Begun::UnderWay,
        Earlier::Answered { status, body } => Begun::Answered { status, body },
    })
}

fn check(key: &str) -> Result<(), Error> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || "_-:.".contains(c);
    if (1..=MAX_KEY_LEN).contains(&key.len()) && key.chars().all(allowed) {
        return Ok(());
    }
    let message = format!("The key has 1 to {MAX_KEY_LEN} letters, digits, '_', '-', ':' and '.'.");
    Err(Error::invalid("Idempotency-Key", message))
}

/// Keeps the answer for those that come again.
pub async fn keep(app: &App, claim: &Claim, status: u16, body: &str) -> Result<(), Error> {
    Ok(app.store().keep_answer(&claim.scope, status, body).await?)
}

/// Lets the request be tried again: the server was at fault.
pub async fn forget(app: &App, claim: &Claim) -> Result<(), Error> {
    Ok(app.store().forget_answer(&claim.scope).await?)
}
