//! Who is asked for: gender, age, origin and build.

use super::Said;
use super::reader::Reader;
use crate::attributes::{Attributes, Beard, HairStyle, Origin, OutfitKind, Rgb};

impl Reader<'_> {
    pub(super) fn person(&mut self, a: &mut Attributes) {
        const WOMAN: &[&str] = &[
            "woman",
            "female",
            "girl",
            "lady",
            "she",
            "her",
            "businesswoman",
            "grandmother",
            "mother",
            "actress",
            "queen",
            "saleswoman",
        ];
        const MAN: &[&str] = &[
            "man",
            "male",
            "boy",
            "guy",
            "gentleman",
            "he",
            "his",
            "businessman",
            "grandfather",
            "father",
            "actor",
            "king",
            "salesman",
        ];
        let (woman, man) = (self.find(WOMAN), self.find(MAN));
        let gender = match (woman, man) {
            (Some(w), Some(m)) => Some(m < w),
            (Some(_), None) => Some(false),
            (None, Some(_)) => Some(true),
            (None, None) => None,
        };
        if let Some(male) = gender {
            let before = a.masculinity > 0.5;
            a.masculinity = if male { 1.0 } else { 0.0 };
            self.said.push(Said::Gender);
            if male != before {
                a.makeup = if male { 0.0 } else { 0.45 };
                a.hair.style = if male {
                    HairStyle::SideParted
                } else {
                    HairStyle::LongWavy
                };
                a.beard = Beard::None;
                a.outfit.kind = if male {
                    OutfitKind::Shirt
                } else {
                    OutfitKind::Blazer
                };
            }
        } else if self.has(&["androgynous", "nonbinary"]) {
            a.masculinity = 0.5;
            self.said.push(Said::Gender);
        }
        self.age(a);
        self.origin(a);
        if self.has(&["slim", "slender", "thin", "skinny", "lean", "athletic"]) {
            a.weight = -0.5;
        } else if self.has(&[
            "heavy",
            "plump",
            "chubby",
            "fat",
            "overweight",
            "stout",
            "curvy",
        ]) {
            a.weight = 0.75;
        }
    }

    pub(super) fn age(&mut self, a: &mut Attributes) {
        let mut age = None;
        for (k, word) in self.words.iter().enumerate() {
            let number: Option<f32> = word.trim_end_matches('s').parse().ok();
            if let Some(number) = number.filter(|n| (1.0..=110.0).contains(n)) {
                let decade = word.ends_with('s');
                let next = self.words.get(k + 1).map_or("", String::as_str);
                let before = k.checked_sub(1).map_or("", |k| self.words[k].as_str());
                let about_age = decade
                    || matches!(next, "year" | "years" | "yo" | "y")
                    || matches!(before, "aged" | "age" | "of" | "about" | "around");
                if about_age {
                    let within = match before {
                        "early" => 2.0,
                        "late" => 8.0,
                        _ => 5.0,
                    };
                    age = Some(if decade { number + within } else { number });
                }
            }
        }
        let spelled: &[(&[&str], f32)] = &[
            (&["teenage", "teenager", "teen"], 18.0),
            (&["child", "kid", "toddler", "baby"], 10.0),
            (&["twenties", "student"], 25.0),
            (&["thirties"], 35.0),
            (&["forties"], 45.0),
            (&["fifties"], 55.0),
            (&["sixties"], 65.0),
            (&["seventies"], 75.0),
            (&["young"], 25.0),
            (&["middle", "mature"], 48.0),
            (
                &["elderly", "old", "grandmother", "grandfather", "senior"],
                70.0,
            ),
        ];
        let age = age.or_else(|| {
            spelled
                .iter()
                .find(|(words, _)| self.has(words))
                .map(|(_, age)| *age)
        });
        if let Some(age) = age {
            if age < 18.0 {
                self.notes
                    .push("Presenters are adults: the youngest age, 18, was taken.".to_owned());
            }
            a.age = age.clamp(18.0, 90.0);
            self.said.push(Said::Age);
            if a.age > 58.0 && a.hair.grey == 0.0 {
                a.hair.grey = 0.5;
            }
        }
    }

    #[expect(clippy::too_many_lines, reason = "a table of words")]
    pub(super) fn origin(&mut self, a: &mut Attributes) {
        let origins: &[(&[&str], [f32; 3])] = &[
            (
                &[
                    "african",
                    "black",
                    "nigerian",
                    "kenyan",
                    "ghanaian",
                    "ethiopian",
                    "senegalese",
                    "jamaican",
                ],
                [1.0, 0.0, 0.05],
            ),
            (
                &[
                    "asian",
                    "chinese",
                    "japanese",
                    "korean",
                    "vietnamese",
                    "thai",
                    "mongolian",
                ],
                [0.0, 1.0, 0.05],
            ),
            (
                &["indian", "pakistani", "bangladeshi", "desi"],
                [0.3, 0.3, 0.6],
            ),
            (
                &[
                    "filipino",
                    "filipina",
                    "indonesian",
                    "malay",
                    "polynesian",
                    "hawaiian",
                ],
                [0.25, 0.8, 0.1],
            ),
            (
                &[
                    "arab", "arabic", "persian", "iranian", "turkish", "egyptian", "moroccan",
                    "lebanese",
                ],
                [0.2, 0.1, 0.8],
            ),
            (
                &[
                    "latina",
                    "latino",
                    "hispanic",
                    "mexican",
                    "brazilian",
                    "colombian",
                    "peruvian",
                ],
                [0.2, 0.35, 0.6],
            ),
            (
                &[
                    "european",
                    "caucasian",
                    "white",
                    "german",
                    "french",
                    "british",
                    "english",
                    "irish",
                    "italian",
                    "spanish",
                    "greek",
                    "polish",
                    "russian",
                    "nordic",
                    "swedish",
                    "norwegian",
                    "danish",
                    "finnish",
                    "american",
                    "scottish",
                    "dutch",
                ],
                [0.0, 0.0, 1.0],
            ),
        ];
        let people = [
            "woman",
            "man",
            "person",
            "lady",
            "girl",
            "guy",
            "male",
            "female",
            "businesswoman",
            "businessman",
            "gentleman",
            "doctor",
            "teacher",
            "presenter",
            "descent",
            "heritage",
            "people",
        ];
        let found = origins
            .iter()
            .enumerate()
            .find_map(|(row, (names, shares))| {
                let k = self.find(names)?;
                // "black" and "white" tell of people only right before one.
                let colour = matches!(self.words[k].as_str(), "black" | "white");
                let next = self.words.get(k + 1).map_or("", String::as_str);
                (!colour || people.contains(&next)).then_some((row, *shares))
            });
        if let Some((row, [african, asian, european])) = found {
            a.origin = Origin {
                african,
                asian,
                european,
            };
            self.said.push(Said::Origin);
            a.skin = [
                [112, 74, 52],
                [230, 188, 156],
                [168, 116, 82],
                [188, 138, 102],
                [204, 158, 124],
                [198, 148, 112],
                [226, 178, 152],
            ][row];
            if row < 6 {
                a.hair.colour = [28, 22, 20];
                a.eyes = [54, 36, 24];
            }
            if row == 0 && a.masculinity > 0.5 {
                a.hair.style = HairStyle::Buzz;
            } else if row == 0 {
                a.hair.style = HairStyle::LongCurly;
            }
        }
        let skins: &[(&[&str], Rgb)] = &[
            (&["pale", "fair", "porcelain"], [236, 196, 174]),
            (&["light"], [228, 184, 156]),
            (&["olive", "tanned", "tan"], [198, 150, 114]),
            (&["medium", "caramel"], [184, 132, 96]),
            (&["brown"], [146, 98, 70]),
            (&["dark", "ebony", "deep"], [96, 62, 44]),
        ];
        let skin = skins
            .iter()
            .find(|(names, _)| self.pair(names, &["skin", "skinned", "complexion"]));
        if let Some((_, skin)) = skin {
            a.skin = *skin;
            self.said.push(Said::Skin);
        }
    }
}
