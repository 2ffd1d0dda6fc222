//! Sounds found by what they mean.

#![allow(clippy::unwrap_used, reason = "tests may fail loudly")]

use likeness_sounds::{Kind, Meaning};

#[test]
fn queries_find_what_they_mean() {
    let dir = likeness_models::default_dir();
    assert!(
        likeness_models::is_complete(&dir),
        "the models are not installed in {}: run `cargo xtask setup`",
        dir.display()
    );
    let meaning = Meaning::load(&dir).unwrap();
    let wanted = [
        (
            Kind::Music,
            "upbeat corporate background",
            "music_bright_morning",
        ),
        (
            Kind::Music,
            "something to fall asleep to",
            "music_still_water",
        ),
        (Kind::Music, "scary movie tension", "music_dark_corridor"),
        (Kind::Music, "Xmas party", "music_holiday_bells"),
        (Kind::Music, "jazz in a bar", "music_copper_lounge"),
        (Kind::Effect, "someone is at the door", "sfx_knock"),
        (Kind::Effect, "a storm is coming, lightning", "sfx_thunder"),
        (Kind::Effect, "people clapping hands", "sfx_applause"),
        (Kind::Effect, "taking a picture", "sfx_camera_shutter"),
    ];
    for (kind, query, id) in wanted {
        let ranked = meaning.rank(query, kind).unwrap();
        assert!(ranked.is_sorted_by(|a, b| a.1 >= b.1));
        let place = ranked.iter().position(|(sound, _)| sound.id == id).unwrap();
        assert!(place < 2, "{query}: {:?}", &ranked[..3]);
        assert!(ranked[place].1 > 0.6, "{query}: {:?}", ranked[place]);
        assert!(
            ranked.last().unwrap().1 < 0.5,
            "{query}: {:?}",
            ranked.last()
        );
    }
    assert!(meaning.rank("", Kind::Music).is_ok());
    assert!(meaning.rank(&"звук ".repeat(1000), Kind::Effect).is_ok());
}
