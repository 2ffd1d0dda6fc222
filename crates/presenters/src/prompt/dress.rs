//! How the person looks: hair, beard, glasses and clothes.

use super::Said;
use super::reader::Reader;
use crate::attributes::{Attributes, Beard, Glasses, GlassesShape, HairStyle, OutfitKind, Rgb};

const HAIR_COLOURS: &[(&[&str], Rgb, f32)] = &[
    (&["platinum"], [222, 208, 180], 0.0),
    (&["blonde", "blond", "golden"], [184, 142, 86], 0.0),
    (&["strawberry"], [178, 108, 68], 0.0),
    (
        &["ginger", "redhead", "red", "auburn", "copper"],
        [130, 56, 28],
        0.0,
    ),
    (
        &["brunette", "brown", "chestnut", "hazel"],
        [72, 46, 30],
        0.0,
    ),
    (&["black", "raven", "dark"], [24, 19, 17], 0.0),
    (
        &["grey", "gray", "greying", "graying", "salt"],
        [104, 100, 96],
        0.6,
    ),
    (&["white", "silver"], [190, 188, 184], 0.9),
    (&["blue"], [40, 72, 140], 0.0),
    (&["pink"], [196, 96, 130], 0.0),
    (&["green"], [48, 110, 70], 0.0),
    (&["purple"], [92, 54, 124], 0.0),
];

