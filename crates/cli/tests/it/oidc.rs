//! Tokens of an OpenID Connect issuer beside keys.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Answer, Client, Issuer, Server, SigningKey, on_every_backend};

const AUDIENCE: (&str, &str) = ("LIKENESS_OIDC__AUDIENCE", "likeness");
const WORKSPACE: (&str, &str) = ("LIKENESS_OIDC__WORKSPACE_CLAIM", "team");

async fn server_of(issuer: &Issuer, more: &[(&str, &str)]) -> Server {
    let settings = [&[("LIKENESS_OIDC__ISSUER", issuer.url()), AUDIENCE], more].concat();
    Server::embedded(&settings).await
}

/// Who the bearer of the token is.
async fn me(server: &Server, token: &str) -> Answer {
    call(server, token, "/v3/users/me").await
}

async fn call(server: &Server, token: &str, path: &str) -> Answer {
    let client = Client::new(server.base_url(), "");
    let request = client.bare(Method::GET, path);
    let request = request.header("authorization", format!("Bearer {token}"));
    client.send(request).await
}

fn with(mut claims: Value, name: &str, value: Value) -> Value {
    claims[name] = value;
    claims
}

#[tokio::test]
async fn a_token_for_this_server_opens_and_others_do_not() {
    let key = SigningKey::elliptic("one");
    let issuer = Issuer::start(&[&key]).await;
    let server = server_of(&issuer, &[]).await;
    let good = issuer.claims("anna");
    let welcome = me(&server, &key.sign(&good)).await;
    assert_eq!(welcome.data()["username"], "ws_default");
    let list = with(good.clone(), "aud", json!(["other", "likeness"]));
    me(&server, &key.sign(&list)).await.data();

    let now = jiff::Timestamp::now().as_second();
    let mut refused = Vec::new();
    for (name, value) in [
        ("iss", json!("https://elsewhere.example.com")),
        ("aud", json!("other")),
        ("exp", json!(now - 90)),
        ("nbf", json!(now + 90)),
        ("sub", Value::Null),
        ("exp", Value::Null),
        ("aud", Value::Null),
        ("iss", Value::Null),
    ] {
        let mut claims = with(good.clone(), name, value);
        if claims[name].is_null() {
            claims.as_object_mut().unwrap().remove(name);
        }
        refused.push(key.sign(&claims));
    }
    let stranger = SigningKey::elliptic("one");
    refused.push(stranger.sign(&good));
    refused.push(SigningKey::elliptic("two").sign(&good));
    refused.push(SigningKey::rsa("one").sign(&good));
    let whole = key.sign(&good);
    refused.push(whole[..whole.len() - 4].to_owned());
    refused.push("a.b.c".to_owned());
    refused.push("x".repeat(20_000));
    for token in refused {
        let answer = me(&server, &token).await;
        answer.refused(401, "authentication_failed", None);
        assert!(!server.log().contains(&token), "tokens are not logged");
    }
    // The clocks may differ by a minute.
    for (name, value) in [("exp", now - 20), ("nbf", now + 20)] {
        let claims = with(good.clone(), name, json!(value));
        me(&server, &key.sign(&claims)).await.data();
    }
    // A key decides where both are given, and keys still open.
    let client = server.client();
    client.get("/v3/users/me").await.data();
    let both = client.bare(Method::GET, "/v3/users/me");
    let both = both
        .header("x-api-key", "lkn_wrong")
        .header("authorization", format!("Bearer {whole}"));
    client
        .send(both)
        .await
        .refused(401, "authentication_failed", None);
}

#[tokio::test]
async fn signatures_that_anybody_could_make_are_refused() {
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use hmac::{Hmac, KeyInit as _, Mac as _};

    let key = SigningKey::rsa("one");
    let issuer = Issuer::start(&[&key]).await;
    let server = server_of(&issuer, &[]).await;
    let good = issuer.claims("anna");
    me(&server, &key.sign(&good)).await.data();
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let unsigned = |algorithm: &str| {
        let header = json!({"alg": algorithm, "typ": "JWT", "kid": "one"});
        format!("{}.{}", part(&header), part(&good))
    };
    for algorithm in ["none", "None", "NONE"] {
        let token = format!("{}.", unsigned(algorithm));
        let answer = me(&server, &token).await;
        answer.refused(401, "authentication_failed", None);
    }
    // The public key as a shared secret, in the forms in which it could be tried.
    let modulus = key.public["n"].as_str().unwrap();
    for secret in [
        modulus.as_bytes().to_vec(),
        URL_SAFE_NO_PAD.decode(modulus).unwrap(),
        key.public.to_string().into_bytes(),
    ] {
        let text = unsigned("HS256");
        let mut mac = Hmac::<sha2::Sha256>::new_from_slice(&secret).unwrap();
        mac.update(text.as_bytes());
        let signature = URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes());
        let answer = me(&server, &format!("{text}.{signature}")).await;
        answer.refused(401, "authentication_failed", None);
    }
}

