//! Films of looks that do not speak: which scene follows which, for how long, and how the camera moves.

use likeness_domain::id::LookId;
use likeness_domain::video::CameraMove;
use likeness_render::camera_moves;

use super::new::{NewActing, NewPicture, NewScene, NewSound};
use crate::Error;
use crate::files::FileSource;
use crate::rendering::FPS;

/// A film as it is asked for.
#[derive(Debug, Clone)]
pub struct NewCinematic {
    /// What it says of the camera and of faces is followed.
    pub prompt: String,
    /// At least one.
    pub looks: Vec<CinematicPart<LookId>>,
    /// Cut in between.
    pub references: Vec<CinematicPart<FileSource>>,
    /// Whole seconds; `None` where they follow from what is shown.
    pub duration_s: Option<u32>,
}

/// Something that a film shows.
#[derive(Debug, Clone)]
pub struct CinematicPart<T> {
    /// Names it in the request.
    pub path: String,
    pub source: T,
}

/// Films and pictures among the references.
pub(super) const MAX_FILMS: usize = 3;
pub(super) const MAX_PICTURES: usize = 9;

/// A look is shown this many times as long as a reference.
const LOOK_WEIGHT: u32 = 2;

/// Seconds of a reference where the length is free, and the least otherwise: what is shorter is not seen.
const FREE_S: f64 = 1.5;
const LEAST_S: f64 = 0.6;

/// Shortest and longest film, in seconds.
const LENGTHS_S: [u32; 2] = [4, 15];

/// What is shown in a scene.
#[derive(Debug, Clone)]
enum Seen {
    Look(CinematicPart<LookId>),
    Reference(CinematicPart<FileSource>),
}

impl Seen {
    fn weight(&self) -> u32 {
        match self {
            Self::Look(_) => LOOK_WEIGHT,
            Self::Reference(_) => 1,
        }
    }
}

/// The film's scenes: the looks in their order with the references cut in between them, and the last is a look. The
/// prompt's camera moves are made one after another, scene by scene, and then again from the first; without any, the camera
/// comes slowly nearer, and in the next scene goes back.
pub fn cinematic_scenes(new: NewCinematic) -> Result<Vec<NewScene>, Error> {
    let count = new.references.len();
    let prompt = new.prompt;
    let order = order(new.looks, new.references);
    let weights: u32 = order.iter().map(Seen::weight).sum();
    let seconds = new.duration_s.unwrap_or_else(|| free_length(weights));
    let unit_s = f64::from(seconds) / f64::from(weights);
    if count > 0 && unit_s < LEAST_S {
        let message = format!("{count} references are too many to be seen in {seconds} s.");
        return Err(Error::invalid("references", message));
    }
    let (mut moves, _) = camera_moves(&prompt);
    if moves.is_empty() {
        moves = vec![CameraMove::PushIn, CameraMove::PullOut];
    }
    let mut before = 0;
    let scenes = order.into_iter().zip(moves.into_iter().cycle());
    Ok(scenes
        .map(|(seen, camera)| {
            // Cuts lie on frames, and no scene's rounding moves the next.
            let from = frame(before, unit_s);
            before += seen.weight();
            let frames = frame(before, unit_s) - from;
            scene(seen, camera, f64::from(frames) / f64::from(FPS), &prompt)
        })
        .collect())
}

/// The frame at which the scene after so many units begins.
fn frame(units: u32, unit_s: f64) -> u32 {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a film has at most 375 frames"
    )]
    let frame = (f64::from(units) * unit_s * f64::from(FPS)).round() as u32;
    frame
}

fn free_length(weights: u32) -> u32 {
    let [least, most] = LENGTHS_S;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a film has at most some dozen scenes"
    )]
    let seconds = (f64::from(weights) * FREE_S).round() as u32;
    seconds.clamp(least, most)
}

fn order(
    looks: Vec<CinematicPart<LookId>>,
    references: Vec<CinematicPart<FileSource>>,
) -> Vec<Seen> {
    let last = looks.last().cloned();
    let gaps = looks.len().saturating_sub(1).max(1);
    let only_one = looks.len() == 1;
    let (count, mut references) = (references.len(), references.into_iter());
    let mut order = Vec::new();
    for (index, look) in looks.into_iter().enumerate() {
        order.push(Seen::Look(look));
        if index < gaps {
            let share = count * (index + 1) / gaps - count * index / gaps;
            order.extend(references.by_ref().take(share).map(Seen::Reference));
        }
    }
    if only_one && count > 0 {
        order.extend(last.map(Seen::Look));
    }
    order
}

