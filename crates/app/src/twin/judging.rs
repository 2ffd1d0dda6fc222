//! Whether footage can become a twin.

use likeness_render::FrameLook;

use super::survey::{Note, Survey};
use crate::rendering::FPS;

/// Shortest and longest footage, in seconds; the contract's figures.
pub(crate) const MIN_S: f64 = 15.0;
pub(crate) const MAX_S: f64 = 600.0;
/// What a duration may miss these by: a frame, as containers round.
const TOLERANCE_S: f64 = 0.05;

/// Least size of the face, in pixels.
const MIN_FACE: f32 = 256.0;
/// Share of the time that a face may be away, turned away or covered.
const MAX_HIDDEN: f64 = 0.10;
/// Turned further than this, one corner of the mouth is out of sight; in radians.
const MAX_YAW: f32 = 0.56;
/// Median luma of the face below which it is too dark; a guess that lets dark skin in even light pass.
const MIN_LUMA: f32 = 45.0;
/// Median sharpness below which the face is blurred. A careful guess, as the two limits of cuts are: a smooth ramp has 1/16.
const MIN_SHARPNESS: f32 = 0.065;
/// A frame is the first after a cut if the picture changes by this much (mean of 0 to 255), or the face moves by this
/// much (eye distances), and neither frame beside it does a quarter of that.
const CUT_PICTURE: f32 = 16.0;
const CUT_FACE: f32 = 0.5;
/// Looks at all faces of which this share shows several people.
const MAX_CROWDS: f64 = 0.1;
/// Frames in a row of which most must show the mouth, and frames beside a covered mouth that are not used either.
const WINDOW: usize = 5;
const MARGIN: usize = 4;

/// Why footage cannot become a twin.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub(crate) enum Unfit {
    /// The contract's own words.
    #[error("Footage duration must be between 15s and 600s")]
    Duration,
    #[error("no face was found in the footage")]
    NoFace,
    #[error("the footage shows several people; film one person alone")]
    SeveralFaces,
    #[error("the face is only {pixels} pixels large; at least {MIN_FACE} are needed")]
    FaceTooSmall { pixels: u32 },
    #[error(
        "the face is out of sight, turned away or covered for {percent} % of the time; at most 10 % can be"
    )]
    FaceHidden { percent: u32 },
    #[error("the face is too dark; film with more light from the front")]
    TooDark,
    #[error("the face is blurred; film with the face in focus")]
    Blurred,
    #[error("the footage is cut at {seconds:.1} s; film without a cut")]
    Cut { seconds: f64 },
    #[error("no three seconds of the footage show the whole face without a break")]
    NoStretch,
}

impl Unfit {
    /// A stable word for machines.
    pub(crate) fn code(&self) -> &'static str {
        match self {
            Self::Duration => "training_failed",
            Self::NoFace => "no_face",
            Self::SeveralFaces => "several_faces",
            Self::FaceTooSmall { .. } => "face_too_small",
            Self::FaceHidden { .. } | Self::NoStretch => "face_hidden",
            Self::TooDark => "too_dark",
            Self::Blurred => "too_blurred",
            Self::Cut { .. } => "footage_cut",
        }
    }
}

/// Refuses a duration that the contract does not allow.
pub(crate) fn check_duration(seconds: f64) -> Result<(), Unfit> {
    if (MIN_S - TOLERANCE_S..=MAX_S + TOLERANCE_S).contains(&seconds) {
        Ok(())
    } else {
        Err(Unfit::Duration)
    }
}

/// Judges the footage; for each frame, whether it may be shown.
pub(crate) fn judge(survey: &Survey) -> Result<Vec<FrameLook>, Unfit> {
    let notes = &survey.notes;
    check_duration(notes.len() as f64 / f64::from(FPS))?;
    let faces = notes.iter().filter(|note| note.has_face).count();
    if (faces as f64) < 0.05 * notes.len() as f64 {
        return Err(Unfit::NoFace);
    }
    if survey.crowds > 1 && survey.crowds as f64 > MAX_CROWDS * survey.looks as f64 {
        return Err(Unfit::SeveralFaces);
    }
    let of_faces =
        |value: fn(&Note) -> f32| median(notes.iter().filter(|n| n.has_face).map(value).collect());
    let size = of_faces(|n| n.face_size);
    if size < MIN_FACE {
        return Err(Unfit::FaceTooSmall {
            pixels: size.max(0.0) as u32,
        });
    }
    let seen = mouths(notes);
    let fit: Vec<bool> = notes
        .iter()
        .zip(&seen)
        .map(|(note, mouth)| note.has_face && *mouth && note.yaw.abs() < MAX_YAW)
        .collect();
    let hidden = fit.iter().filter(|fit| !**fit).count() as f64 / notes.len() as f64;
    if hidden > MAX_HIDDEN {
        return Err(Unfit::FaceHidden {
            percent: (hidden * 100.0).round() as u32,
        });
    }
    if of_faces(|n| n.luma) < MIN_LUMA {
        return Err(Unfit::TooDark);
    }
    if of_faces(|n| n.sharpness) < MIN_SHARPNESS {
        return Err(Unfit::Blurred);
    }
    if let Some(frame) = first_cut(notes) {
        return Err(Unfit::Cut {
            seconds: frame as f64 / f64::from(FPS),
        });
    }
    Ok(looks(notes, &fit))
}

