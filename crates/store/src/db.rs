//! The connection pools, and how one query text runs on either.

use std::path::Path;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use sqlx::postgres::{PgPool, PgPoolOptions};
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};

use crate::StoreError;
use crate::found::Readers;

/// Cheap to clone; all clones share the pools.
#[derive(Debug, Clone)]
pub struct Store {
    pub(crate) db: Db,
}

/// SQLite has one writer, so writers queue here instead of meeting "database is locked".
#[derive(Debug, Clone)]
pub(crate) enum Db {
    Sqlite {
        read: SqlitePool,
        write: SqlitePool,
        /// For reads of [`crate::found`].
        found: Arc<Readers>,
    },
    Postgres(PgPool),
}

/// Runs `$body` with `$pool` bound to the pool for reads.
macro_rules! reading {
    ($store:expr, |$pool:ident| $body:expr) => {
        match &$store.db {
            $crate::db::Db::Sqlite { read: $pool, .. } => $body,
            $crate::db::Db::Postgres($pool) => $body,
        }
    };
}

/// Runs `$body` with `$tx` bound to an open transaction, and commits when it gives `Ok`.
macro_rules! writing {
    ($store:expr, |$tx:ident| $body:expr) => {
        match &$store.db {
            $crate::db::Db::Sqlite { write, .. } => {
                let mut $tx = write.begin().await?;
                let done: Result<_, $crate::StoreError> = async { $body }.await;
                if done.is_ok() {
                    $tx.commit().await?;
                }
                done
            }
            $crate::db::Db::Postgres(pool) => {
                let mut $tx = pool.begin().await?;
                let done: Result<_, $crate::StoreError> = async { $body }.await;
                if done.is_ok() {
                    $tx.commit().await?;
                }
                done
            }
        }
    };
}

pub(crate) use {reading, writing};

static SQLITE_MIGRATIONS: sqlx::migrate::Migrator = sqlx::migrate!("migrations/sqlite");
static POSTGRES_MIGRATIONS: sqlx::migrate::Migrator = sqlx::migrate!("migrations/postgres");

/// How long a writer waits for another process on the same SQLite file.
const BUSY_TIMEOUT: Duration = Duration::from_secs(15);

/// Bytes at the start of an SQLite file that each connection reads through a mapping. The system counts mapped pages as
/// memory of the process, but takes them back whenever it needs some.
pub(crate) const MAPPED_BYTES: &str = "268435456";

impl Store {
    /// Opens `sqlite:PATH` (made when absent) or `postgres://…`, and brings its tables up to date.
    pub async fn connect(url: &str) -> Result<Self, StoreError> {
        let db = if let Some(path) = url.strip_prefix("sqlite:") {
            connect_sqlite(Path::new(path)).await?
        } else if url.starts_with("postgres:") || url.starts_with("postgresql:") {
            connect_postgres(url).await?
        } else {
            return Err(StoreError::UnknownDatabase);
        };
        let store = Self { db };
        store.ensure_reserved_workspaces().await?;
        Ok(store)
    }

    /// Whether the database answers.
    pub async fn ping(&self) -> Result<(), StoreError> {
        reading!(self, |pool| sqlx::query("SELECT 1")
            .execute(pool)
            .await
            .map(|_| ()))?;
        Ok(())
    }

    /// Whether the tables are those of this version of the program.
    pub async fn migrations_current(&self) -> Result<bool, StoreError> {
        let applied: i64 = reading!(self, |pool| {
            sqlx::query_scalar("SELECT COUNT(*) FROM _sqlx_migrations WHERE success")
                .fetch_one(pool)
                .await
        })?;
        let known = match &self.db {
            Db::Sqlite { .. } => SQLITE_MIGRATIONS.iter().count(),
            Db::Postgres(_) => POSTGRES_MIGRATIONS.iter().count(),
        };
        Ok(usize::try_from(applied) == Ok(known))
    }

    /// Closes the pools after the queries in flight.
    pub async fn close(&self) {
        match &self.db {
            Db::Sqlite { read, write, found } => {
                read.close().await;
                found.close();
                // The last connection to close empties the write-ahead log, and only one that may write can.
                write.close().await;
            }
            Db::Postgres(pool) => pool.close().await,
        }
    }
}

async fn connect_sqlite(path: &Path) -> Result<Db, StoreError> {
    let options = SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        // With a write-ahead log, a crash of the machine may lose the last commits but never the file.
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        // A whole page of a list, so that the thread that reads it need not wait for the one that takes it.
        .row_buffer_size(128)
        // Pages come from the system's cache without a copy, which is a third of a read's cost.
        .pragma("mmap_size", MAPPED_BYTES)
        .busy_timeout(BUSY_TIMEOUT);
    let write = pool_options()
        .max_connections(1)
        .connect_with(options.clone())
        .await?;
    SQLITE_MIGRATIONS.run(&write).await?;
    let read = pool_options()
        .max_connections(4)
        .connect_with(options)
        .await?;
    let found = Arc::new(Readers::new(path));
    Ok(Db::Sqlite { read, write, found })
}

/// A connection to a file cannot be lost, and asking whether it is there costs as much as a query.
fn pool_options() -> SqlitePoolOptions {
    SqlitePoolOptions::new().test_before_acquire(false)
}

async fn connect_postgres(url: &str) -> Result<Db, StoreError> {
    let options = sqlx::postgres::PgConnectOptions::from_str(url)?;
    let pool = PgPoolOptions::new()
        .max_connections(16)
        .acquire_timeout(Duration::from_secs(10))
        .connect_with(options)
        .await?;
    POSTGRES_MIGRATIONS.run(&pool).await?;
    Ok(Db::Postgres(pool))
}
