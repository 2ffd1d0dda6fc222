//! `likeness keys`

use anyhow::{Context as _, Result, bail};
use clap::Subcommand;
use likeness_app::keys::{self, KeyRequest};
use likeness_domain::id::WorkspaceId;
use likeness_domain::time::UnixMillis;
use likeness_store::{DEFAULT_WORKSPACE, Store, StoreError};

use crate::Common;

#[derive(Debug, Subcommand)]
pub(crate) enum KeysCommand {
    /// Make a key and print it, and only it, on standard output. It cannot be shown again.
    Create {
        #[command(flatten)]
        common: Common,
        /// What the key is for.
        #[arg(long, default_value = "")]
        name: String,
        /// How long the key works, such as 12h, 90d or 1y; for ever otherwise.
        #[arg(long, value_parser = parse_life)]
        expires: Option<i64>,
        /// Workspace that the key belongs to; made when it is new.
        #[arg(long, default_value = DEFAULT_WORKSPACE)]
        workspace: String,
        /// Make a key for tests: it works on the workspace's test side, where nothing is real and all is cheap.
        #[arg(long)]
        test: bool,
        /// What the key may do, such as videos:read; may be given more than once, or as a list with commas. A key
        /// without any may do everything.
        #[arg(long, value_delimiter = ',', value_parser = parse_scope)]
        scope: Vec<String>,
    },
    /// List keys: id, first characters, workspace, state, scopes (* is all), name.
    List {
        #[command(flatten)]
        common: Common,
    },
    /// Revoke a key by its id or its first characters as `list` shows them. No server takes the key once this has ended.
    Revoke {
        #[command(flatten)]
        common: Common,
        /// Id or first characters.
        key: String,
    },
}

pub(crate) fn run(command: &KeysCommand) -> Result<()> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?
        .block_on(carry_out(command))
}

async fn carry_out(command: &KeysCommand) -> Result<()> {
    let now = UnixMillis::now();
    match command {
        KeysCommand::Create {
            common,
            name,
            expires,
            workspace,
            test,
            scope,
        } => {
            let store = open(common).await?;
            let workspace = side_of(workspace, *test).context("--workspace")?;
            store
                .ensure_workspace(&workspace, workspace.as_str(), now)
                .await?;
            let expires_at = expires.map(|life| now.plus_millis(life));
            let request = KeyRequest {
                workspace_id: workspace,
                name: name.clone(),
                expires_at,
                scopes: Some(scope.clone()).filter(|scopes| !scopes.is_empty()),
            };
            let key = keys::create(&store, request, now).await?;
            println!("{}", key.text);
        }
        KeysCommand::List { common } => {
            for key in open(common).await?.list_keys().await? {
                let state = match (key.revoked_at, key.is_usable(now)) {
                    (Some(_), _) => "revoked",
                    (None, true) => "active",
                    (None, false) => "expired",
                };
                let scopes = key.scopes.map_or("*".to_owned(), |scopes| scopes.join(","));
                println!(
                    "{} {}… {} {state} {scopes} {}",
                    key.id, key.prefix, key.workspace_id, key.name
                );
            }
        }
        KeysCommand::Revoke { common, key } => {
            let store = open(common).await?;
            match keys::revoke(&store, key.trim_end_matches('…'), now).await {
                Ok(()) => {}
                Err(StoreError::NotFound) => bail!("there is no key {key}"),
                Err(error) => return Err(error.into()),
            }
        }
    }
    Ok(())
}

/// The workspace that is meant, or its test side.
fn side_of(workspace: &str, test: bool) -> Result<WorkspaceId> {
    let named: WorkspaceId = workspace.parse()?;
    match (named.is_test(), test) {
        (true, _) => bail!("{named} is a test side; name its workspace, with --test"),
        (false, true) => Ok(named.test_side()?),
        (false, false) => Ok(named),
    }
}

async fn open(common: &Common) -> Result<Store> {
    let config = common.load(&[])?;
    Ok(Store::connect(&config.database_url(&common.data_dir)).await?)
}

/// A scope that some operation needs.
fn parse_scope(text: &str) -> Result<String, String> {
    let known = likeness_server::known_scopes();
    if known.contains(text) {
        return Ok(text.to_owned());
    }
    let known: Vec<_> = known.into_iter().collect();
    Err(format!("{text:?} is none of {}", known.join(", ")))
}

/// A number and a unit: s, m, h, d, w or y. Gives milliseconds.
fn parse_life(text: &str) -> Result<i64, String> {
    let wrong = || format!("{text:?} is not a time such as 12h, 90d or 1y");
    let unit_at = text.find(|c: char| !c.is_ascii_digit()).ok_or_else(wrong)?;
    let (number, unit) = text.split_at(unit_at);
    let seconds = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 3600,
        "d" => 86_400,
        "w" => 7 * 86_400,
        "y" => 365 * 86_400,
        _ => return Err(wrong()),
    };
    let number: i64 = number.parse().map_err(|_| wrong())?;
    number
        .checked_mul(seconds * 1000)
        .filter(|&life| life > 0)
        .ok_or_else(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lives_are_numbers_with_units() {
        assert_eq!(parse_life("90d"), Ok(90 * 86_400_000));
        assert_eq!(parse_life("1s"), Ok(1000));
        for wrong in [
            "",
            "90",
            "d",
            "-1d",
            "0h",
            "1.5h",
            "5 d",
            "99999999999999999y",
        ] {
            assert!(parse_life(wrong).is_err(), "{wrong:?}");
        }
    }
}
