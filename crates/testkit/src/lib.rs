//! The `testkit` crate of Likeness.
