//! Twins of footage that the suite makes itself, held against that footage.

#![expect(
    clippy::unwrap_used,
    reason = "what the tests share fails the test by panicking"
)]

use likeness_quality::clip::{Studio, portraits_dir};
use likeness_quality::footage::{Filming, LENGTH_S, Said, film};
use likeness_quality::twin::{self, Figures};

/// Long enough that the footage has to begin again.
const SCRIPT: &str = "My mama bought a big balm, and papa may pop by a palm. We see three green leaves. Who knew the moon \
    was blue? Wait... Listen. There is nothing to hear. Bob will bring a pumpkin pie, but keep my map. Every morning, \
    people move big boxes from the warehouse to the harbour.";

/// Figures of a twin's video, with its own mouths or without; its small film is as large as faces must be. Somebody who
/// speaks has own mouths.
fn figures(speaks: bool) -> Figures {
    let studio = Studio::open(&likeness_models::default_dir(), None).unwrap();
    let dir = tempfile::tempdir().unwrap();
    let footage = dir.path().join("footage.mp4");
    let portrait = image::open(portraits_dir().join("astronaut.png")).unwrap();
    let said = Said::new(&studio.engines, "hibari/heart", LENGTH_S, dir.path()).unwrap();
    let filming = Filming {
        size: 512,
        says: speaks.then_some(&said),
        ..Filming::default()
    };
    let faces = studio.engines.faces().unwrap();
    film(faces, &portrait.into_rgb8(), &filming, &footage).unwrap();
    let trained = twin::train(&studio, &footage, dir.path()).unwrap().unwrap();
    assert_eq!(trained.files.own_mouths > 0, speaks);
    let shown = twin::show(
        &studio,
        &trained,
        speaks,
        SCRIPT,
        "hibari/heart",
        dir.path(),
    );
    shown.unwrap().figures
}

#[test]
fn a_twin_moves_as_its_footage_does_and_loops_unseen() {
    let figures = figures(false);
    assert!(
        figures.loop_frames > 0,
        "nothing was shown again: {figures:?}"
    );
    assert!(figures.jitter <= 1.2, "{figures:?}");
    assert!(figures.change <= figures.source_change, "{figures:?}");
    assert!(figures.loop_change <= figures.source_change, "{figures:?}");
    // And it is another mouth that moves.
    assert!(
        figures.opening >= 0.9 && figures.left_over.abs() <= 0.3,
        "{figures:?}"
    );
}

#[test]
fn a_twin_whose_footage_speaks_shows_its_own_mouths() {
    let figures = figures(true);
    assert!(figures.jitter <= 1.2, "{figures:?}");
    assert!(figures.change <= figures.source_change, "{figures:?}");
    assert!(
        figures.opening >= 0.9 && figures.left_over.abs() <= 0.3,
        "{figures:?}"
    );
    assert!(figures.closed >= 0.95, "{figures:?}");
}
