//! What can go wrong between a script and its sound.

use std::io;
use std::path::PathBuf;

use likeness_domain::id::VoiceId;

/// Why a voice could not be opened or did not speak.
#[derive(Debug, thiserror::Error)]
pub enum VoiceError {
    /// A file of a voice pack is missing or unreadable.
    #[error("read {path}")]
    Read {
        /// The file or folder.
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    /// A network file is not one that the runtime can run.
    #[error("load the network {path}")]
    Load {
        /// The network's file.
        path: PathBuf,
        #[source]
        source: rten::LoadError,
    },
    /// A file of a voice pack has other contents than its kind should have.
    #[error("{path} is not a usable voice file: {reason}")]
    BadFile {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// A network refused its input.
    #[error("run the network {network}")]
    Run {
        /// The network's short name.
        network: &'static str,
        #[source]
        source: rten::RunError,
    },
    /// A network answered with something that is not speech.
    #[error("the network {network} gave an unusable answer: {reason}")]
    BadOutput {
        /// The network's short name.
        network: &'static str,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// The model folder holds none of the voices this program knows.
    #[error("no voice is installed in {path}")]
    NoVoices {
        /// The model folder.
        path: PathBuf,
    },
    /// No installed voice has this id.
    #[error("no installed voice has the id {0}")]
    UnknownVoice(VoiceId),
    /// A voice was made of another that is no longer installed.
    #[error("the voice {0} that this one is made of is not installed")]
    MissingPart(String),
    /// The script has no word that this voice can say.
    #[error("the script has nothing that can be spoken")]
    NothingToSpeak,
    /// The script is longer than any script may be.
    #[error("the script has {chars} characters, at most {max} can be spoken at once")]
    TooLong {
        /// Characters in the script.
        chars: usize,
        /// Most characters accepted.
        max: usize,
    },
    /// The SSML is malformed, or has something that is not understood.
    #[error("{0}")]
    Markup(String),
    /// A program that reads a language could not be run.
    #[error("{program} could not read the script: {reason}")]
    Reader {
        /// Name of the program.
        program: &'static str,
        /// What happened to it.
        reason: String,
    },
    /// This kind of voice cannot change its pitch.
    #[error("this voice cannot change its pitch")]
    NoPitch,
    /// The pitch is not a number of semitones that the contract allows.
    #[error("the pitch {0} is not between -50 and 50 semitones")]
    BadPitch(f32),
    /// The speed is not a number in the range that the voices were made for.
    #[error("the speed {0} is not between 0.5 and 2.0")]
    BadSpeed(f32),
}
