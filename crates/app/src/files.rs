//! Files that a request names: by URL, by asset id, or inline.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use likeness_domain::id::AssetId;
use likeness_media::ffmpeg::FfmpegError;
use likeness_media::probe::MediaInfo;

use crate::error::{Missing, sentence};
use crate::{App, Caller, Error};

/// Where a file comes from. The contract's `AssetInput`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FileSource {
    Url(String),
    Asset(AssetId),
    Base64 { media_type: String, data: String },
}

/// A file's bytes with the type that the bytes themselves show.
#[derive(Debug, Clone)]
pub(crate) struct SourceFile {
    pub bytes: Bytes,
    pub mime_type: &'static str,
}

/// Reads the file, whose field in the request is `param`; `accepted` are the types the operation takes.
pub(crate) async fn read(
    app: &App,
    caller: &Caller,
    source: &FileSource,
    param: &str,
    accepted: &[&str],
) -> Result<SourceFile, Error> {
    let max_bytes = app.settings().max_file_bytes;
    read_up_to(app, caller, source, param, accepted, max_bytes).await
}

/// As [`read`], for operations with a limit of their own.
pub(crate) async fn read_up_to(
    app: &App,
    caller: &Caller,
    source: &FileSource,
    param: &str,
    accepted: &[&str],
    max_bytes: u64,
) -> Result<SourceFile, Error> {
    let (bytes, declared, inner_param) = match source {
        FileSource::Url(url) => {
            let fetched =
                app.net()
                    .fetch(url, max_bytes)
                    .await
                    .map_err(|e| Error::DownloadFailed {
                        param: format!("{param}.url"),
                        message: sentence(&e),
                    })?;
            (fetched.bytes, None, "url")
        }
        FileSource::Asset(id) => {
            let asset = app
                .store()
                .get_asset(&caller.workspace_id, id)
                .await
                .map_err(Error::or_missing(Missing::Asset))?;
            // Uploads of their own may be larger than what an operation holds in memory.
            if u64::try_from(asset.size_bytes).is_ok_and(|size| size > max_bytes) {
                return Err(Error::TooLarge(format!(
                    "{param} is larger than {max_bytes} bytes."
                )));
            }
            (app.blobs().get(&asset.object_key).await?, None, "asset_id")
        }
        FileSource::Base64 { media_type, data } => {
            let bytes = decode_base64(data, param, max_bytes)?;
            (bytes, Some(media_type.as_str()), "data")
        }
    };
    let mime_type = check_type(
        &bytes,
        declared,
        accepted,
        &format!("{param}.{inner_param}"),
    )?;
    Ok(SourceFile { bytes, mime_type })
}

/// As [`read_up_to`], where a link's extension must be that of the file's type. A link without one, or with one that is of
/// no kind of media, says nothing.
pub(crate) async fn read_as_named(
    app: &App,
    caller: &Caller,
    source: &FileSource,
    param: &str,
    accepted: &[&str],
    max_bytes: u64,
) -> Result<SourceFile, Error> {
    let file = read_up_to(app, caller, source, param, accepted, max_bytes).await?;
    if let FileSource::Url(url) = source
        && let Some(named) = named_type(url)
        && named != file.mime_type
    {
        let message = format!(
            "The link's extension is that of {named}, but the file is {}.",
            file.mime_type
        );
        return Err(Error::invalid(format!("{param}.url"), message));
    }
    Ok(file)
}

/// The type of media that the extension of a link's path stands for.
fn named_type(url: &str) -> Option<&'static str> {
    let url = url::Url::parse(url).ok()?;
    let (_, extension) = url.path_segments()?.next_back()?.rsplit_once('.')?;
    Some(match extension.to_ascii_lowercase().as_str() {
        "jpg" | "jpeg" => "image/jpeg",
        "png" => "image/png",
        "webp" => "image/webp",
        "mp4" => "video/mp4",
        "webm" => "video/webm",
        "mp3" => "audio/mpeg",
        "wav" => "audio/wav",
        _ => return None,
    })
}

