//! Objects in a folder and on S3 behave alike.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "what the tests share fails the test by panicking, and says where it was"
)]

use bytes::Bytes;
use futures::TryStreamExt as _;
use likeness_blobs::{BlobConfig, BlobError, Blobs, keys};
use likeness_domain::id::{AssetId, VideoId};

async fn everywhere() -> Vec<(likeness_testkit::Backend, Blobs)> {
    let backends = likeness_testkit::backends().await.unwrap();
    let opened = backends.into_iter().map(|backend| {
        let blobs = Blobs::open(&backend.blobs).unwrap();
        println!("on {}", backend.name);
        (backend, blobs)
    });
    opened.collect()
}

#[tokio::test]
async fn what_is_put_is_got_whole_and_in_parts() {
    for (backend, blobs) in everywhere().await {
        blobs.ping().await.unwrap();
        let key = keys::asset(&AssetId::new(), "image/png");
        blobs
            .put_bytes(&key, Bytes::from_static(b"0123456789"))
            .await
            .unwrap();
        assert_eq!(blobs.get(&key).await.unwrap(), "0123456789");
        let object = blobs.head(&key).await.unwrap();
        assert_eq!(object.size_bytes, 10);
        assert!(object.etag.is_some());
        let part: Vec<Bytes> = blobs
            .stream(&key, 3..7)
            .await
            .unwrap()
            .try_collect()
            .await
            .unwrap();
        assert_eq!(part.concat(), b"3456");
        let copy = backend.dir.path().join("copy");
        blobs.download(&key, &copy).await.unwrap();
        assert_eq!(std::fs::read(copy).unwrap(), b"0123456789");
    }
}

#[tokio::test]
async fn a_file_of_several_parts_arrives_as_it_was() {
    for (backend, blobs) in everywhere().await {
        // Not a multiple of any piece's size.
        let bytes: Vec<u8> = (0..19_999_999_u32)
            .map(|k| (k.wrapping_mul(2_654_435_761) >> 24) as u8)
            .collect();
        let file = backend.dir.path().join("large");
        std::fs::write(&file, &bytes).unwrap();
        let key = keys::video(&VideoId::new());
        blobs.put_file(&key, &file).await.unwrap();
        assert_eq!(
            blobs.head(&key).await.unwrap().size_bytes,
            bytes.len() as u64
        );
        assert!(blobs.get(&key).await.unwrap() == bytes, "the bytes differ");
        let missing = blobs
            .put_file(&key, &backend.dir.path().join("nothing"))
            .await;
        assert!(matches!(missing, Err(BlobError::File(_))));
        assert_eq!(
            blobs.head(&key).await.unwrap().size_bytes,
            bytes.len() as u64
        );
    }
}

#[tokio::test]
async fn what_is_not_there_is_said_to_be_missing() {
    for (_backend, blobs) in everywhere().await {
        let key = keys::video(&VideoId::new());
        let faults = [
            blobs.get(&key).await.err(),
            blobs.head(&key).await.err(),
            blobs.stream(&key, 0..1).await.err(),
        ];
        for fault in faults {
            assert!(
                matches!(fault, Some(BlobError::NotFound { .. })),
                "{fault:?}"
            );
        }
        blobs
            .put_bytes(&key, Bytes::from_static(b"x"))
            .await
            .unwrap();
        let both = [key.clone(), keys::video(&VideoId::new())];
        blobs.delete(&both).await.unwrap();
        assert!(matches!(
            blobs.head(&key).await,
            Err(BlobError::NotFound { .. })
        ));
        blobs.delete(&both).await.unwrap();
    }
}

#[tokio::test]
async fn what_lies_under_a_prefix_is_deleted_and_nothing_else() {
    for (_backend, blobs) in everywhere().await {
        let keys = [
            "live/a/1.mp4",
            "live/a/2.mp4",
            "live/ab/1.mp4",
            "live/a.mp4",
        ];
        for key in keys {
            blobs.put_bytes(key, "x".into()).await.unwrap();
        }
        blobs.delete_under("live/a").await.unwrap();
        blobs.delete_under("live/none").await.unwrap();
        let mut left = Vec::new();
        for key in keys {
            if blobs.head(key).await.is_ok() {
                left.push(key);
            }
        }
        assert_eq!(left, keys[2..]);
    }
}

#[tokio::test]
async fn keys_that_try_to_leave_stay_inside() {
    for (backend, blobs) in everywhere().await {
        let outside = backend.dir.path().join("outside");
        std::fs::write(&outside, "secret").unwrap();
        for key in [
            "../outside",
            "..",
            "/etc/passwd",
            "a/../../outside",
            "%2e%2e/outside",
        ] {
            let read = blobs.get(key).await;
            assert!(
                !matches!(&read, Ok(bytes) if !bytes.is_empty()),
                "{key} gave {read:?}"
            );
        }
    }
}

#[test]
fn a_secret_is_not_printed() {
    let config = BlobConfig::S3 {
        endpoint: None,
        bucket: "b".to_owned(),
        region: "r".to_owned(),
        access_key_id: "id".to_owned(),
        secret_access_key: "hidden-value".to_owned(),
        allow_http: false,
    };
    assert!(!format!("{config:?}").contains("hidden-value"));
}