impl Reader<'_> {
    pub(super) fn hair(&mut self, a: &mut Attributes) {
        let male = a.masculinity > 0.5;
        let hair = self.find(&["hair", "haired", "curls", "waves", "locks"]);
        let long = self.has(&["long"]) || self.pair(&["shoulder"], &["length"]);
        let short = self.has(&["short", "cropped"]);
        let style = if self.has(&["bald", "shaven", "hairless"]) {
            Some(HairStyle::Bald)
        } else if self.has(&["buzz", "buzzcut", "crewcut"]) {
            Some(HairStyle::Buzz)
        } else if self.has(&["afro"]) {
            Some(HairStyle::Afro)
        } else if self.has(&["bun", "updo", "chignon"]) {
            Some(HairStyle::Bun)
        } else if self.has(&["ponytail"]) {
            Some(HairStyle::Ponytail)
        } else if self.has(&["bob"]) {
            Some(HairStyle::Bob)
        } else if self.has(&["pixie", "fringe", "bangs"]) {
            Some(HairStyle::Pixie)
        } else if self.has(&["slicked", "quiff", "pompadour", "swept"]) {
            Some(HairStyle::SweptBack)
        } else if self.has(&["curly", "curls"]) {
            Some(if short || (male && !long) {
                HairStyle::ShortCurly
            } else {
                HairStyle::LongCurly
            })
        } else if self.has(&["wavy", "waves"]) && !short {
            Some(if male && !long {
                HairStyle::SweptBack
            } else {
                HairStyle::LongWavy
            })
        } else if hair.is_some() && short {
            Some(if male {
                HairStyle::SideParted
            } else {
                HairStyle::Pixie
            })
        } else if hair.is_some() && long {
            Some(HairStyle::LongStraight)
        } else if hair.is_some() && self.has(&["straight"]) {
            Some(if male {
                HairStyle::SideParted
            } else {
                HairStyle::LongStraight
            })
        } else {
            None
        };
        if let Some(style) = style {
            a.hair.style = style;
            self.said.push(Said::HairStyle);
        }
        if self.has(&[
            "braids",
            "braided",
            "dreadlocks",
            "cornrows",
            "mohawk",
            "pigtails",
        ]) {
            self.notes.push("Braids, dreadlocks and shaved patterns are not drawn: the nearest hair style was taken.".to_owned());
        }
        let near = hair
            .map(|k| self.words[k.saturating_sub(4)..k].to_vec())
            .unwrap_or_default();
        for (names, colour, grey) in HAIR_COLOURS {
            let own = self.has(&["blonde", "blond", "brunette", "redhead", "ginger"])
                && names.iter().any(|name| {
                    self.has(&[name])
                        && matches!(
                            *name,
                            "blonde" | "blond" | "brunette" | "redhead" | "ginger"
                        )
                });
            if own || near.iter().any(|word| names.contains(&word.as_str())) {
                a.hair.colour = *colour;
                a.hair.grey = *grey;
                self.said.push(Said::HairColour);
                break;
            }
        }
    }

    pub(super) fn face(&mut self, a: &mut Attributes) {
        let eyes: &[(&[&str], Rgb)] = &[
            (&["blue"], [84, 116, 148]),
            (&["green"], [92, 112, 70]),
            (&["hazel"], [112, 86, 48]),
            (&["grey", "gray"], [112, 120, 126]),
            (&["brown"], [84, 54, 32]),
            (&["dark", "black"], [44, 28, 20]),
            (&["amber"], [146, 98, 40]),
        ];
        if let Some((_, colour)) = eyes
            .iter()
            .find(|(names, _)| self.pair(names, &["eyes", "eyed"]))
        {
            a.eyes = *colour;
            self.said.push(Said::Eyes);
        }
        if let Some(k) = self.find(&["glasses", "spectacles", "eyeglasses"]) {
            let shape = if self.has(&["round"]) {
                GlassesShape::Round
            } else {
                GlassesShape::Rectangular
            };
            a.glasses = Some(Glasses {
                shape,
                colour: self.colour_before(k, 4).unwrap_or([36, 32, 32]),
            });
        } else if self.refused(&["glasses", "spectacles"]) {
            a.glasses = None;
        }
        if self.has(&["sunglasses"]) {
            self.notes
                .push("Sunglasses hide the eyes and are not drawn.".to_owned());
        }
        let beard = if self.has(&["stubble", "stubbled", "unshaven"]) {
            Some(Beard::Stubble)
        } else if self.has(&["goatee"]) {
            Some(Beard::Goatee)
        } else if self.has(&["beard", "bearded"]) {
            let full = self.has(&["full", "bushy", "thick"]) || self.pair(&["long"], &["beard"]);
            Some(if full { Beard::Full } else { Beard::Short })
        } else if self.has(&["moustache", "mustache"]) {
            Some(Beard::Moustache)
        } else if self.refused(&["beard", "stubble", "moustache", "mustache"])
            || self.pair(&["clean"], &["shaven", "shaved"])
        {
            Some(Beard::None)
        } else {
            None
        };
        if let Some(beard) = beard {
            a.beard = beard;
        }
        if self.pair(&["clean"], &["shaven", "shaved"])
            && a.hair.style == HairStyle::Bald
            && !self.has(&["bald"])
        {
            a.hair.style = HairStyle::SideParted;
        }
        if self.refused(&["makeup", "lipstick"]) || self.has(&["natural"]) {
            a.makeup = 0.0;
        } else if self.has(&["makeup", "lipstick", "glamorous", "glamour"]) {
            a.makeup = 0.9;
        }
    }

    #[expect(clippy::too_many_lines, reason = "a table of words")]
    pub(super) fn outfit(&mut self, a: &mut Attributes) {
        let kinds: &[(&[&str], OutfitKind)] = &[
            (
                &[
                    "coat",
                    "scrubs",
                    "doctor",
                    "physician",
                    "scientist",
                    "nurse",
                    "pharmacist",
                ],
                OutfitKind::LabCoat,
            ),
            (
                &[
                    "suit",
                    "tuxedo",
                    "businessman",
                    "executive",
                    "ceo",
                    "lawyer",
                    "banker",
                    "politician",
                ],
                OutfitKind::Suit,
            ),
            (&["blazer", "jacket", "businesswoman"], OutfitKind::Blazer),
            (&["hoodie", "sweatshirt"], OutfitKind::Hoodie),
            (&["turtleneck"], OutfitKind::Turtleneck),
            (
                &["sweater", "jumper", "pullover", "knit", "cardigan"],
                OutfitKind::Sweater,
            ),
            (&["blouse"], OutfitKind::Blouse),
            (&["tshirt", "tee"], OutfitKind::TShirt),
            (&["vneck"], OutfitKind::VNeck),
        ];
        let t_shirt = self.pair(&["t"], &["shirt"]);
        let v_neck = self.pair(&["v"], &["neck"]);
        let found = kinds
            .iter()
            .find_map(|(names, kind)| self.find(names).map(|k| (k, *kind)));
        let shirt = self.find(&["shirt", "polo"]);
        let choice = if t_shirt {
            shirt.map(|k| (k - 1, OutfitKind::TShirt))
        } else if v_neck {
            self.find(&["v"]).map(|k| (k, OutfitKind::VNeck))
        } else {
            found.or(shirt.map(|k| (k, OutfitKind::Shirt)))
        };
        if let Some((k, kind)) = choice {
            a.outfit.kind = kind;
            self.said.push(Said::Outfit);
            a.outfit.tie = None;
            if kind == OutfitKind::LabCoat {
                a.outfit.colour = [236, 238, 240];
                a.outfit.under = [140, 166, 192];
            } else if kind == OutfitKind::Suit {
                a.outfit.colour = [42, 46, 58];
            }
            if let Some(colour) = self
                .colour_before(k, 4)
                .filter(|_| kind != OutfitKind::LabCoat)
            {
                a.outfit.colour = colour;
                self.said.push(Said::OutfitColour);
            }
            if let Some(below) = shirt.filter(|below| *below != k && !t_shirt) {
                a.outfit.under = self.colour_before(below, 2).unwrap_or(a.outfit.under);
            }
        }
        if let Some(k) = self.find(&["tie", "necktie"]) {
            a.outfit.tie = Some(self.colour_before(k, 2).unwrap_or([92, 30, 40]));
            if !matches!(a.outfit.kind, OutfitKind::Suit | OutfitKind::LabCoat) {
                a.outfit.kind = OutfitKind::Suit;
            }
        }
        let unknown = [
            "dress",
            "gown",
            "uniform",
            "armor",
            "armour",
            "kimono",
            "sari",
            "robe",
            "costume",
            "hat",
            "cap",
            "helmet",
            "hijab",
            "scarf",
            "necklace",
            "earrings",
            "jewelry",
            "crown",
            "headphones",
            "apron",
            "vest",
        ];
        let words: Vec<&str> = unknown
            .into_iter()
            .filter(|word| self.has(&[word]))
            .collect();
        if !words.is_empty() {
            self.notes.push(format!("Not drawn: {}.", words.join(", ")));
        }
    }
}