/// Whether the mouth was made out in most frames about each: one that is missed is noise, several are a hand.
fn mouths(notes: &[Note]) -> Vec<bool> {
    (0..notes.len())
        .map(|k| {
            let first = k.saturating_sub(WINDOW / 2);
            let about = &notes[first..(k + WINDOW / 2 + 1).min(notes.len())];
            about.iter().filter(|n| n.mouth_seen).count() * 2 > about.len()
        })
        .collect()
}

fn looks(notes: &[Note], fit: &[bool]) -> Vec<FrameLook> {
    notes
        .iter()
        .enumerate()
        .map(|(k, note)| {
            let about = k.saturating_sub(MARGIN)..(k + MARGIN + 1).min(fit.len());
            FrameLook {
                usable: note.has_face && fit[about].iter().all(|fit| *fit),
                thumb: note.thumb,
            }
        })
        .collect()
}

/// The first frame that does not go on from the one before.
fn first_cut(notes: &[Note]) -> Option<usize> {
    let changes: Vec<(f32, f32)> = notes
        .windows(2)
        .map(|pair| {
            let sum: u32 = pair[0]
                .thumb
                .iter()
                .zip(&pair[1].thumb)
                .map(|(a, b)| u32::from(a.abs_diff(*b)))
                .sum();
            let both = pair[0].has_face && pair[1].has_face;
            let moved = if both { pair[1].moved } else { 0.0 };
            (sum as f32 / pair[0].thumb.len() as f32, moved)
        })
        .collect();
    let at = |k: usize| changes.get(k).copied().unwrap_or_default();
    (0..changes.len())
        .find(|&k| {
            let (picture, face) = at(k);
            let (before, after) = (k.checked_sub(1).map(at).unwrap_or_default(), at(k + 1));
            let lone = |value: f32, beside: [f32; 2]| beside.iter().all(|b| *b < value / 4.0);
            (picture > CUT_PICTURE && lone(picture, [before.0, after.0]))
                || (face > CUT_FACE && lone(face, [before.1, after.1]))
        })
        .map(|k| k + 1)
}

pub(crate) fn median(mut values: Vec<f32>) -> f32 {
    values.sort_by(f32::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn good() -> Note {
        Note {
            has_face: true,
            mouth_seen: true,
            face_size: 400.0,
            luma: 120.0,
            sharpness: 0.2,
            moved: 0.01,
            thumb: [100; 144],
            ..Note::default()
        }
    }

    fn survey(change: impl Fn(usize, &mut Note)) -> Survey {
        let notes = (0..400)
            .map(|k| {
                let mut note = good();
                change(k, &mut note);
                note
            })
            .collect();
        Survey {
            notes,
            looks: 8,
            ..Survey::default()
        }
    }

    #[test]
    fn each_fault_has_its_code() {
        type Fault = Box<dyn Fn(usize, &mut Note)>;
        let faults: [(&str, Fault); 8] = [
            ("no_face", Box::new(|_, n| n.has_face = false)),
            ("face_too_small", Box::new(|_, n| n.face_size = 255.0)),
            ("face_hidden", Box::new(|k, n| n.has_face = k % 8 != 0)),
            ("face_hidden", Box::new(|k, n| n.mouth_seen = k > 50)),
            (
                "face_hidden",
                Box::new(|k, n| n.yaw = if k > 350 { -0.7 } else { 0.0 }),
            ),
            ("too_dark", Box::new(|_, n| n.luma = 30.0)),
            ("too_blurred", Box::new(|_, n| n.sharpness = 0.03)),
            (
                "footage_cut",
                Box::new(|k, n| n.thumb = [if k < 200 { 100 } else { 130 }; 144]),
            ),
        ];
        for (code, change) in faults {
            assert_eq!(judge(&survey(change)).unwrap_err().code(), code);
        }
        let jump = survey(|k, n| n.moved = if k == 180 { 0.9 } else { 0.02 });
        assert_eq!(judge(&jump), Err(Unfit::Cut { seconds: 7.2 }));
        let crowd = Survey {
            crowds: 3,
            ..survey(|_, _| {})
        };
        assert_eq!(judge(&crowd), Err(Unfit::SeveralFaces));
        assert!(
            judge(&survey(|_, _| {}))
                .unwrap()
                .iter()
                .all(|look| look.usable)
        );
    }

    #[test]
    fn durations_are_the_contracts() {
        for (seconds, fits) in [
            (14.9, false),
            (14.96, true),
            (15.0, true),
            (600.0, true),
            (600.5, false),
        ] {
            assert_eq!(check_duration(seconds).is_ok(), fits, "{seconds}");
        }
        assert_eq!(
            Unfit::Duration.to_string(),
            "Footage duration must be between 15s and 600s"
        );
    }

    #[test]
    fn a_hand_takes_its_frames_along_and_noise_does_not() {
        let looks = judge(&survey(|k, n| {
            n.mouth_seen = k != 50 && !(200..220).contains(&k);
        }))
        .unwrap();
        assert!(looks[50].usable);
        for (frame, usable) in [
            (190, true),
            (197, false),
            (210, false),
            (222, false),
            (230, true),
        ] {
            assert_eq!(looks[frame].usable, usable, "{frame}");
        }
    }

    #[test]
    fn quick_motion_is_no_cut() {
        let nod = survey(|k, n| n.moved = if (100..110).contains(&k) { 0.6 } else { 0.01 });
        assert!(judge(&nod).is_ok());
        let lamp = survey(|k, n| n.thumb = [u8::try_from((k / 4).min(100)).unwrap(); 144]);
        assert!(judge(&lamp).is_ok());
    }
}