/// What the confined prober finds in a file that was sent; `unreadable` is the fault of one in which it finds nothing.
pub(crate) async fn probe(
    app: &App,
    bytes: Bytes,
    param: &str,
    unreadable: &str,
) -> Result<MediaInfo, Error> {
    let ffmpeg = app.settings().encoding.ffmpeg.clone();
    let scratch = app.settings().scratch_dir.clone();
    let probing = tokio::task::spawn_blocking(move || {
        let dir = tempfile::tempdir_in(scratch)?;
        let path = dir.path().join("sent");
        std::fs::write(&path, &bytes)?;
        Ok::<_, anyhow::Error>(ffmpeg.probe(&path))
    });
    let probed = probing
        .await
        .map_err(anyhow::Error::from)
        .and_then(|probed| probed)
        .map_err(Error::Internal)?;
    probed.map_err(|error| match error {
        FfmpegError::Failed { .. } | FfmpegError::Answer { .. } => {
            Error::invalid(param, unreadable)
        }
        error => Error::Internal(error.into()),
    })
}

fn decode_base64(data: &str, param: &str, max_bytes: u64) -> Result<Bytes, Error> {
    // Four characters carry three bytes.
    if data.len() as u64 / 4 * 3 > max_bytes + 3 {
        return Err(Error::TooLarge(format!(
            "{param} is larger than {max_bytes} bytes."
        )));
    }
    let bytes = STANDARD
        .decode(data)
        .map_err(|e| Error::invalid(format!("{param}.data"), format!("Not base64: {e}.")))?;
    Ok(Bytes::from(bytes))
}

fn check_type(
    bytes: &[u8],
    declared: Option<&str>,
    accepted: &[&str],
    param: &str,
) -> Result<&'static str, Error> {
    let wanted = accepted.join(", ");
    let Some(found) = likeness_media::sniff(bytes) else {
        return Err(Error::invalid(
            param,
            format!("The file's type could not be recognised; expected {wanted}."),
        ));
    };
    if !accepted.contains(&found) {
        return Err(Error::invalid(
            param,
            format!("The file is {found}; expected {wanted}."),
        ));
    }
    if let Some(declared) = declared.filter(|d| !same_type(d, found)) {
        return Err(Error::invalid(
            param,
            format!("The file was declared as {declared}, but its bytes are {found}."),
        ));
    }
    Ok(found)
}

/// `image/jpg` is not a registered type, but half of the world writes it.
fn same_type(declared: &str, found: &str) -> bool {
    let declared = declared.trim().to_ascii_lowercase();
    declared == found || (declared == "image/jpg" && found == "image/jpeg")
}

/// Bytes of local files in all; one that cannot be looked at counts for none.
pub(crate) fn bytes_of(files: &[&std::path::Path]) -> i64 {
    let sizes = files
        .iter()
        .filter_map(|file| file.metadata().ok())
        .map(|found| i64::try_from(found.len()).unwrap_or(i64::MAX));
    sizes.sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR";

    #[test]
    fn a_declared_type_that_the_bytes_belie_is_refused_with_both_types() {
        let error = check_type(PNG, Some("image/jpeg"), &["image/png"], "file.data").unwrap_err();
        let text = error.to_string();
        assert!(
            text.contains("image/jpeg") && text.contains("image/png"),
            "{text}"
        );
        assert_eq!(
            check_type(PNG, Some("IMAGE/PNG"), &["image/png"], "file.data").unwrap(),
            "image/png"
        );
    }

    #[test]
    fn a_links_extension_names_a_type_or_nothing() {
        for (url, named) in [
            ("https://a.example/face.JPG?v=2.png", Some("image/jpeg")),
            ("https://a.example/b/film.webm#t=1", Some("video/webm")),
            ("https://a.example/voice.mp3", Some("audio/mpeg")),
            ("https://a.example/download.php", None),
            ("https://a.example/v1.2/file", None),
            ("https://a.example", None),
        ] {
            assert_eq!(named_type(url), named, "{url}");
        }
    }

    #[test]
    fn oversized_base64_is_refused_before_decoding() {
        let data = "A".repeat(4000);
        assert!(matches!(
            decode_base64(&data, "file", 1000),
            Err(Error::TooLarge(_))
        ));
        assert_eq!(decode_base64(&data, "file", 3000).unwrap().len(), 3000);
        assert!(matches!(
            decode_base64("***", "file", 10),
            Err(Error::Invalid { .. })
        ));
    }
}
