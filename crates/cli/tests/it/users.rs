//! `GET /v3/users/me`.

use serde_json::json;

use crate::support::Server;

#[tokio::test]
async fn the_account_is_the_workspace_and_owes_nothing() {
    let server = Server::embedded(&[]).await;
    let me = server.client().get("/v3/users/me").await;
    assert_eq!(me.data()["username"], "ws_default");
    assert_eq!(me.data()["billing_type"], "usage_based");
    assert_eq!(me.data()["usage_based"]["spending_current_usd"], 0.0);
    assert_eq!(me.data()["usage_based"]["spending_cap_usd"], json!(null));
    assert_eq!(me.data()["wallet"], json!(null));
    assert_eq!(me.data()["subscription"], json!(null));
}
