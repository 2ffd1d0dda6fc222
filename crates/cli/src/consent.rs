//! `likeness consent`

use std::path::PathBuf;

use anyhow::{Context as _, Result, bail};
use clap::{Args, Subcommand};
use likeness_app::consent::{self, Signed};
use likeness_blobs::Blobs;
use likeness_domain::id::{GroupId, RecordingId};
use likeness_domain::time::UnixMillis;
use likeness_store::{Store, StoreError};

use crate::Common;
use crate::config::{Config, ConsentPolicy};

#[derive(Debug, Subcommand)]
pub(crate) enum ConsentCommand {
    /// List the recordings that wait for a decision, or decide one.
    Review {
        #[command(flatten)]
        common: Common,
        /// The recording to decide; without one, all that wait are listed.
        recording: Option<String>,
        /// The person agrees, and it is the person of the footage.
        #[arg(long, requires = "recording", conflicts_with = "reject")]
        approve: bool,
        /// It is not so.
        #[arg(long, requires = "recording")]
        reject: bool,
        /// Write the recording to this file, to look at it.
        #[arg(long, requires = "recording")]
        save: Option<PathBuf>,
        #[command(flatten)]
        signed: SignedArgs,
    },
    /// Check that nobody has changed the ledger.
    Verify {
        #[command(flatten)]
        common: Common,
        /// A hash that was noted earlier: the ledger must still have it.
        #[arg(long)]
        expect: Option<String>,
    },
    /// Show the ledger of one group.
    Show {
        #[command(flatten)]
        common: Common,
        group: String,
    },
    /// Vouch for consent that was given elsewhere; the policy must allow it.
    Attest {
        #[command(flatten)]
        common: Common,
        group: String,
        #[command(flatten)]
        signed: SignedArgs,
    },
    /// Take consent back: no video is made from here on.
    Revoke {
        #[command(flatten)]
        common: Common,
        group: String,
        #[command(flatten)]
        signed: SignedArgs,
    },
}

/// Who does it, and why.
#[derive(Debug, Clone, Args)]
pub(crate) struct SignedArgs {
    /// Who decides; the ledger keeps it.
    #[arg(long)]
    by: Option<String>,
    /// Why, or what it is based on; the ledger keeps it until the person is erased.
    #[arg(long)]
    why: Option<String>,
}

impl SignedArgs {
    fn signed(&self) -> Result<Signed> {
        let given = |text: &Option<String>, flag: &str| {
            let text = text
                .as_deref()
                .map(str::trim)
                .filter(|text| !text.is_empty());
            text.map(str::to_owned)
                .with_context(|| format!("{flag} is needed"))
        };
        Ok(Signed {
            by: given(&self.by, "--by")?,
            why: given(&self.why, "--why")?,
        })
    }
}

pub(crate) fn run(command: &ConsentCommand) -> Result<()> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?
        .block_on(carry_out(command))
}

async fn open(common: &Common) -> Result<(Config, Store)> {
    let config = common.load(&[])?;
    let store = Store::connect(&config.database_url(&common.data_dir)).await?;
    Ok((config, store))
}

async fn carry_out(command: &ConsentCommand) -> Result<()> {
    let now = UnixMillis::now();
    match command {
        ConsentCommand::Review {
            common,
            recording,
            approve,
            reject,
            save,
            signed,
        } => {
            let (config, store) = open(common).await?;
            let Some(recording) = recording else {
                return list(&store).await;
            };
            let id: RecordingId = recording.parse()?;
            if let Some(file) = save {
                let found = store.find_consent_recording(&id).await;
                let found = found.with_context(|| format!("there is no recording {id}"))?;
                let blobs = Blobs::open(&config.blob_config(&common.data_dir))?;
                blobs.download(&found.object_key, file).await?;
                println!("{}", found.statement);
                println!("{}", found.measures);
            }
            if *approve || *reject {
                consent::decide(&store, &id, *approve, &signed.signed()?, now).await?;
            } else if save.is_none() {
                bail!("say --approve, --reject or --save FILE");
            }
        }
        ConsentCommand::Verify { common, expect } => {
            verify(&open(common).await?.1, expect.as_deref()).await?;
        }
        ConsentCommand::Show { common, group } => {
            let store = open(common).await?.1;
            for record in store.ledger_of(&group.parse()?).await? {
                let entry = record.entry;
                println!(
                    "{} {} {} {} {} {} {} {}",
                    record.seq,
                    entry.at.seconds(),
                    entry.act.as_str(),
                    entry.actor,
                    entry.recording_sha256.as_deref().unwrap_or("-"),
                    entry.detail,
                    record.hash,
                    record.text.as_deref().unwrap_or("-"),
                );
            }
        }
        ConsentCommand::Attest {
            common,
            group,
            signed,
        } => {
            let (config, store) = open(common).await?;
            if matches!(config.consent.policy, ConsentPolicy::Verified) {
                bail!("consent.policy is verified: only a recording grants consent");
            }
            let group: GroupId = group.parse()?;
            let workspace = workspace(&store, &group).await?;
            consent::attest(&store, &workspace, &group, &signed.signed()?, now).await?;
        }
        ConsentCommand::Revoke {
            common,
            group,
            signed,
        } => {
            let store = open(common).await?.1;
            let group: GroupId = group.parse()?;
            let workspace = workspace(&store, &group).await?;
            consent::revoke(&store, &workspace, &group, &signed.signed()?, now).await?;
        }
    }
    Ok(())
}

async fn workspace(store: &Store, group: &GroupId) -> Result<likeness_domain::id::WorkspaceId> {
    match store.workspace_of_group(group).await {
        Err(StoreError::NotFound) => bail!("there is no group {group}"),
        found => Ok(found?),
    }
}

async fn list(store: &Store) -> Result<()> {
    for recording in store.recordings_to_review().await? {
        println!(
            "{} {} {} {}",
            recording.id,
            recording.group_id,
            recording.reasons.join(","),
            recording.measures
        );
    }
    Ok(())
}

async fn verify(store: &Store, expected: Option<&str>) -> Result<()> {
    let check = store.check_ledger(expected).await?;
    for fault in &check.faults {
        eprintln!("{fault}");
    }
    if !check.faults.is_empty() {
        bail!("the ledger was changed");
    }
    if let Some(expected) = expected.filter(|_| !check.holds_expected) {
        bail!("no record has the hash {expected}: the ledger was made anew");
    }
    println!("{} records, the last {}", check.records, check.head);
    Ok(())
}