fn scene(seen: Seen, camera: CameraMove, duration_s: f64, prompt: &str) -> NewScene {
    let (path, picture) = match seen {
        Seen::Look(part) => {
            let look = NewPicture::Look {
                look_id: part.source,
                engine: None,
            };
            (part.path, look)
        }
        Seen::Reference(part) => (part.path, NewPicture::Reference(part.source)),
    };
    NewScene {
        path,
        picture,
        sound: NewSound::Silence(duration_s),
        background: None,
        acting: NewActing {
            expressiveness: None,
            motion_prompt: Some(prompt.to_owned()),
        },
        camera: Some(camera),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn film(looks: usize, references: usize, duration_s: Option<u32>) -> NewCinematic {
        let part = |name: &str, index| format!("{name}[{index}]");
        NewCinematic {
            prompt: "Pan left. Zoom in.".to_owned(),
            looks: (0..looks)
                .map(|k| CinematicPart {
                    path: part("avatar_id", k),
                    source: LookId::new(),
                })
                .collect(),
            references: (0..references)
                .map(|k| CinematicPart {
                    path: part("references", k),
                    source: FileSource::Url(String::new()),
                })
                .collect(),
            duration_s,
        }
    }

    #[expect(clippy::cast_possible_truncation, reason = "hundreds of frames")]
    fn lengths(scenes: &[NewScene]) -> Vec<(String, i64)> {
        let length = |scene: &NewScene| match scene.sound {
            NewSound::Silence(seconds) => (seconds * 25.0).round() as i64,
            _ => panic!("it is silent"),
        };
        scenes
            .iter()
            .map(|scene| (scene.path.clone(), length(scene)))
            .collect()
    }

    #[test]
    fn references_are_cut_in_between_looks_and_the_length_is_kept() {
        let shown = |looks, references, duration| {
            lengths(&cinematic_scenes(film(looks, references, duration)).unwrap())
        };
        let named = |list: &[(&str, i64)]| -> Vec<(String, i64)> {
            list.iter().map(|(p, l)| ((*p).to_owned(), *l)).collect()
        };
        assert_eq!(shown(1, 0, Some(10)), named(&[("avatar_id[0]", 250)]));
        let one = [
            ("avatar_id[0]", 71),
            ("references[0]", 36),
            ("references[1]", 36),
        ];
        let one = [&one[..], &[("references[2]", 36), ("avatar_id[0]", 71)]].concat();
        assert_eq!(shown(1, 3, Some(10)), named(&one));
        let two = [
            ("avatar_id[0]", 50),
            ("references[0]", 25),
            ("avatar_id[1]", 50),
        ];
        assert_eq!(shown(2, 1, Some(5)), named(&two));
        for (looks, references, duration) in [(3, 7, Some(13)), (2, 5, Some(7)), (3, 12, None)] {
            let shown = shown(looks, references, duration);
            let all: i64 = shown.iter().map(|(_, frames)| frames).sum();
            assert_eq!(all, i64::from(duration.unwrap_or(15)) * 25);
            assert_eq!(shown.len(), looks + references);
            assert!(shown.last().unwrap().0.starts_with("avatar_id"));
        }
        assert_eq!(shown(1, 0, None)[0].1, 100);
    }

    #[test]
    fn what_cannot_be_seen_is_refused() {
        let error = cinematic_scenes(film(1, 12, Some(4))).unwrap_err();
        assert!(matches!(error, Error::Invalid { param, .. } if param == "references"));
    }

    #[test]
    fn cameras_move_as_told_in_turn() {
        let scenes = cinematic_scenes(film(3, 0, Some(9))).unwrap();
        let moves: Vec<_> = scenes.iter().filter_map(|scene| scene.camera).collect();
        let (pan, push) = (CameraMove::PanLeft, CameraMove::PushIn);
        assert_eq!(moves, [pan, push, pan]);
    }
}
