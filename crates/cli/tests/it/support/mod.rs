//! What the tests share: a server to talk to, a client that checks the contract, and pictures.

mod answer;
pub(crate) mod browser;
mod client;
mod contract;
mod issuer;
pub(crate) mod official;
pub(crate) mod pictures;
mod receiver;
mod server;

pub(crate) use answer::Answer;
pub(crate) use client::Client;
pub(crate) use contract::contract;
pub(crate) use issuer::{Issuer, SigningKey};
pub(crate) use receiver::{Call, Receiver};
pub(crate) use server::{Server, likeness, workspace};

/// Runs `$body` with a server on each pair of database and object store.
macro_rules! on_every_backend {
    (|$server:ident| $body:expr) => {
        for backend in likeness_testkit::backends().await.unwrap() {
            println!("on {}", backend.name);
            let $server = $crate::support::Server::start(backend, &[]).await;
            $body
        }
    };
}
pub(crate) use on_every_backend;