#[tokio::test]
async fn keys_are_rotated_and_outlive_their_issuer() {
    let (old, new) = (SigningKey::elliptic("old"), SigningKey::rsa("new"));
    let issuer = Issuer::start(&[&old]).await;
    let server = server_of(&issuer, &[]).await;
    me(&server, &old.sign(&issuer.claims("anna"))).await.data();
    assert_eq!(issuer.reads(), 1);
    issuer.publish(&[&new]);
    for n in 0..20 {
        let forged = SigningKey::elliptic(&format!("made-up-{n}"));
        let answer = me(&server, &forged.sign(&issuer.claims("anna"))).await;
        answer.refused(401, "authentication_failed", None);
    }
    assert_eq!(issuer.reads(), 1, "made-up keys do not hammer the issuer");
    // The server reads the keys again at most every five seconds.
    tokio::time::sleep(std::time::Duration::from_secs(5)).await;
    me(&server, &new.sign(&issuer.claims("berta"))).await.data();
    assert_eq!(issuer.reads(), 2);
    let withdrawn = me(&server, &old.sign(&issuer.claims("clara"))).await;
    withdrawn.refused(401, "authentication_failed", None);
    issuer.break_down();
    tokio::time::sleep(std::time::Duration::from_secs(5)).await;
    let unknown = SigningKey::elliptic("x").sign(&issuer.claims("anna"));
    me(&server, &unknown)
        .await
        .refused(401, "authentication_failed", None);
    me(&server, &new.sign(&issuer.claims("dora"))).await.data();
}

#[tokio::test]
async fn an_issuer_that_comes_late_is_waited_for() {
    let key = SigningKey::elliptic("one");
    let issuer = Issuer::start(&[]).await;
    let settings = format!("{}/nowhere", issuer.url());
    let server = server_of(&issuer, &[("LIKENESS_OIDC__JWKS_URL", &settings)]).await;
    let token = key.sign(&issuer.claims("anna"));
    let answer = me(&server, &token).await;
    answer.refused(401, "authentication_failed", None);
    assert!(server.log().contains("the issuer's keys cannot be read"));

    let url = format!("{}/keys", issuer.url());
    let server = server_of(&issuer, &[("LIKENESS_OIDC__JWKS_URL", &url)]).await;
    issuer.publish(&[&key]);
    me(&server, &token).await.data();
}

#[tokio::test]
async fn claims_name_workspace_and_scopes() {
    let key = SigningKey::elliptic("one");
    let issuer = Issuer::start(&[&key]).await;
    for backend in likeness_testkit::backends().await.unwrap() {
        let settings = [("LIKENESS_OIDC__ISSUER", issuer.url()), AUDIENCE, WORKSPACE];
        let server = Server::start(backend, &settings).await;
        let token = |team: Value, scope: Value| {
            let claims = with(issuer.claims("anna"), "team", team);
            key.sign(&with(claims, "scope", scope))
        };
        let red = token(json!("ws_red"), json!("openid"));
        let blue = token(json!("ws_blue"), Value::Null);
        assert_eq!(me(&server, &red).await.data()["username"], "ws_red");
        let body = json!({"url": "https://example.com/hook"});
        let client = Client::new(server.base_url(), "");
        let post = client.bare(Method::POST, "/v3/webhooks/endpoints");
        let post = post.header("authorization", format!("Bearer {red}"));
        client.send(post.json(&body)).await.data();
        let count = async |token: &str| {
            let list = call(&server, token, "/v3/webhooks/endpoints").await;
            list.data().as_array().unwrap().len()
        };
        assert_eq!((count(&red).await, count(&blue).await), (1, 0));
        for wrong in [Value::Null, json!("a b"), json!("ws_public"), json!(7)] {
            let answer = me(&server, &token(wrong, Value::Null)).await;
            answer.refused(401, "authentication_failed", None);
        }

        let reader = token(json!("ws_red"), json!("openid webhooks:read"));
        assert_eq!(count(&reader).await, 1);
        let refused = call(&server, &reader, "/v3/videos").await;
        refused.refused(403, "insufficient_api_key_scope", None);
    }
    let strict = [("LIKENESS_OIDC__REQUIRE_SCOPES", "true")];
    let server = server_of(&issuer, &strict).await;
    let token = key.sign(&issuer.claims("anna"));
    me(&server, &token).await.data();
    let refused = call(&server, &token, "/v3/videos").await;
    refused.refused(403, "insufficient_api_key_scope", None);
}

#[tokio::test]
async fn each_subject_has_a_limit_of_its_own() {
    let key = SigningKey::elliptic("one");
    let issuer = Issuer::start(&[&key]).await;
    let limits = [
        ("LIKENESS_SERVER__BURST", "2"),
        ("LIKENESS_SERVER__REQUESTS_PER_SECOND", "1"),
    ];
    let server = server_of(&issuer, &limits).await;
    let anna = key.sign(&issuer.claims("anna"));
    let mut limited = 0;
    for _ in 0..6 {
        limited += usize::from(me(&server, &anna).await.status == 429);
    }
    assert!(limited >= 2, "{limited}");
    // Another token of the same subject is the same caller.
    let again = with(issuer.claims("anna"), "jti", json!("2"));
    let again = me(&server, &key.sign(&again)).await;
    again.refused(429, "rate_limit_exceeded", None);
    me(&server, &key.sign(&issuer.claims("berta"))).await.data();
}

#[tokio::test]
async fn without_an_issuer_tokens_open_nothing() {
    let key = SigningKey::elliptic("one");
    let issuer = Issuer::start(&[&key]).await;
    on_every_backend!(|server| {
        let answer = me(&server, &key.sign(&issuer.claims("anna"))).await;
        answer.refused(401, "authentication_failed", None);
    });
    assert_eq!(issuer.reads(), 0);
}
