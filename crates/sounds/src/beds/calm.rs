//! Calm, warm, sad and dark beds.

use super::{ALL, Bed, CATHEDRAL, HALF, LATER, MIDDLE, PLAIN, ROOM, STAGE, beat, layer};
use crate::drums::Drum::{Hat, Kick, Rim, Shaker, Snare, Taiko};
use crate::instruments::Instrument::{
    Bass, Choir, ElectricPiano, Flute, Guitar, Harp, Lead, Marimba, MusicBox, Pad, Piano, Strings,
};
use crate::score::Pattern::{
    Beats, Eighths, Held, Melody, Offbeats, Root, RootAndFifth, Sixteenths, SlowMelody, Syncopated,
    Walking, Waltz,
};
use crate::score::Score;

pub(super) static BEDS: [Bed; 12] = [
    Bed {
        id: "music_still_water",
        name: "Still Water",
        description: "Calm ambient soundscape with soft evolving pads for meditation, relaxation, yoga and sleep",
        score: Score {
            beats_per_minute: 60.0,
            key: -2,
            chords: &[0, 3, 5, 4],
            bars: 12,
            sevenths: true,
            hall: CATHEDRAL,
            wet: 0.6,
            layers: &[
                layer(Pad, Held, 0, 0.4, 0.0, ALL),
                layer(Choir, Held, 0, 0.25, 0.0, MIDDLE),
                layer(Harp, SlowMelody, 1, 0.22, 0.3, LATER),
                layer(Bass, Root, -2, 0.3, 0.0, ALL),
            ],
            ..PLAIN
        },
    },
    Bed {
        id: "music_rainy_window",
        name: "Rainy Window",
        description: "Relaxed lo-fi hip hop beat with mellow electric piano chords for studying, chilling and vlogs",
        score: Score {
            beats_per_minute: 78.0,
            key: -4,
            minor: true,
            chords: &[0, 5, 3, 4],
            sevenths: true,
            swing: 0.3,
            hall: ROOM,
            wet: 0.3,
            layers: &[
                layer(ElectricPiano, Held, 0, 0.4, -0.15, ALL),
                layer(ElectricPiano, SlowMelody, 1, 0.26, 0.25, LATER),
                layer(Bass, Syncopated, -1, 0.55, 0.0, LATER),
            ],
            beats: &[
                beat(Kick, "x.....o...x.....", 0.8, 0.0, LATER),
                beat(Snare, "....x.......x...", 0.36, 0.05, LATER),
                beat(Hat, "x.x.x.x.x.x.x.xo", 0.22, 0.25, ALL),
            ],
            ..PLAIN
        },
    },
    Bed {
        id: "music_sunday_porch",
        name: "Sunday Porch",
        description: "Warm acoustic folk guitar, friendly and homely, for family stories, travel and lifestyle videos",
        score: Score {
            beats_per_minute: 92.0,
            key: -5,
            chords: &[0, 3, 0, 4],
            hall: ROOM,
            wet: 0.22,
            layers: &[
                layer(Guitar, Eighths, 0, 0.42, -0.25, ALL),
                layer(Guitar, Beats, 0, 0.18, 0.3, LATER),
                layer(Bass, RootAndFifth, -1, 0.4, 0.0, LATER),
                layer(Flute, SlowMelody, 1, 0.16, 0.15, HALF),
            ],
            beats: &[
                beat(Shaker, "o.x.o.x.o.x.o.x.", 0.3, 0.2, LATER),
                beat(Kick, "x.......x.......", 0.45, 0.0, HALF),
            ],
            ..PLAIN
        },
    },
    Bed {
        id: "music_letters_unsent",
        name: "Letters Unsent",
        description: "Sad, emotional solo piano, melancholic and tender, for drama, memories and farewell",
        score: Score {
            beats_per_minute: 66.0,
            key: 0,
            minor: true,
            chords: &[0, 5, 3, 4],
            bars: 12,
            hall: STAGE,
            wet: 0.4,
            layers: &[
                layer(Piano, Eighths, 0, 0.3, -0.15, ALL),
                layer(Piano, SlowMelody, 1, 0.42, 0.1, ALL),
                layer(Strings, Held, 0, 0.16, 0.0, HALF),
            ],
            ..PLAIN
        },
    },
    Bed {
        id: "music_dark_corridor",
        name: "Dark Corridor",
        description: "Suspenseful, tense and mysterious underscore with low drones and ticking for thrillers, crime and horror",
        score: Score {
            beats_per_minute: 84.0,
            key: -5,
            minor: true,
            chords: &[0, 0, 1, 0],
            hall: CATHEDRAL,
            wet: 0.45,
            layers: &[
                layer(Strings, Held, -1, 0.36, 0.0, ALL),
                layer(Bass, Root, -2, 0.5, 0.0, ALL),
                layer(Choir, Held, 0, 0.22, 0.0, HALF),
                layer(Piano, SlowMelody, 1, 0.2, 0.3, LATER),
                layer(Strings, Sixteenths, 0, 0.1, -0.3, HALF),
            ],
            beats: &[
                beat(Rim, "x...x...x...x...", 0.2, 0.4, ALL),
                beat(Taiko, "x...............", 0.4, 0.0, LATER),
            ],
            ..PLAIN
        },
    },
    Bed {
        id: "music_copper_lounge",
        name: "Copper Lounge",
        description: "Smooth jazz lounge with electric piano, walking bass and brushed swing for cafes, restaurants and elegant evenings",
        score: Score {
            beats_per_minute: 108.0,
            key: -2,
            chords: &[1, 4, 0, 5],
            sevenths: true,
            swing: 0.33,
            bars: 20,
            hall: ROOM,
            wet: 0.25,
            layers: &[
                layer(ElectricPiano, Offbeats, 0, 0.3, -0.25, ALL),
                layer(Bass, Walking, -1, 0.55, 0.0, ALL),
                layer(ElectricPiano, Melody, 1, 0.3, 0.2, LATER),
                layer(Flute, SlowMelody, 1, 0.15, 0.1, HALF),
            ],
            beats: &[
                beat(Hat, "x...x.x.x...x.x.", 0.28, 0.2, ALL),
                beat(Rim, "............x...", 0.2, -0.2, LATER),
                beat(Kick, "x.......o.......", 0.35, 0.0, LATER),
            ],
            ..PLAIN
        },
    },
    Bed {
        id: "music_lantern_waltz",
        name: "Lantern Waltz",
        description: "Magical music box waltz, dreamy and enchanting, for fairy tales, Christmas, winter and children's stories",
        score: Score {
            beats_per_minute: 120.0,
            key: 5,
            beats_per_bar: 3,
            bars: 24,
            hall: STAGE,
            wet: 0.4,
            layers: &[
                layer(MusicBox, Waltz, 1, 0.26, -0.1, ALL),
                layer(MusicBox, Melody, 1, 0.34, 0.15, ALL),
                layer(Strings, Held, 0, 0.16, 0.0, LATER),
                layer(Harp, Eighths, 0, 0.16, -0.3, HALF),
            ],
            ..PLAIN
        },
    },
    Bed {
        id: "music_bossa_terrace",
        name: "Bossa Terrace",
        description: "Light bossa nova with nylon guitar, flute and soft percussion for summer, holidays, cooking and beach",
        score: Score {
            beats_per_minute: 116.0,
            key: -2,
            chords: &[0, 5, 1, 4],
            sevenths: true,
            bars: 20,
            hall: ROOM,
            wet: 0.25,
            layers: &[
                layer(Guitar, Offbeats, 0, 0.36, -0.25, ALL),
                layer(Bass, RootAndFifth, -1, 0.5, 0.0, ALL),
                layer(Flute, Melody, 1, 0.2, 0.2, LATER),
                layer(ElectricPiano, Held, 0, 0.16, 0.1, HALF),
            ],
            beats: &[
                beat(Rim, "x..x..x...x..x..", 0.3, -0.2, ALL),
                beat(Shaker, "x.o.x.o.x.o.x.o.", 0.3, 0.3, ALL),
                beat(Kick, "x.....o.x.....o.", 0.4, 0.0, LATER),
            ],
            ..PLAIN
        },
    },
    Bed {
        id: "music_first_light",
        name: "First Light",
        description: "Inspiring cinematic build with piano, strings and soft percussion, hopeful and moving, for documentaries and charity",
        score: Score {
            beats_per_minute: 88.0,
            key: -5,
            chords: &[5, 3, 0, 4],
            hall: CATHEDRAL,
            wet: 0.35,
            layers: &[
                layer(Piano, Eighths, 0, 0.34, 0.0, ALL),
                layer(Strings, Held, 0, 0.28, -0.1, LATER),
                layer(Strings, SlowMelody, 1, 0.22, 0.15, HALF),
                layer(Choir, Held, 0, 0.2, 0.0, HALF),
                layer(Bass, Root, -1, 0.4, 0.0, LATER),
            ],
            beats: &[
                beat(Taiko, "x.......x...x...", 0.45, 0.0, HALF),
                beat(Shaker, "x.o.x.o.x.o.x.o.", 0.18, 0.3, LATER),
            ],
            ..PLAIN
        },
    },
    Bed {
        id: "music_deep_space",
        name: "Deep Space",
        description: "Dark atmospheric sci-fi drone, vast and slow, for space, futuristic and mystery scenes",
        score: Score {
            beats_per_minute: 54.0,
            key: -7,
            minor: true,
            chords: &[0, 5, 0, 3],
            bars: 12,
            hall: CATHEDRAL,
            wet: 0.7,
            layers: &[
                layer(Pad, Held, -1, 0.4, 0.0, ALL),
                layer(Choir, Held, 0, 0.18, 0.2, LATER),
                layer(Lead, SlowMelody, 1, 0.1, -0.3, MIDDLE),
                layer(Bass, Root, -2, 0.4, 0.0, ALL),
            ],
            ..PLAIN
        },
    },
    Bed {
        id: "music_garden_harp",
        name: "Garden Harp",
        description: "Gentle harp and flute, peaceful and romantic, for weddings, nature, spa and wellness",
        score: Score {
            beats_per_minute: 76.0,
            key: 3,
            chords: &[0, 3, 5, 4],
            hall: STAGE,
            wet: 0.4,
            layers: &[
                layer(Harp, Eighths, 0, 0.4, -0.2, ALL),
                layer(Flute, SlowMelody, 1, 0.22, 0.2, LATER),
                layer(Strings, Held, 0, 0.16, 0.0, HALF),
                layer(Bass, Root, -1, 0.3, 0.0, LATER),
            ],
            ..PLAIN
        },
    },
    Bed {
        id: "music_focus_flow",
        name: "Focus Flow",
        description: "Minimal, neutral background music with soft electric piano and gentle pulse for tutorials, explainers and e-learning",
        score: Score {
            beats_per_minute: 96.0,
            key: 0,
            chords: &[0, 5, 3, 4],
            hall: ROOM,
            wet: 0.35,
            layers: &[
                layer(ElectricPiano, Eighths, 0, 0.3, -0.15, ALL),
                layer(Pad, Held, 0, 0.28, 0.0, ALL),
                layer(Marimba, SlowMelody, 1, 0.2, 0.25, LATER),
                layer(Bass, Root, -1, 0.4, 0.0, LATER),
            ],
            beats: &[
                beat(Kick, "x.......x.......", 0.4, 0.0, LATER),
                beat(Shaker, "..x...x...x...x.", 0.24, 0.3, LATER),
            ],
            ..PLAIN
        },
    },
];
