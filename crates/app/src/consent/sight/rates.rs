//! How often the checks of a recording are wrong, measured on films of people who are drawn or in the public domain. The
//! table it prints stands in docs/consent.md, with what it is worth.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;

use likeness_domain::consent::Verdict;
use likeness_domain::id::LookId;
use likeness_domain::video::{SceneRequest, Script, VideoRequest};
use likeness_media::encode::EncodeSettings;
use likeness_presenters::{Ground, Portrait, library};
use likeness_render::Puppet;

use super::*;
use crate::consent::verdict::{Thresholds, judge};
use crate::rendering::{ClipInputs, Material, Persona, Pictures, Progress, make_clip};

/// As the settings have them.
const LINES: Thresholds = Thresholds {
    same_face: 0.5,
    other_face: 0.6,
    statement_share: 0.6,
    lips_follow: 0.55,
    lips_apart: 0.2,
    missing_share: 0.2,
    others_share: 0.1,
};

/// Voices of Kokoro that speak, one a person.
const SPEAKERS: [&str; 9] = [
    "af_heart",
    "af_bella",
    "am_michael",
    "am_fenrir",
    "bf_emma",
    "af_nicole",
    "bm_george",
    "am_puck",
    "af_kore",
];

/// Pictures of the same person on two days: how a cheap camera and its light change them.
const FOOTAGE: &str = "scale=640:360,eq=brightness=0.05:gamma=1.15,noise=alls=8:allf=t";
const RECORDING: &str =
    "scale=480:270,scale=640:360,eq=brightness=-0.05:saturation=0.8,noise=alls=14:allf=t";

struct Person {
    puppet: Puppet,
    voice: &'static str,
}

/// What was seen and heard of one recording.
struct Recorded {
    statement: String,
    passphrase: String,
    seen: Seen,
    heard: String,
    asked: Vec<f32>,
}

struct Studio {
    engines: Engines,
    ffmpeg: Ffmpeg,
    dir: tempfile::TempDir,
}

impl Studio {
    fn open() -> Self {
        Self {
            engines: Engines::open(&likeness_testkit::models_dir()).unwrap(),
            ffmpeg: Ffmpeg::find().unwrap(),
            dir: tempfile::tempdir().unwrap(),
        }
    }

    /// The portrait of the repository and looks of the library of presenters, as photos.
    fn people(&self) -> Vec<Person> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let astronaut = image::open(root.join("assets/portraits/astronaut.png")).unwrap();
        let mut photos = vec![astronaut.into_rgb8()];
        let head = self.engines.head().unwrap();
        for look in library().unwrap().iter().flat_map(|p| &p.looks) {
            let drawn = Portrait::new(head, &look.attributes, 1280, 720, Ground::Own);
            photos.push(drawn.still().clone());
        }
        let people = photos.into_iter().zip(SPEAKERS);
        people
            .map(|(photo, voice)| {
                let faces = self.engines.faces().unwrap().analyse(&photo).unwrap();
                let puppet = Puppet::train(&photo, &faces[0].landmarks).unwrap();
                Person { puppet, voice }
            })
            .collect()
    }

    /// A film of the person saying the text, through a camera and a microphone of its day.
    fn film(&self, person: &Person, text: &str, camera: &str, noise: f32) -> PathBuf {
        let voices = self.engines.voices().voices();
        let voice = voices.iter().find(|v| v.key == person.voice).unwrap();
        let script = Script::new(text, voice.id.clone());
        let scene = SceneRequest::of_look(LookId::new(), script);
        let dir = tempfile::tempdir_in(self.dir.path()).unwrap().keep();
        let inputs = ClipInputs {
            engines: &self.engines,
            request: &VideoRequest::of_scene(1280, 720, scene),
            materials: &[Material::Persona(Arc::new(Persona::Photo(
                person.puppet.clone(),
            )))],
            pictures: &Pictures::default(),
            encoding: &EncodeSettings::new(self.ffmpeg.clone()),
            dir: &dir,
            shelf: None,
            parts: None,
        };
        let clip = make_clip(&inputs, &Progress::new(&|_| {}, &|| false)).unwrap();
        let film = dir.join("film.webm");
        let sound = format!("[0:a][1:a]amix=inputs=2:duration=first:normalize=0:weights=1 {noise}");
        let made = Command::new("ffmpeg")
            .args(["-v", "error", "-y", "-i"])
            .arg(&clip.video)
            .args(["-f", "lavfi", "-i", "anoisesrc=color=pink:seed=1:r=48000"])
            .args([
                "-filter_complex",
                &format!("[0:v]{camera}[v];{sound}[a]"),
                "-map",
                "[v]",
                "-map",
                "[a]",
            ])
            .args(
                "-c:v libvpx -deadline realtime -cpu-used 8 -b:v 800k -c:a libopus -b:a 32k"
                    .split(' '),
            )
            .arg(&film)
            .status();
        assert!(made.unwrap().success());
        film
    }

    fn record(&self, person: &Person, name: &str) -> Recorded {
        let passphrase = words::passphrase().unwrap();
        let statement = words::statement(&words::default_text(name), &passphrase);
        let film = self.film(person, &statement, RECORDING, 0.02);
        let seen = look(&self.engines, &self.ffmpeg, &film, &|| false).unwrap();
        let (heard, asked) = hear(&self.engines, &self.ffmpeg, &film).unwrap();
        Recorded {
            statement,
            passphrase,
            seen,
            heard,
            asked,
        }
    }
}

