//! The ledger of consent: records are added at its end and never changed. Triggers of the database refuse it, and each
//! record's hash is over its fields and the hash of the record before, so that a change made past the triggers shows.
//!
//! What a person may be recognised by (the statement with their name, an operator's words) is not in the records, but
//! beside them under a salted digest that is. So it can be erased and the chain stays whole; without the salt the
//! digest tells nothing.

use std::fmt::Write as _;

use likeness_domain::consent::{Act, LedgerEntry, LedgerRecord};
use likeness_domain::id::GroupId;
use likeness_domain::time::UnixMillis;
use sha2::{Digest as _, Sha256};

use crate::db::reading;
use crate::{Store, StoreError};

/// What every record's hash begins with: the version of the way it is made.
const VERSION: &str = "likeness consent ledger 1";

/// Records read at once.
const PAGE: i64 = 500;

/// Words that go with a record and may be erased later.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text {
    /// At least 128 random bits, so that nobody finds erased words by trying.
    pub salt: String,
    pub text: String,
}

impl Text {
    /// SHA-256 of salt and words, in hex.
    pub fn digest(&self) -> String {
        digest(&self.salt, &self.text)
    }
}

fn digest(salt: &str, text: &str) -> String {
    let mut hash = Sha256::new();
    feed(&mut hash, salt);
    feed(&mut hash, text);
    hex::encode(hash.finalize())
}

/// With its length before it, so that no two rows of fields give the same bytes.
fn feed(hash: &mut Sha256, field: &str) {
    hash.update((field.len() as u64).to_be_bytes());
    hash.update(field);
}

/// The hash of a record, in hex.
pub(crate) fn record_hash(
    seq: i64,
    entry: &LedgerEntry,
    text_digest: Option<&str>,
    previous: &str,
) -> String {
    let mut hash = Sha256::new();
    let (seq, at) = (seq.to_string(), entry.at.0.to_string());
    for field in [
        VERSION,
        &seq,
        &at,
        entry.workspace_id.as_str(),
        entry.group_id.as_str(),
        entry.act.as_str(),
        &entry.actor,
        entry.recording_sha256.as_deref().unwrap_or(""),
        text_digest.unwrap_or(""),
        &entry.detail,
        previous,
    ] {
        feed(&mut hash, field);
    }
    hex::encode(hash.finalize())
}

/// Appends an entry in the transaction. Rows of groups are locked before the ledger's head, never after.
macro_rules! append {
    ($tx:expr, $entry:expr, $text:expr) => {{
        let entry: &likeness_domain::consent::LedgerEntry = $entry;
        let text: Option<&$crate::ledger::Text> = $text;
        // Also the lock: whoever appends waits here.
        let (seq, previous): (i64, String) = sqlx::query_as(
            "UPDATE consent_ledger_head SET seq = seq + 1 WHERE id = 1 RETURNING seq, hash",
        )
        .fetch_one(&mut *$tx)
        .await?;
        let digest = text.map($crate::ledger::Text::digest);
        let hash = $crate::ledger::record_hash(seq, entry, digest.as_deref(), &previous);
        sqlx::query($crate::ledger::INSERT)
            .bind(seq)
            .bind(entry.at.0)
            .bind(entry.workspace_id.as_str())
            .bind(entry.group_id.as_str())
            .bind(entry.act.as_str())
            .bind(&entry.actor)
            .bind(&entry.recording_sha256)
            .bind(&digest)
            .bind(&entry.detail)
            .bind(&previous)
            .bind(&hash)
            .execute(&mut *$tx)
            .await?;
        sqlx::query("UPDATE consent_ledger_head SET hash = $1 WHERE id = 1")
            .bind(&hash)
            .execute(&mut *$tx)
            .await?;
        if let Some((text, digest)) = text.zip(digest) {
            sqlx::query(
                "INSERT INTO consent_texts (digest, group_id, salt, text) \
                 VALUES ($1, $2, $3, $4) ON CONFLICT (digest) DO NOTHING",
            )
            .bind(&digest)
            .bind(entry.group_id.as_str())
            .bind(&text.salt)
            .bind(&text.text)
            .execute(&mut *$tx)
            .await?;
        }
        // A log that is kept elsewhere holds the chain against whoever can write this database.
        tracing::info!(
            consent.seq = seq,
            consent.act = entry.act.as_str(),
            consent.hash = %hash,
            "consent ledger"
        );
    }};
}
pub(crate) use append;

pub(crate) const INSERT: &str = "INSERT INTO consent_ledger (seq, at, workspace_id, group_id, act, \
    actor, recording_sha256, text_digest, detail, previous_hash, hash) \
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";

#[derive(sqlx::FromRow)]
struct Row {
    seq: i64,
    at: i64,
    workspace_id: String,
    group_id: String,
    act: String,
    actor: String,
    recording_sha256: Option<String>,
    text_digest: Option<String>,
    detail: String,
    previous_hash: String,
    hash: String,
    salt: Option<String>,
    text: Option<String>,
}

impl Row {
    fn record(self) -> Result<LedgerRecord, StoreError> {
        let corrupt = |_| StoreError::Corrupt("ledger record");
        Ok(LedgerRecord {
            seq: self.seq,
            entry: LedgerEntry {
                at: UnixMillis(self.at),
                workspace_id: self.workspace_id.parse().map_err(corrupt)?,
                group_id: self.group_id.parse().map_err(corrupt)?,
                act: Act::from_name(&self.act).ok_or(StoreError::Corrupt("act"))?,
                actor: self.actor,
                recording_sha256: self.recording_sha256,
                detail: self.detail,
            },
            text_digest: self.text_digest,
            text: self.text,
            hash: self.hash,
        })
    }
}

