//! Keys, workspaces, assets, secrets, and the database itself.

use likeness_domain::account::ApiKey;
use likeness_domain::asset::Asset;
use likeness_domain::avatar::Failure;
use likeness_domain::id::{AssetId, KeyId};
use likeness_domain::upload::{ReceivedBytes, Upload, UploadState};
use likeness_store::{Store, StoreError};

use crate::records::{NOW, workspace};
use crate::stores;

#[tokio::test]
async fn keys_are_found_by_their_beginning_and_revoked_once() {
    for (_backend, store) in stores().await {
        let workspace_id = workspace(&store).await;
        let key = ApiKey {
            id: KeyId::new(),
            workspace_id,
            name: "laptop".to_owned(),
            prefix: "lkn_01234567".to_owned(),
            hash: [7; 32],
            created_at: NOW,
            expires_at: Some(NOW.plus_millis(1000)),
            revoked_at: None,
            scopes: Some(vec!["videos:read".to_owned(), "assets:write".to_owned()]),
        };
        store.insert_key(&key).await.unwrap();
        assert_eq!(
            store.find_keys("lkn_01234567").await.unwrap(),
            std::slice::from_ref(&key)
        );
        assert_eq!(store.find_keys("lkn_0123456").await.unwrap(), []);
        assert_eq!(store.list_keys().await.unwrap(), std::slice::from_ref(&key));
        assert!(key.is_usable(NOW) && !key.is_usable(NOW.plus_millis(1000)));

        store.revoke_key("lkn_01234567", NOW).await.unwrap();
        store
            .revoke_key(key.id.as_str(), NOW.plus_millis(5))
            .await
            .unwrap();
        let revoked = store.find_keys("lkn_01234567").await.unwrap().remove(0);
        assert_eq!(revoked.revoked_at, Some(NOW), "the first end stays");
        assert!(!revoked.is_usable(NOW.plus_millis(1)));
        let unknown = store.revoke_key("lkn_nothing", NOW).await;
        assert!(matches!(unknown, Err(StoreError::NotFound)));
    }
}

#[tokio::test]
async fn an_asset_is_seen_by_its_workspace_only() {
    for (_backend, store) in stores().await {
        let (ours, theirs) = (workspace(&store).await, workspace(&store).await);
        let asset = Asset {
            id: AssetId::new(),
            workspace_id: ours.clone(),
            name: "me & you.png".to_owned(),
            mime_type: "image/png".to_owned(),
            size_bytes: 5_000_000_000,
            sha256: "00".repeat(32),
            object_key: "assets/x.png".to_owned(),
            created_at: NOW,
        };
        store.insert_asset(&asset).await.unwrap();
        assert_eq!(store.get_asset(&ours, &asset.id).await.unwrap(), asset);
        let foreign = store.get_asset(&theirs, &asset.id).await;
        assert!(matches!(foreign, Err(StoreError::NotFound)));
    }
}

#[tokio::test]
async fn a_secret_keeps_its_first_value() {
    for (_backend, store) in stores().await {
        assert_eq!(
            store.get_or_insert_secret("a", [1; 32]).await.unwrap(),
            [1; 32]
        );
        assert_eq!(
            store.get_or_insert_secret("a", [2; 32]).await.unwrap(),
            [1; 32]
        );
        assert_eq!(
            store.get_or_insert_secret("b", [3; 32]).await.unwrap(),
            [3; 32]
        );
    }
}

#[tokio::test]
async fn a_database_is_opened_again_as_it_was() {
    for (backend, store) in stores().await {
        let workspace_id = workspace(&store).await;
        store.close().await;
        assert!(matches!(
            store.ping().await,
            Err(StoreError::Unavailable(_))
        ));
        let again = Store::connect(&backend.database_url).await.unwrap();
        again.ping().await.unwrap();
        assert!(again.migrations_current().await.unwrap());
        // The workspace is still there, or this would violate its key.
        crate::records::new_avatar(&again, &workspace_id).await;
    }
    let unknown = Store::connect("mysql://localhost/x").await;
    assert!(matches!(unknown, Err(StoreError::UnknownDatabase)));
}

