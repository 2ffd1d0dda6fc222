//! Keyset pagination: a list is ordered newest first by (creation time, id), and a page starts after a key.

use crate::time::UnixMillis;

/// The last row of the page before. Opaque to clients: the server signs it into a token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cursor {
    pub created_at: UnixMillis,
    pub id: String,
}

/// Which page of a list is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageRequest {
    /// Rows wanted; the operation has checked its range.
    pub limit: u32,
    pub after: Option<Cursor>,
}

/// One page and where the next begins; `next` is `None` on the last page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T> {
    pub items: Vec<T>,
    pub next: Option<Cursor>,
}

impl<T> Page<T> {
    pub fn map<U>(self, f: impl FnMut(T) -> U) -> Page<U> {
        Page {
            items: self.items.into_iter().map(f).collect(),
            next: self.next,
        }
    }
}

/// Whose items a list shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ownership {
    Public,
    Private,
    Both,
}
