//! Reads that an index answers at once: a row by its key, a page of a list.
//!
//! sqlx keeps each SQLite connection on a thread of its own. The way there and back costs more than finding a row does, so
//! these reads are done on the thread that asks, by connections that can do nothing but read. **Invariant:**
//! only what an index and a limit bound is read here, as whoever asks waits with its thread. Each read is a transaction
//! of its own that sees all that was committed before it began, by whatever process, as a read by the pool does; nothing
//! is kept from one read to the next. On Postgres the same texts and the same bindings go to the pool.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::types::ToSqlOutput;
use rusqlite::{Connection, ErrorCode, OpenFlags, ToSql};
use sqlx::FromRow;
use sqlx::postgres::PgRow;
use sqlx::sqlite::SqliteRow;

use crate::db::{Db, MAPPED_BYTES};
use crate::{Store, StoreError};

/// Connections that are kept while nobody reads. More are opened when more threads read at once.
const KEPT: usize = 8;

/// Statements that a connection keeps; there are fewer texts than that.
const STATEMENTS: usize = 64;

/// A row that either way of reading can give.
pub(crate) trait Row:
    for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin
{
    /// The columns that `read` wants, in its order.
    const COLUMNS: &'static [&'static str];

    fn read(row: &rusqlite::Row<'_>) -> rusqlite::Result<Self>;

    /// A query for the whole row; `rest` is what follows the columns, from `FROM` on.
    fn select(rest: &str) -> String {
        format!("SELECT {} {rest}", Self::COLUMNS.join(", "))
    }
}

/// Declares the struct of a row, whose fields are named as their columns.
macro_rules! row {
    (pub(crate) struct $name:ident { $($field:ident: $type:ty,)* }) => {
        #[derive(sqlx::FromRow)]
        pub(crate) struct $name { $($field: $type,)* }

        impl $crate::found::Row for $name {
            const COLUMNS: &'static [&'static str] = &[$(stringify!($field)),*];

            fn read(row: &rusqlite::Row<'_>) -> rusqlite::Result<Self> {
                // By place, as a name would be looked for among all names.
                let mut places = 0..;
                Ok(Self { $($field: row.get(places.next().unwrap_or(usize::MAX))?,)* })
            }
        }
    };
}
pub(crate) use row;

/// A value for a placeholder.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Bind<'a> {
    Text(&'a str),
    Int(i64),
    Flag(bool),
}

impl<'a> From<&'a str> for Bind<'a> {
    fn from(text: &'a str) -> Self {
        Self::Text(text)
    }
}

impl From<i64> for Bind<'_> {
    fn from(number: i64) -> Self {
        Self::Int(number)
    }
}

impl From<bool> for Bind<'_> {
    fn from(flag: bool) -> Self {
        Self::Flag(flag)
    }
}

impl ToSql for Bind<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        match self {
            Self::Text(text) => text.to_sql(),
            Self::Int(number) => number.to_sql(),
            Self::Flag(flag) => flag.to_sql(),
        }
    }
}

/// The query with its values, for sqlx.
macro_rules! bound {
    ($sql:expr, $binds:expr) => {
        $binds
            .iter()
            .fold(sqlx::query_as($sql), |query, bind| match *bind {
                Bind::Text(text) => query.bind(text),
                Bind::Int(number) => query.bind(number),
                Bind::Flag(flag) => query.bind(flag),
            })
    };
}

impl Store {
    /// The one row that the query finds, or [`StoreError::NotFound`].
    pub(crate) async fn find<R: Row>(
        &self,
        sql: &'static str,
        binds: &[Bind<'_>],
    ) -> Result<R, StoreError> {
        let rows = self.find_all(sql, binds).await?;
        rows.into_iter().next().ok_or(StoreError::NotFound)
    }

    /// All rows that the query finds.
    pub(crate) async fn find_all<R: Row>(
        &self,
        sql: &'static str,
        binds: &[Bind<'_>],
    ) -> Result<Vec<R>, StoreError> {
        match &self.db {
            Db::Sqlite { read, found, .. } => {
                if !read.is_closed() {
                    match found.rows(sql, binds) {
                        Ok(rows) => return Ok(rows),
                        // The pool waits where this must not.
                        Err(error) if is_busy(&error) => {}
                        // And says what is wrong, if it fails, too.
                        Err(error) => tracing::warn!(%error, "a read goes to the pool"),
                    }
                }
                Ok(bound!(sql, binds).fetch_all(read).await?)
            }
            Db::Postgres(pool) => Ok(bound!(sql, binds).fetch_all(pool).await?),
        }
    }
}

/// Connections to an SQLite file for whoever asks first.
#[derive(Debug)]
pub(crate) struct Readers {
    path: PathBuf,
    idle: Mutex<Vec<Connection>>,
}

impl Readers {
    pub(crate) fn new(path: &Path) -> Self {
        Self {
            path: path.to_owned(),
            idle: Mutex::default(),
        }
    }

    /// All rows that the query finds.
    fn rows<R: Row>(&self, sql: &str, binds: &[Bind<'_>]) -> rusqlite::Result<Vec<R>> {
        let connection = match self.lock().pop() {
            Some(connection) => connection,
            None => self.open()?,
        };
        let rows = read(&connection, sql, binds);
        let mut idle = self.lock();
        if idle.len() < KEPT {
            idle.push(connection);
        }
        rows
    }

    fn open(&self) -> rusqlite::Result<Connection> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(&self.path, flags)?;
        connection.pragma_update(None, "mmap_size", MAPPED_BYTES)?;
        // Else a statement is planned anew whenever it is given other values, which takes longer than to run it.
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
        // Readers of a write-ahead log wait for nobody but a process that repairs it, and then the pool does the waiting.
        connection.busy_timeout(Duration::ZERO)?;
        connection.set_prepared_statement_cache_capacity(STATEMENTS);
        Ok(connection)
    }

    /// Closes what nobody uses. Comes after the pools were closed, as more would be opened until then.
    pub(crate) fn close(&self) {
        self.lock().clear();
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Connection>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn is_busy(error: &rusqlite::Error) -> bool {
    let code = error.sqlite_error_code();
    matches!(
        code,
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked)
    )
}

fn read<R: Row>(
    connection: &Connection,
    sql: &str,
    binds: &[Bind<'_>],
) -> rusqlite::Result<Vec<R>> {
    let mut statement = connection.prepare_cached(sql)?;
    for place in 1..=statement.parameter_count() {
        // To SQLite `$5` is a name, and names count as they are met; to Postgres, sqlx and us it is the fifth value.
        let name = statement.parameter_name(place);
        let number = name.and_then(|name| name.strip_prefix('$')?.parse::<usize>().ok());
        let bind = number.and_then(|number| binds.get(number.checked_sub(1)?));
        let missing = rusqlite::Error::InvalidParameterCount(binds.len(), place);
        statement.raw_bind_parameter(place, bind.ok_or(missing)?)?;
    }
    let mut found = statement.raw_query();
    let mut rows = Vec::new();
    while let Some(row) = found.next()? {
        rows.push(R::read(row)?);
    }
    Ok(rows)
}
