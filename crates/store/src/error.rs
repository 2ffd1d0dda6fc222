//! Why the store could not do what it was asked.

/// A row that is absent for the caller, a write that came too late, or a database that does not answer.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// No such row, or none that this workspace may see.
    #[error("not found")]
    NotFound,
    /// A person who is to be seen has not agreed, or no longer does.
    #[error("consent does not stand")]
    ConsentRequired,
    /// The workspace has as many active jobs as it may.
    #[error("{active} jobs are active, and {limit} may be")]
    TooManyJobs { active: u64, limit: u64 },
    /// The job has been claimed by another worker, has ended, or was cancelled.
    #[error("the lease on the job is lost")]
    LeaseLost,
    /// The address names no database that this program knows.
    #[error("unknown database address; expected sqlite:PATH or postgres://…")]
    UnknownDatabase,
    /// A row holds a value that the program does not know: it was written by a newer version, or by hand.
    #[error("the row holds an unknown {0}")]
    Corrupt(&'static str),
    #[error("the database does not answer")]
    Unavailable(#[source] sqlx::Error),
    #[error("the database refused a statement")]
    Database(#[source] sqlx::Error),
    #[error("the database could not be migrated")]
    Migrate(#[from] sqlx::migrate::MigrateError),
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        match error {
            sqlx::Error::RowNotFound => Self::NotFound,
            sqlx::Error::Io(_)
            | sqlx::Error::Tls(_)
            | sqlx::Error::PoolTimedOut
            | sqlx::Error::PoolClosed
            | sqlx::Error::WorkerCrashed => Self::Unavailable(error),
            other => Self::Database(other),
        }
    }
}
