//! The program's verbs.

use std::os::unix::fs::PermissionsExt as _;

use crate::support::{Server, likeness};

#[test]
fn every_verb_explains_itself() {
    for verb in [
        &["--help"][..],
        &["serve", "--help"],
        &["keys", "--help"],
        &["keys", "create", "--help"],
        &["keys", "list", "--help"],
        &["keys", "revoke", "--help"],
        &["consent", "--help"],
        &["consent", "review", "--help"],
        &["doctor", "--help"],
    ] {
        let output = likeness().args(verb).output().unwrap();
        assert!(output.status.success(), "{verb:?}");
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(text.contains("Usage: likeness"), "{text}");
    }
    assert!(!likeness().arg("dance").output().unwrap().status.success());
}

#[test]
fn keys_are_made_listed_and_revoked_without_a_server() {
    let dir = tempfile::tempdir().unwrap();
    let keys = |arguments: &[&str]| {
        let output = likeness()
            .arg("keys")
            .args(arguments)
            .arg("--data-dir")
            .arg(dir.path())
            .output()
            .unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        (output.status.success(), text)
    };
    let (made, first) = keys(&["create", "--name", "laptop"]);
    assert!(made);
    let key = first.strip_suffix('\n').unwrap();
    assert!(
        key.starts_with("lkn_") && !key.contains(char::is_whitespace),
        "only the key: {first:?}"
    );
    let (_, second) = keys(&["create", "--expires", "1s"]);
    assert_ne!(first, second);
    std::thread::sleep(std::time::Duration::from_millis(1100));
    let (_, list) = keys(&["list"]);
    assert_eq!(list.lines().count(), 2);
    assert!(
        list.contains("active * laptop") && list.contains("expired"),
        "{list}"
    );
    assert!(!list.contains(key), "the key itself is never shown again");
    assert!(keys(&["revoke", &key[..12]]).0);
    assert!(keys(&["list"]).1.contains("revoked * laptop"));
    assert!(!keys(&["revoke", "lkn_nothing"]).0);
    assert!(!keys(&["create", "--expires", "soon"]).0);
}

#[test]
fn a_new_data_folder_is_for_its_owner_only() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("data");
    let made = likeness()
        .args(["keys", "create", "--data-dir"])
        .arg(&data)
        .output();
    assert!(made.unwrap().status.success());
    let mode = std::fs::metadata(&data).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o700);
}

#[tokio::test]
async fn flags_come_before_the_environment_and_that_before_the_file() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("likeness.toml");
    std::fs::write(
        &file,
        "[server]\nmax_active_jobs = 0\nlink_lifetime_s = 0\n",
    )
    .unwrap();
    let output = likeness()
        .args(["serve", "--config"])
        .arg(&file)
        .arg("--data-dir")
        .arg(dir.path().join("data"))
        .output()
        .unwrap();
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(
        !output.status.success() && text.contains("server.link_lifetime_s"),
        "{text}"
    );

    std::fs::write(
        &file,
        "[server]\nlisten = \"no address\"\nlink_lifetime_s = 0\n",
    )
    .unwrap();
    let settings = [
        ("LIKENESS_CONFIG", file.to_str().unwrap()),
        ("LIKENESS_SERVER__LINK_LIFETIME_S", "60"),
    ];
    // The harness gives --listen as a flag.
    let server = Server::embedded(&settings).await;
    assert_eq!(server.client().get("/v3/avatars").await.status, 200);
}

#[tokio::test]
async fn the_doctor_tells_what_is_missing() {
    let server = Server::embedded(&[]).await;
    let doctor = |models: &str| {
        let mut command = server.program();
        command
            .arg("doctor")
            .arg("--data-dir")
            .arg(server.data_dir());
        if !models.is_empty() {
            command.args(["--models", models]);
        }
        command.output().unwrap()
    };
    assert!(doctor("").status.success());
    assert!(!doctor("/nowhere").status.success());
}
