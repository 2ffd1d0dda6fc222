//! `likeness doctor`

use anyhow::{Result, bail};
use likeness_app::Engines;
use likeness_blobs::Blobs;
use likeness_media::child::WorkerCommand;
use likeness_media::ffmpeg::Ffmpeg;
use likeness_store::Store;

use crate::{Common, MEDIA_WORKER};

/// Prints one line for each part, and fails when one is missing.
pub(crate) fn run(common: &Common) -> Result<()> {
    let config = common.load(&[])?;
    let mut faults = 0;
    let mut say = |part: &str, outcome: Result<String>| match outcome {
        Ok(text) => println!("ok     {part}: {text}"),
        Err(error) => {
            faults += 1;
            println!("FAULT  {part}: {error:#}");
        }
    };
    let models = config.models_dir();
    say(
        "models",
        Engines::open(&models).and_then(|engines| {
            engines.faces()?;
            let voices = engines.voices().voices().len();
            Ok(format!("{} with {voices} voices", models.display()))
        }),
    );
    say("ffmpeg", ffmpeg());
    say("media worker", worker());
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    say(
        "database",
        runtime.block_on(async {
            Store::connect(&config.database_url(&common.data_dir))
                .await?
                .ping()
                .await?;
            Ok("answers".to_owned())
        }),
    );
    say(
        "objects",
        runtime.block_on(async {
            Blobs::open(&config.blob_config(&common.data_dir))?
                .ping()
                .await?;
            Ok("answer".to_owned())
        }),
    );
    if faults == 0 {
        Ok(())
    } else {
        bail!("{faults} parts are not in order")
    }
}

fn ffmpeg() -> Result<String> {
    let report = Ffmpeg::find()?.check()?;
    if report.missing_encoders.is_empty() {
        Ok(report.version)
    } else {
        bail!(
            "{} lacks the encoders {}",
            report.version,
            report.missing_encoders.join(", ")
        )
    }
}

fn worker() -> Result<String> {
    let report = WorkerCommand::this_program(MEDIA_WORKER).check()?;
    Ok(format!("answers; landlock: {:?}", report.landlock))
}
