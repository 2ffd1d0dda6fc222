//! `GET /v3/avatars/looks`, `GET` and `DELETE /v3/avatars/looks/{look_id}`.

use serde_json::{Value, json};

use crate::support::{Client, Server, on_every_backend, pictures};

async fn add_look(client: &Client, group: &str, photo: Vec<u8>) -> String {
    let asset_id = client.asset("photo.png", photo).await;
    let body = json!({
        "type": "photo",
        "name": "Another",
        "file": {"type": "asset_id", "asset_id": asset_id},
        "avatar_group_id": group,
    });
    let created = client.post("/v3/avatars", &body).await;
    assert_eq!(created.text("/avatar_group/id"), group);
    created.text("/avatar_item/id")
}

fn ids(list: &Value) -> Vec<&str> {
    let items = list.as_array().unwrap().iter();
    items.map(|item| item["id"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn a_group_follows_its_looks() {
    on_every_backend!(|server| {
        let client = server.client();
        let (group, first) = client.photo_avatar("Anna", pictures::no_face()).await;
        let path = format!("/v3/avatars/{group}");
        assert_eq!(client.ended(&path).await["status"], "failed");

        let second = add_look(&client, &group, pictures::portrait()).await;
        let trained = client.ended(&format!("/v3/avatars/looks/{second}")).await;
        assert_eq!(trained["status"], "completed");
        let now = client.get(&path).await;
        assert_eq!(
            now.data()["status"],
            "completed",
            "one look that works is enough"
        );
        assert_eq!(now.data()["error"], json!(null));
        assert_eq!(now.data()["looks_count"], 2);
        let listed = client
            .get(&format!("/v3/avatars/looks?group_id={group}"))
            .await;
        assert_eq!(ids(listed.data()), [second.as_str(), first.as_str()]);

        client
            .delete(&format!("/v3/avatars/looks/{second}"))
            .await
            .data();
        let now = client.get(&path).await;
        assert_eq!(now.data()["looks_count"], 1);
        assert_eq!(now.data()["status"], "failed");
        assert_eq!(now.data()["preview_image_url"], json!(null));
        client
            .delete(&format!("/v3/avatars/looks/{first}"))
            .await
            .data();
        client
            .get(&path)
            .await
            .refused(404, "avatar_group_not_found", None);
    });
}

#[tokio::test]
async fn looks_are_listed_by_group_type_and_owner() {
    on_every_backend!(|server| {
        let client = server.client();
        let (one, look_one) = client.photo_avatar("One", pictures::no_face()).await;
        let (_, look_two) = client.photo_avatar("Two", pictures::no_face()).await;
        let list = async |query: &str| client.get(&format!("/v3/avatars/looks?{query}")).await;
        for (query, expected) in [
            (String::new(), vec![look_two.as_str(), &look_one]),
            (format!("group_id={one}"), vec![&look_one]),
            (
                "avatar_type=photo_avatar".to_owned(),
                vec![&look_two, &look_one],
            ),
            ("avatar_type=digital_twin".to_owned(), vec![]),
            ("ownership=private".to_owned(), vec![&look_two, &look_one]),
            ("ownership=public".to_owned(), vec![]),
            ("group_id=ag_1".to_owned(), vec![]),
        ] {
            assert_eq!(ids(list(&query).await.data()), expected, "{query}");
        }
        let first = list("limit=1").await;
        assert_eq!(first.body["has_more"], true);
        let token = first.body["next_token"].as_str().unwrap();
        let rest = list(&format!("limit=1&token={token}")).await;
        assert_eq!(ids(rest.data()), [look_one.as_str()]);
        assert_eq!(rest.body["has_more"], false);
        for (query, param) in [
            ("avatar_type=ghost", "avatar_type"),
            ("group_id=a%20b", "group_id"),
            ("limit=51", "limit"),
            ("ownership=x", "ownership"),
            ("token=x", "token"),
        ] {
            list(query)
                .await
                .refused(400, "invalid_parameter", Some(param));
        }
        // A token of the other list opens nothing here.
        let groups = client.get("/v3/avatars?limit=1").await;
        let foreign = groups.body["next_token"].as_str().unwrap();
        let refused = list(&format!("token={foreign}")).await;
        refused.refused(400, "invalid_parameter", Some("token"));
    });
}

#[tokio::test]
async fn somebody_elses_look_is_not_there() {
    let server = Server::embedded(&[]).await;
    let (group, look) = server
        .client()
        .photo_avatar("Anna", pictures::no_face())
        .await;
    let stranger = server.client_of("ws_stranger");
    let path = format!("/v3/avatars/looks/{look}");
    stranger.get(&path).await.refused(404, "not_found", None);
    stranger.delete(&path).await.refused(404, "not_found", None);
    assert_eq!(stranger.get("/v3/avatars/looks").await.data(), &json!([]));
    let asset_id = stranger.asset("photo.png", pictures::portrait()).await;
    let intruding = json!({
        "type": "photo",
        "name": "Mine now",
        "file": {"type": "asset_id", "asset_id": asset_id},
        "avatar_group_id": group,
    });
    let refused = stranger.post("/v3/avatars", &intruding).await;
    refused.refused(404, "avatar_group_not_found", None);
    for malformed in ["GET", "DELETE"] {
        let method = malformed.parse().unwrap();
        let request = stranger.request(method, "/v3/avatars/looks/a%20b");
        let answer = stranger.send(request).await;
        answer.refused(400, "invalid_parameter", Some("look_id"));
    }
}

#[tokio::test]
async fn a_look_is_renamed() {
    on_every_backend!(|server| {
        let client = server.client();
        let (group, look) = client.photo_avatar("Anna", pictures::no_face()).await;
        let path = format!("/v3/avatars/looks/{look}");
        let renamed = client.patch(&path, &json!({"name": " Red dress "})).await;
        assert_eq!(renamed.data()["name"], "Red dress");
        assert_eq!(client.get(&path).await.data()["name"], "Red dress");
        let group = client.get(&format!("/v3/avatars/{group}")).await;
        assert_eq!(group.data()["name"], "Anna", "the group keeps its own name");
        // The contract leaves this body open, so other fields are let through.
        for same in [json!({}), json!({"name": null}), json!({"title": "x"})] {
            assert_eq!(client.patch(&path, &same).await.data()["name"], "Red dress");
        }
        let bodiless = client.request(reqwest::Method::PATCH, &path);
        assert_eq!(client.send(bodiless).await.data()["name"], "Red dress");
        for (body, param) in [
            (json!({"name": ""}), "name"),
            (json!({"name": "a".repeat(256)}), "name"),
            (json!({"name": 7}), "name"),
            (json!([]), "body"),
        ] {
            let refused = client.patch(&path, &body).await;
            refused.refused(400, "invalid_parameter", Some(param));
        }
        let stranger = server.client_of("ws_stranger");
        let foreign = stranger.patch(&path, &json!({"name": "Mine"})).await;
        foreign.refused(404, "not_found", None);
        let malformed = client.patch("/v3/avatars/looks/a%20b", &json!({})).await;
        malformed.refused(400, "invalid_parameter", Some("look_id"));
    });
}
