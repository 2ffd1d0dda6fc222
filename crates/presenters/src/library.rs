//! The presenters that come with the program, with pictures made of them beforehand.

use serde::Deserialize;

use crate::attributes::Attributes;

/// One presenter with its looks.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StockPresenter {
    /// Part of the ids of group and looks; never changed.
    pub id: String,
    pub name: String,
    /// Default voice.
    pub voice: String,
    pub looks: Vec<StockLook>,
}

/// One look of a presenter.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StockLook {
    pub id: String,
    pub name: String,
    pub attributes: Attributes,
}

impl StockLook {
    /// The look's picture as JPEG, 16:9.
    pub fn picture(&self) -> Option<&'static [u8]> {
        PICTURES
            .iter()
            .find(|(id, _)| *id == self.id)
            .map(|(_, picture)| *picture)
    }
}

macro_rules! pictures {
    ($($id:literal),* $(,)?) => {
        &[$(($id, include_bytes!(concat!("../../../assets/presenters/", $id, ".jpg")))),*]
    };
}

const PICTURES: &[(&str, &[u8])] = pictures![
    "clara_office",
    "clara_home",
    "marcus_suit",
    "marcus_casual",
    "mei_home",
    "mei_city",
    "henrik_office",
    "henrik_suit",
    "amara_studio",
    "amara_office",
    "rafael_outdoors",
    "rafael_studio",
];

/// All presenters that come with the program.
///
/// # Errors
///
/// If the list that was built in is damaged, which a test excludes.
pub fn library() -> Result<Vec<StockPresenter>, serde_json::Error> {
    serde_json::from_str(include_str!("../../../assets/presenters/library.json"))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_presenter_has_two_looks_with_pictures() {
        let all = library().unwrap();
        assert!(all.len() >= 6);
        let men = all
            .iter()
            .filter(|p| p.looks[0].attributes.masculinity > 0.5)
            .count();
        assert!(men >= 3 && all.len() - men >= 3);
        let mut ids = BTreeSet::new();
        for presenter in &all {
            assert!(presenter.looks.len() >= 2, "{}", presenter.name);
            for look in &presenter.looks {
                assert!(ids.insert(&look.id), "{}", look.id);
                let picture = look.picture().expect(&look.id);
                assert_eq!(picture[..2], [0xff, 0xd8], "{}", look.id);
            }
        }
        assert_eq!(ids.len(), PICTURES.len());
    }
}