/// How a recording fares with the picture, the words and the sound of others.
fn judged(
    footage: &[FaceEmbedding],
    picture: &Recorded,
    words_of: &Recorded,
    sound: &Recorded,
) -> (Measures, Verdict, Vec<String>) {
    let against = Against {
        footage,
        statement: &words_of.statement,
        passphrase: Some(&words_of.passphrase),
        other_face: LINES.other_face,
    };
    let mut measures = picture.seen.measures();
    compare(&picture.seen.faces, &against, &mut measures);
    understand(
        &sound.heard,
        &sound.asked,
        &picture.seen,
        &against,
        &mut measures,
    );
    let (verdict, reasons) = judge(&measures, &LINES, true);
    (measures, verdict, reasons)
}

/// Outcomes of one kind of case.
#[derive(Default)]
struct Tally {
    cases: usize,
    approved: usize,
    review: usize,
    values: Vec<f32>,
}

impl Tally {
    fn count(&mut self, verdict: Verdict, value: Option<f32>) {
        self.cases += 1;
        self.approved += usize::from(verdict == Verdict::Approved);
        self.review += usize::from(verdict == Verdict::NeedsReview);
        self.values.extend(value);
    }

    fn row(&mut self, name: &str, unit: &str) -> String {
        self.values.sort_by(f32::total_cmp);
        let (least, most) = (self.values.first(), self.values.last());
        let range = least
            .zip(most)
            .map_or_else(String::new, |(a, b)| format!("{unit} {a:.2} to {b:.2}"));
        let rejected = self.cases - self.approved - self.review;
        let Self {
            cases,
            approved,
            review,
            ..
        } = self;
        format!("| {name} | {cases} | {approved} | {review} | {rejected} | {range} |")
    }
}

#[test]
#[ignore = "films and hears people for minutes; `cargo xtask consent` runs it"]
fn consent_rates_of_recordings_that_are_right_and_wrong() {
    let studio = Studio::open();
    let people = studio.people();
    let mut footage = Vec::new();
    let mut recorded = Vec::new();
    for (person, number) in people.iter().zip(1..) {
        let film = studio.film(person, "Good morning to all of you.", FOOTAGE, 0.0);
        let seen = look(&studio.engines, &studio.ffmpeg, &film, &|| false).unwrap();
        footage.push(seen.faces);
        recorded.push(studio.record(person, &format!("Robin {number}")));
        println!(
            "person {number} of {}: {}",
            people.len(),
            recorded[number - 1].heard
        );
    }
    let (mut right, mut faces, mut words, mut sounds) = <(Tally, Tally, Tally, Tally)>::default();
    for (i, own) in recorded.iter().enumerate() {
        let (measures, verdict, reasons) = judged(&footage[i], own, own, own);
        println!("{i}: {verdict:?} {reasons:?} {measures:?}");
        right.count(verdict, measures.face);
        for (j, other) in recorded.iter().enumerate().filter(|(j, _)| *j != i) {
            // Two looks of one presenter are one person.
            if i == 0 || j == 0 || (i - 1) / 2 != (j - 1) / 2 {
                let (measures, verdict, _) = judged(&footage[i], other, other, other);
                faces.count(verdict, measures.face);
            }
            let (_, verdict, _) = judged(&footage[i], own, other, own);
            words.count(verdict, None);
            let (measures, verdict, _) = judged(&footage[i], own, other, other);
            sounds.count(verdict, measures.lips);
        }
    }
    let mut table = String::from(
        "| recording | cases | approved | to an operator | rejected | measured |\n|---|---|---|---|---|---|\n",
    );
    for row in [
        right.row("the person, with the right words", "face"),
        faces.row("another person, with the right words", "face"),
        words.row("the person, with the words of another day", ""),
        sounds.row(
            "the person's picture under another's sound, with the right words",
            "lips",
        ),
    ] {
        writeln!(table, "{row}").unwrap();
    }
    println!("{table}");
    assert!(
        right.approved * 2 > right.cases,
        "most who agree must be able to"
    );
}
