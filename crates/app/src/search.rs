//! Pictures by words: names are compared with the query by the letters that they share.

use std::collections::HashSet;

use likeness_domain::asset::Asset;
use likeness_domain::id::WorkspaceId;
use likeness_domain::page::{Cursor, Page, PageRequest};
use likeness_domain::time::UnixMillis;
use likeness_store::{PUBLIC_WORKSPACE, StoreError};

use crate::{App, Caller, Error};

/// Whose pictures are searched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// The catalogue that every workspace sees.
    Public,
    Personal,
}

/// The kind of picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Picture {
    Image,
    /// A drawn sign. Nothing that may be uploaded is one, so there are none.
    Icon,
}

/// Names that are less alike than this, of 1000, are not found.
const LEAST_SCORE: i64 = 200;

/// Pictures ranked by likeness of their names to `query`, best first.
pub async fn assets(
    app: &App,
    caller: &Caller,
    query: &str,
    kind: Picture,
    scope: Scope,
    request: &PageRequest,
) -> Result<Page<Asset>, Error> {
    if kind == Picture::Icon {
        return Ok(Page {
            items: Vec::new(),
            next: None,
        });
    }
    let workspace: WorkspaceId = match scope {
        Scope::Personal => caller.workspace_id.clone(),
        Scope::Public => PUBLIC_WORKSPACE
            .parse()
            .map_err(|_| Error::Internal(anyhow::anyhow!("the public workspace's id")))?,
    };
    let names = app.store().picture_names(&workspace).await?;
    let ranked = rank(query, names, request);
    let mut items = Vec::with_capacity(ranked.items.len());
    for (_, id) in ranked.items {
        let id = id
            .parse()
            .map_err(|_| Error::Internal(anyhow::anyhow!("a malformed id")))?;
        match app.store().get_asset(&workspace, &id).await {
            Ok(asset) => items.push(asset),
            // Deleted since the names were read.
            Err(StoreError::NotFound) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(Page {
        items,
        next: ranked.next,
    })
}

/// The page of `(score, id)` after the cursor, which holds the score of the last one shown in place of a time.
fn rank(query: &str, names: Vec<(String, String)>, request: &PageRequest) -> Page<(i64, String)> {
    let wanted = trigrams(query);
    let mut found: Vec<(i64, String)> = names
        .into_iter()
        .map(|(id, name)| (score(&wanted, &trigrams(&name)), id))
        .filter(|(score, _)| *score >= LEAST_SCORE)
        .collect();
    found.sort_unstable_by(|a, b| b.cmp(a));
    if let Some(after) = &request.after {
        found.retain(|(score, id)| (*score, id.as_str()) < (after.created_at.0, &after.id));
    }
    let more = found.len() > request.limit as usize;
    found.truncate(request.limit as usize);
    let last = found.last().filter(|_| more);
    let next = last.map(|(score, id)| Cursor {
        created_at: UnixMillis(*score),
        id: id.clone(),
    });
    Page { items: found, next }
}

/// How much of the query is in the name, from 0 to 1000: the share of the query's trigrams that the name has, and a
/// little of the share the other way round, so that of two names that have all of them the shorter comes first.
fn score(query: &HashSet<[char; 3]>, name: &HashSet<[char; 3]>) -> i64 {
    let shared = query.intersection(name).count();
    let share = |whole: usize, weight: usize| (shared * weight).checked_div(whole).unwrap_or(0);
    i64::try_from(share(query.len(), 850) + share(name.len(), 150)).unwrap_or(0)
}

/// Triples of neighbouring letters, each word with a space before and behind it.
fn trigrams(text: &str) -> HashSet<[char; 3]> {
    let folded = text.to_lowercase();
    let words = folded.split(|c: char| !c.is_alphanumeric());
    let mut triples = HashSet::new();
    for word in words.filter(|word| !word.is_empty()) {
        let letters: Vec<char> = format!(" {word} ").chars().collect();
        triples.extend(
            letters
                .windows(3)
                .map(|three| [three[0], three[1], three[2]]),
        );
    }
    triples
}

#[cfg(test)]
mod tests {
    use super::*;

    fn search(
        query: &str,
        names: &[&str],
        limit: u32,
        after: Option<Cursor>,
    ) -> Page<(i64, String)> {
        let names = names.iter().map(|n| ((*n).to_owned(), (*n).to_owned()));
        rank(query, names.collect(), &PageRequest { limit, after })
    }

    fn ids(page: &Page<(i64, String)>) -> Vec<&str> {
        page.items.iter().map(|(_, id)| id.as_str()).collect()
    }

    #[test]
    fn likeness_ranks_and_strangers_are_left_out() {
        let names = [
            "red_car_front.png",
            "Red car.jpg",
            "blue sky.png",
            "scarecrow.png",
            "cars.png",
        ];
        let found = search("red car", &names, 10, None);
        assert_eq!(ids(&found)[..2], ["Red car.jpg", "red_car_front.png"]);
        assert!(!ids(&found).contains(&"blue sky.png"));
        assert_eq!(ids(&search("sky", &names, 10, None)), ["blue sky.png"]);
        assert!(search("?!", &names, 10, None).items.is_empty());
        assert!(!search("cär", &["CÄR.png"], 10, None).items.is_empty());
    }

    #[test]
    fn pages_of_a_ranking_meet_without_gap() {
        let names: Vec<String> = (0..7).map(|n| format!("cat {n}.png")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let whole = search("cat", &names, 10, None);
        let (mut seen, mut after) = (Vec::new(), None);
        loop {
            let page = search("cat", &names, 3, after);
            seen.extend(page.items);
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        assert_eq!(seen, whole.items);
        assert_eq!(seen.len(), 7);
    }
}