#[tokio::test]
async fn slots_that_end_give_up_their_bytes_whatever_was_wrong_with_them() {
    for (_backend, store) in stores().await {
        let workspace_id = workspace(&store).await;
        let end = NOW.plus_millis(1000);
        let late = failure("upload_expired");
        let mut slots = Vec::new();
        for _ in 0..4 {
            let slot = Upload {
                id: AssetId::new(),
                workspace_id: workspace_id.clone(),
                batch: None,
                name: "a.png".to_owned(),
                mime_type: "image/png".to_owned(),
                size_bytes: 7,
                sha256: None,
                state: UploadState::Pending,
                received: None,
                failure: None,
                created_at: NOW,
                expires_at: end,
            };
            store.insert_upload(&slot).await.unwrap();
            slots.push(slot);
        }
        // The first stays empty; of the others one is waiting, one was refused, and one is complete.
        for slot in &slots[1..] {
            let received = ReceivedBytes {
                object_key: format!("assets/{}/x.png", slot.id),
                mime_type: "image/png".to_owned(),
                sha256: "00".repeat(32),
            };
            store
                .receive_upload(&slot.id, &received, NOW)
                .await
                .unwrap();
        }
        let refused = store.find_upload(&slots[2].id).await.unwrap();
        store
            .fail_upload(&refused, &failure("invalid_parameter"))
            .await
            .unwrap();
        let key = |slot: &Upload| format!("assets/{}/x.png", slot.id);
        let asset = Asset {
            id: slots[3].id.clone(),
            workspace_id: workspace_id.clone(),
            name: "a.png".to_owned(),
            mime_type: "image/png".to_owned(),
            size_bytes: 7,
            sha256: "00".repeat(32),
            object_key: key(&slots[3]),
            created_at: NOW,
        };
        store.complete_upload(&asset).await.unwrap();

        let early = store.expire_uploads(&late, NOW.plus_millis(999)).await;
        assert_eq!(early.unwrap(), (0, Vec::new()));
        let (count, mut keys) = store.expire_uploads(&late, end).await.unwrap();
        keys.sort();
        let mut expected = vec![key(&slots[1]), key(&slots[2])];
        expected.sort();
        assert_eq!((count, keys), (3, expected));
        let again = store.expire_uploads(&late, end).await.unwrap();
        assert_eq!(again, (0, Vec::new()), "there is an end to it");
        for (slot, code) in slots.iter().zip([
            Some("upload_expired"),
            Some("upload_expired"),
            Some("invalid_parameter"),
            None,
        ]) {
            let found = store.find_upload(&slot.id).await.unwrap();
            assert_eq!(found.failure.as_ref().map(|f| f.code.as_str()), code);
            assert_eq!(found.received.is_some(), code.is_none());
        }
    }
}

fn failure(code: &str) -> Failure {
    Failure {
        code: code.to_owned(),
        message: "It is late.".to_owned(),
    }
}

#[tokio::test]
async fn a_read_sees_what_another_process_has_just_committed() {
    for (backend, store) in stores().await {
        let other = Store::connect(&backend.database_url).await.unwrap();
        let workspace_id = workspace(&store).await;
        let mut asset = Asset {
            id: AssetId::new(),
            workspace_id: workspace_id.clone(),
            name: "a.png".to_owned(),
            mime_type: "image/png".to_owned(),
            size_bytes: 7,
            sha256: "00".repeat(32),
            object_key: "assets/x.png".to_owned(),
            created_at: NOW,
        };
        for round in 0..50_i64 {
            asset.id = AssetId::new();
            asset.created_at = NOW.plus_millis(round);
            let unknown = store.get_asset(&workspace_id, &asset.id).await;
            assert!(matches!(unknown, Err(StoreError::NotFound)));
            other.insert_asset(&asset).await.unwrap();
            assert_eq!(
                store.get_asset(&workspace_id, &asset.id).await.unwrap(),
                asset
            );
            other.delete_asset(&workspace_id, &asset.id).await.unwrap();
            let gone = store.get_asset(&workspace_id, &asset.id).await;
            assert!(matches!(gone, Err(StoreError::NotFound)));
        }
        other.close().await;
        store.close().await;
        let closed = store.get_asset(&workspace_id, &asset.id).await;
        assert!(matches!(closed, Err(StoreError::Unavailable(_))));
    }
}
