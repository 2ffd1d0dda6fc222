//! What a confined child cannot do.

use std::process::Command;
use std::time::{Duration, Instant};

use likeness_media::ffmpeg::Ffmpeg;

use super::worker;

#[test]
fn the_worker_checks_itself() {
    let report = worker().check().unwrap();
    println!("landlock: {}", report.landlock);
}

#[test]
fn a_program_that_is_no_worker_is_found_out() {
    let mut command = worker();
    command.program = "/bin/false".into();
    assert!(command.check().is_err());
}

#[test]
fn a_confined_ffmpeg_reads_only_what_it_was_given() {
    if !worker().check().unwrap().landlock {
        println!("this kernel has no Landlock: nothing to check");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let given = folder.path().join("given.png");
    let other = folder.path().join("other.png");
    let png = likeness_media::picture::encode_png(&super::pictures::quarters()).unwrap();
    std::fs::write(&given, &png).unwrap();
    std::fs::write(&other, &png).unwrap();
    // A playlist that names the other file: an old trick to read what the caller may not.
    let list = folder.path().join("list.txt");
    std::fs::write(
        &list,
        format!("ffconcat version 1.0\nfile '{}'\n", other.display()),
    )
    .unwrap();
    let ffmpeg = Ffmpeg::find().unwrap().with_worker(worker());
    assert_eq!(ffmpeg.probe(&given).unwrap().video.unwrap().width, 60);
    assert!(ffmpeg.probe(&list).is_err());
    // A program that stands in for ffprobe and tries to read beside its input.
    let mut spy = ffmpeg;
    std::fs::create_dir(folder.path().join("bin")).unwrap();
    spy.ffprobe = folder.path().join("bin/spy");
    std::fs::write(
        &spy.ffprobe,
        format!("#!/bin/sh\ncat {} >&2; exit 1\n", other.display()),
    )
    .unwrap();
    Command::new("chmod")
        .arg("+x")
        .arg(&spy.ffprobe)
        .status()
        .unwrap();
    let error = spy.probe(&given).unwrap_err().to_string();
    assert!(error.contains("ermission denied"), "{error}");
}

#[test]
fn children_die_with_the_process_that_started_them() {
    // A shell starts the worker in its own name, so that the worker's parent is the shell; the worker becomes a
    // `sleep` that only the death signal ends.
    let folder = tempfile::tempdir().unwrap();
    let pid_file = folder.path().join("pid");
    let task = r#"{"Become":{"program":"/bin/sleep","args":["30"],"limits":{"memory_bytes":1000000000,"cpu_s":10,
        "file_bytes":0,"may_fork":true},"paths":{"read":["/usr","/lib","/lib64","/bin","/etc"],"write":[]}}}"#;
    let script = format!(
        "LIKENESS_MEDIA_PARENT=$$ '{}' & echo $! > '{}'; exec /bin/sleep 30",
        worker().program.display(),
        pid_file.display()
    );
    let mut parent = Command::new("/bin/sh")
        .args(["-c", &script])
        .env("LIKENESS_MEDIA_TASK", task)
        .spawn()
        .unwrap();
    let is_sleep = |pid: &str| {
        std::fs::read_to_string(format!("/proc/{pid}/stat"))
            .is_ok_and(|stat| stat.contains("(sleep)") && !stat.contains(") Z"))
    };
    let mut pid = String::new();
    until("the child runs", || {
        pid = std::fs::read_to_string(&pid_file)
            .unwrap_or_default()
            .trim()
            .to_owned();
        !pid.is_empty() && is_sleep(&pid)
    });
    parent.kill().unwrap();
    parent.wait().unwrap();
    until("the child has gone", || !is_sleep(&pid));
}

#[test]
fn a_worker_whose_parent_has_gone_does_nothing() {
    let output = Command::new(worker().program)
        .env("LIKENESS_MEDIA_TASK", "\"Check\"")
        .env("LIKENESS_MEDIA_PARENT", "1")
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(70));
    assert!(output.stdout.is_empty());
}

pub(crate) fn until(what: &str, mut condition: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(10);
    while !condition() {
        assert!(Instant::now() < deadline, "waited too long until {what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}
