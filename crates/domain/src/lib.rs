//! The words of the system: ids, states and the records that the other crates exchange.
//!
//! **Invariant:** no I/O, no async, no clock and no randomness except in the id constructors; nothing here knows
//! HTTP or SQL. To add a resource: an id in [`id`], its states and record in a module of its own.

#![forbid(unsafe_code)]

pub mod account;
pub mod asset;
pub mod avatar;
pub mod consent;
pub mod id;
pub mod page;
pub mod speech;
pub mod time;
pub mod upload;
pub mod video;
pub mod voice;
pub mod webhook;