/// What checking the ledger found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LedgerCheck {
    pub records: u64,
    /// Hash of the last record; empty for an empty ledger.
    pub head: String,
    /// Whether a record has the hash that was asked for.
    pub holds_expected: bool,
    /// What is wrong, in words; nothing in a ledger that nobody touched.
    pub faults: Vec<String>,
}

/// The check on its way along the chain.
#[derive(Default)]
struct Walk {
    check: LedgerCheck,
    seq: i64,
    /// Records whose words are gone, and their groups: right only if the group was erased later.
    without_text: Vec<(i64, String)>,
    erased: std::collections::HashSet<String>,
}

impl Walk {
    fn step(&mut self, row: Row, expected: Option<&str>) {
        let seq = row.seq;
        let mut fault = |words: &str| {
            let mut line = String::new();
            let _ = write!(line, "record {seq}: {words}");
            self.check.faults.push(line);
        };
        if seq != self.seq + 1 {
            fault("the records before it are missing");
        }
        if row.previous_hash != self.check.head {
            fault("it does not follow the record before it");
        }
        let (salt, text) = (row.salt.clone(), row.text.clone());
        let (previous, hash) = (row.previous_hash.clone(), row.hash.clone());
        let text_digest = row.text_digest.clone();
        let group = row.group_id.clone();
        match row.record() {
            Ok(record) => {
                let computed = record_hash(seq, &record.entry, text_digest.as_deref(), &previous);
                if computed != hash {
                    fault("its hash is not that of its fields");
                }
                if record.entry.act == Act::Erased {
                    self.erased.insert(group.clone());
                }
            }
            Err(_) => fault("it has a field that this program does not know"),
        }
        match (&text_digest, salt.zip(text)) {
            (Some(wanted), Some((salt, text))) if digest(&salt, &text) != *wanted => {
                fault("the words that belong to it were changed");
            }
            (Some(_), None) => self.without_text.push((seq, group)),
            _ => {}
        }
        self.check.holds_expected |= expected.is_some_and(|expected| expected == hash);
        self.check.records += 1;
        self.check.head = hash;
        self.seq = seq;
    }

    fn finish(mut self, head: &(i64, String)) -> LedgerCheck {
        for (seq, group) in self.without_text {
            if !self.erased.contains(&group) {
                self.check.faults.push(format!(
                    "record {seq}: the words that belong to it are gone, but its group was not erased"
                ));
            }
        }
        if (head.0, head.1.as_str()) != (self.seq, self.check.head.as_str()) {
            self.check.faults.push(format!(
                "the ledger ends with record {}, but {} were written",
                self.seq, head.0
            ));
        }
        self.check
    }
}

impl Store {
    /// Walks the whole chain. `expected` is a hash that was noted earlier: a ledger that was made anew from its
    /// beginning is whole, but has it not.
    pub async fn check_ledger(&self, expected: Option<&str>) -> Result<LedgerCheck, StoreError> {
        // Read before the records, as some may be appended meanwhile: those are not looked at.
        let head: (i64, String) = reading!(self, |pool| {
            sqlx::query_as("SELECT seq, hash FROM consent_ledger_head WHERE id = 1")
                .fetch_one(pool)
                .await
        })?;
        let mut walk = Walk::default();
        loop {
            let rows: Vec<Row> = reading!(self, |pool| {
                sqlx::query_as(LEDGER_PAGE)
                    .bind(walk.seq)
                    .bind(head.0)
                    .bind(PAGE)
                    .fetch_all(pool)
                    .await
            })?;
            if rows.is_empty() {
                // Records past the head were not written by this program.
                let beyond: i64 = reading!(self, |pool| {
                    sqlx::query_scalar(
                        "SELECT COUNT(*) FROM consent_ledger l WHERE l.seq > $1 AND l.seq > \
                         (SELECT h.seq FROM consent_ledger_head h WHERE h.id = 1)",
                    )
                    .bind(head.0)
                    .fetch_one(pool)
                    .await
                })?;
                let mut check = walk.finish(&head);
                if beyond > 0 {
                    let words = format!("{beyond} records stand behind the ledger's end");
                    check.faults.push(words);
                }
                return Ok(check);
            }
            for row in rows {
                walk.step(row, expected);
            }
        }
    }

    /// The records of a group, the oldest first.
    pub async fn ledger_of(&self, group: &GroupId) -> Result<Vec<LedgerRecord>, StoreError> {
        let rows: Vec<Row> = reading!(self, |pool| {
            sqlx::query_as(LEDGER_OF_GROUP)
                .bind(group.as_str())
                .fetch_all(pool)
                .await
        })?;
        rows.into_iter().map(Row::record).collect()
    }
}

const LEDGER_PAGE: &str = "SELECT l.*, t.salt, t.text FROM consent_ledger l \
    LEFT JOIN consent_texts t ON t.digest = l.text_digest \
    WHERE l.seq > $1 AND l.seq <= $2 ORDER BY l.seq LIMIT $3";
const LEDGER_OF_GROUP: &str = "SELECT l.*, t.salt, t.text FROM consent_ledger l \
    LEFT JOIN consent_texts t ON t.digest = l.text_digest WHERE l.group_id = $1 ORDER BY l.seq";
