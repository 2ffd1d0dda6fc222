//! Where and how the person stands, and what cannot be drawn.

use super::Said;
use super::reader::Reader;
use crate::attributes::{Attributes, Background, BackgroundKind, Rgb};

impl Reader<'_> {
    pub(super) fn background(&mut self, a: &mut Attributes) {
        let kinds: &[(&[&str], BackgroundKind, Rgb)] = &[
            (
                &["office", "workplace", "desk", "coworking"],
                BackgroundKind::Office,
                [200, 192, 182],
            ),
            (
                &["library", "bookshelf", "bookshelves", "books", "study"],
                BackgroundKind::Library,
                [176, 146, 116],
            ),
            (
                &[
                    "home",
                    "living",
                    "apartment",
                    "kitchen",
                    "sofa",
                    "cozy",
                    "cosy",
                ],
                BackgroundKind::Home,
                [206, 196, 182],
            ),
            (
                &[
                    "outdoors", "outside", "park", "garden", "forest", "nature", "trees",
                ],
                BackgroundKind::Outdoors,
                [150, 170, 120],
            ),
            (
                &["city", "skyline", "night", "urban", "street"],
                BackgroundKind::City,
                [30, 40, 70],
            ),
            (&["studio"], BackgroundKind::Studio, [132, 138, 146]),
        ];
        if let Some((_, kind, colour)) = kinds.iter().find(|(names, _, _)| self.has(names)) {
            a.background = Background {
                kind: *kind,
                colour: *colour,
            };
            self.said.push(Said::Background);
        }
        let wall = self.find(&["background", "backdrop", "wall"]);
        if let Some(colour) = wall.and_then(|k| self.colour_before(k, 3)) {
            if !self.said.contains(&Said::Background) {
                let plain = self.has(&["plain", "solid", "flat"]);
                a.background.kind = if plain {
                    BackgroundKind::Plain
                } else {
                    BackgroundKind::Studio
                };
            }
            a.background.colour = colour;
            self.said.push(Said::BackgroundColour);
        }
        if self.pair(&["green"], &["screen"]) {
            a.background = Background {
                kind: BackgroundKind::Plain,
                colour: [0, 177, 64],
            };
            self.said.push(Said::BackgroundColour);
        }
        let elsewhere = [
            "beach",
            "mountain",
            "mountains",
            "space",
            "castle",
            "hospital",
            "restaurant",
            "stadium",
            "desert",
            "underwater",
            "car",
            "stage",
            "gym",
            "laboratory",
        ];
        let words: Vec<&str> = elsewhere
            .into_iter()
            .filter(|word| self.has(&[word]))
            .collect();
        if !words.is_empty() {
            self.notes.push(format!(
                "No background for: {}. There are plain colours, studio, office, library, home, outdoors and city.",
                words.join(", ")
            ));
        }
    }

    pub(super) fn mood(&mut self, a: &mut Attributes) {
        if self.has(&["serious", "stern", "neutral", "solemn"])
            || self.refused(&["smile", "smiling"])
        {
            a.smile = 0.1;
        } else if self.has(&["laughing", "joyful", "beaming", "cheerful", "happy"]) {
            a.smile = 1.0;
        } else if self.has(&["smile", "smiling", "friendly", "warm", "kind"]) {
            a.smile = 0.85;
        }
    }

    pub(super) fn impossible(&mut self) {
        let styles = [
            "cartoon",
            "anime",
            "pixar",
            "3d",
            "watercolor",
            "watercolour",
            "sketch",
            "painting",
            "photo",
            "photograph",
            "photorealistic",
            "realistic",
            "cinematic",
            "oil",
            "comic",
            "pixel",
        ];
        let words: Vec<&str> = styles
            .into_iter()
            .filter(|word| self.has(&[word]))
            .collect();
        if !words.is_empty() {
            self.notes.push(format!(
                "There is one style, a lit three-dimensional portrait; not followed: {}.",
                words.join(", ")
            ));
        }
        let things = [
            "dog", "cat", "robot", "alien", "dragon", "horse", "holding", "sitting", "standing",
            "dancing", "running", "hands", "tattoo", "tattoos", "scar", "freckles", "wings",
            "full",
        ];
        let words: Vec<&str> = things
            .into_iter()
            .filter(|word| {
                self.has(&[word]) && (*word != "full" || self.pair(&["full"], &["body"]))
            })
            .map(|word| if word == "full" { "full body" } else { word })
            .collect();
        if !words.is_empty() {
            self.notes.push(format!(
                "Presenters are people from head to chest, facing the camera; not drawn: {}.",
                words.join(", ")
            ));
        }
        let people = ["two", "three", "couple", "group", "crowd", "several"];
        if people.iter().any(|word| self.has(&[word])) {
            self.notes
                .push("One person is drawn, however many were asked for.".to_owned());
        }
    }
}
