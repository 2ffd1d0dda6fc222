//! The store's promises, on both databases.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "what the tests share fails the test by panicking, and says where it was"
)]

mod accounts;
mod avatars;
mod consent;
mod jobs;
mod records;
mod videos;
mod webhooks;

use likeness_store::Store;

/// Each database, fresh, with what keeps it alive.
async fn stores() -> Vec<(likeness_testkit::Backend, Store)> {
    let mut stores = Vec::new();
    for backend in likeness_testkit::backends().await.unwrap() {
        let store = Store::connect(&backend.database_url).await.unwrap();
        println!("on {}", backend.name);
        stores.push((backend, store));
    }
    stores
}
