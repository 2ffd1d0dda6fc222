//! How the face acts: `expressiveness` and `motion_prompt`.

use serde_json::{Value, json};

use crate::support::on_every_backend;

#[tokio::test]
async fn prompts_say_which_of_their_words_are_used() {
    on_every_backend!(|server| {
        let client = server.test_client_of("ws_ci");
        let (_, look) = client.trained_avatar("Anna").await;
        let with = |fields: Value| {
            let mut body = json!({"type": "avatar", "avatar_id": look, "script": "Hello."});
            for (name, value) in fields.as_object().unwrap() {
                body[name] = value.clone();
            }
            body
        };

        let prompt = "Smile slightly and wave; don't nod, look left";
        let asked = json!({"motion_prompt": prompt, "expressiveness": "high",
            "engine": {"type": "avatar_iv"}});
        let video = client.video(&with(asked)).await;
        let done = client.ended(&format!("/v3/videos/{video}")).await;
        assert_eq!(done["status"], "completed", "{done}");
        assert_eq!(
            done["motion_words_used"],
            json!(["smile", "slightly", "don't", "nod", "look", "left"])
        );
        let other = json!({"motion_prompt": "juggles", "expressiveness": "low"});
        let other = client.video(&with(other)).await;
        let other = client.get(&format!("/v3/videos/{other}")).await;
        assert_eq!(other.data()["motion_words_used"], json!([]));
        let plain = client.video(&with(json!({}))).await;
        let plain = client.get(&format!("/v3/videos/{plain}")).await;
        assert!(plain.data().get("motion_words_used").is_none());

        for (fields, param) in [
            (json!({"motion_prompt": "nod"}), "motion_prompt"),
            (json!({"expressiveness": "low"}), "expressiveness"),
        ] {
            let mut body = with(fields);
            body["engine"] = json!({"type": "avatar_iii"});
            let refused = client.post("/v3/videos", &body).await;
            refused.refused(400, "invalid_parameter", Some(param));
        }
        for (fields, param) in [
            (json!({"expressiveness": "wild"}), "expressiveness"),
            (json!({"motion_prompt": 7}), "motion_prompt"),
        ] {
            let refused = client.post("/v3/videos", &with(fields)).await;
            refused.refused(400, "invalid_parameter", Some(param));
        }
    });
}
