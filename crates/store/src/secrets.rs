//! Secrets that the server makes for itself, so that an operator need not.

use crate::db::{reading, writing};
use crate::{Store, StoreError};

impl Store {
    /// The secret called `name`; `fresh` becomes it when there is none yet. All servers on one database agree.
    pub async fn get_or_insert_secret(
        &self,
        name: &str,
        fresh: [u8; 32],
    ) -> Result<[u8; 32], StoreError> {
        writing!(self, |tx| {
            sqlx::query(
                "INSERT INTO secrets (name, value) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING",
            )
            .bind(name)
            .bind(&fresh[..])
            .execute(&mut *tx)
            .await?;
            Ok(())
        })?;
        let value: Vec<u8> = reading!(self, |pool| {
            sqlx::query_scalar("SELECT value FROM secrets WHERE name = $1")
                .bind(name)
                .fetch_one(pool)
                .await
        })?;
        value.try_into().map_err(|_| StoreError::Corrupt("secret"))
    }
}
