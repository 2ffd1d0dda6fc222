//! What a presenter looks like, in words and numbers: all that is kept of one.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// sRGB.
pub type Rgb = [u8; 3];

/// A presenter. Equal attributes are drawn alike, to the pixel.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Attributes {
    /// Years, 18 to 90.
    pub age: f32,
    /// Build of face and body, 0 (female) to 1 (male).
    pub masculinity: f32,
    /// Shares of the three bases that faces are mixed of; scaled to a sum of one.
    pub origin: Origin,
    /// -1 (slim) to 1 (heavy).
    pub weight: f32,
    /// Named shapes of the face with their weights, beyond those above.
    #[serde(default)]
    pub features: BTreeMap<String, f32>,
    pub skin: Rgb,
    pub eyes: Rgb,
    pub hair: Hair,
    pub beard: Beard,
    #[serde(default)]
    pub glasses: Option<Glasses>,
    /// 0 (none) to 1.
    pub makeup: f32,
    /// 0 (serious) to 1 (a broad smile).
    pub smile: f32,
    pub outfit: Outfit,
    pub background: Background,
    /// Chooses what the attributes leave open: strands, freckles, small asymmetries.
    pub seed: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Origin {
    pub african: f32,
    pub asian: f32,
    pub european: f32,
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Hair {
    pub style: HairStyle,
    pub colour: Rgb,
    /// Share of grey strands.
    #[serde(default)]
    pub grey: f32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HairStyle {
    Bald,
    /// A few millimetres all over.
    Buzz,
    /// Short, parted at the side.
    SideParted,
    /// Short sides, the top brushed back.
    SweptBack,
    /// Short and curly.
    ShortCurly,
    /// Short all round, with a fringe to the side.
    Pixie,
    /// To the jaw, straight.
    Bob,
    /// Over the shoulders, straight.
    LongStraight,
    /// Over the shoulders, in waves.
    LongWavy,
    /// To the shoulders, curly.
    LongCurly,
    /// Combed back into a knot.
    Bun,
    /// Combed back into a tail.
    Ponytail,
    /// A round cloud of tight curls.
    Afro,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Beard {
    None,
    Stubble,
    Short,
    Full,
    Moustache,
    Goatee,
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Glasses {
    pub shape: GlassesShape,
    pub colour: Rgb,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GlassesShape {
    Round,
    Rectangular,
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Outfit {
    pub kind: OutfitKind,
    pub colour: Rgb,
    /// Of the shirt or top below a jacket, or of a tie's ground.
    pub under: Rgb,
    /// A tie, when the outfit has a shirt.
    #[serde(default)]
    pub tie: Option<Rgb>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OutfitKind {
    TShirt,
    VNeck,
    Sweater,
    Turtleneck,
    Shirt,
    Blouse,
    /// A jacket over a shirt.
    Suit,
    /// A jacket over a plain top.
    Blazer,
    Hoodie,
    /// A doctor's coat over a shirt.
    LabCoat,
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Background {
    pub kind: BackgroundKind,
    /// Of the wall, or of the light in a room.
    pub colour: Rgb,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BackgroundKind {
    /// One colour, exactly.
    Plain,
    /// A wall with the light of a studio.
    Studio,
    Office,
    Library,
    Home,
    Outdoors,
    /// A city at night behind a window.
    City,
}
