// Records the person and sends the recording to this server; nothing goes anywhere else.
"use strict";

const MAX_SECONDS = 58;
const POLL_MS = 1500;
// The verdict is usually there within a minute; a busy server may take longer, and the person need not wait.
const PATIENCE_MS = 180000;

const byId = (id) => document.getElementById(id);
const show = (id, shown) => { byId(id).hidden = !shown; };
const say = (text) => { byId("status").textContent = text; };
// The signed address of this page, also for what belongs to it.
const address = (part) => `${location.pathname}/${part}${location.search}`;

let stream = null;
let recorder = null;
let pieces = [];
let recording = null;

function only(...ids) {
  for (const id of ["start", "stop", "send", "again", "choose"]) show(id, ids.includes(id));
}

function kind() {
  const kinds = ["video/webm;codecs=vp8,opus", "video/webm", "video/mp4"];
  return kinds.find((one) => MediaRecorder.isTypeSupported(one));
}

async function start() {
  byId("start").disabled = true;
  try {
    stream = await navigator.mediaDevices.getUserMedia({
      video: { facingMode: "user", width: { ideal: 1280 }, height: { ideal: 720 } },
      audio: { echoCancellation: false, noiseSuppression: false },
    });
  } catch (error) {
    say(`The camera or the microphone could not be used (${error.name}). Allow both and try again.`);
    byId("start").disabled = false;
    only("start", "choose");
    return;
  }
  const preview = byId("preview");
  preview.removeAttribute("src");
  preview.controls = false;
  preview.muted = true;
  preview.srcObject = stream;
  show("preview", true);
  await preview.play();
  pieces = [];
  recorder = new MediaRecorder(stream, { mimeType: kind(), videoBitsPerSecond: 2500000 });
  recorder.ondataavailable = (event) => { if (event.data.size > 0) pieces.push(event.data); };
  recorder.onstop = finished;
  recorder.start(1000);
  setTimeout(() => { if (recorder && recorder.state === "recording") recorder.stop(); }, MAX_SECONDS * 1000);
  say("Recording. Read the text aloud now.");
  only("stop");
}

function finished() {
  for (const track of stream.getTracks()) track.stop();
  recording = new Blob(pieces, { type: recorder.mimeType.split(";")[0] });
  const preview = byId("preview");
  preview.srcObject = null;
  preview.src = URL.createObjectURL(recording);
  preview.muted = false;
  preview.controls = true;
  say("Watch it if you like, then send it.");
  byId("start").disabled = false;
  only("send", "again");
}

async function send() {
  only();
  say("Sending…");
  let answer;
  try {
    answer = await fetch(address("recording"), {
      method: "PUT",
      headers: { "content-type": recording.type || "application/octet-stream" },
      body: recording,
    });
  } catch {
    say("The recording could not be sent. It is not lost: try again.");
    only("send", "again");
    return;
  }
  if (!answer.ok) {
    const body = await answer.json().catch(() => null);
    say(body?.error?.message ?? "The recording was not accepted.");
    const over = answer.status === 403 || answer.status === 409;
    only(...(over ? [] : answer.status >= 500 ? ["send", "again"] : ["again"]));
    return;
  }
  await verdict();
}

async function verdict() {
  only();
  say("Thank you. The recording is being checked…");
  const until = Date.now() + PATIENCE_MS;
  while (Date.now() < until) {
    const answer = await fetch(address("status")).catch(() => null);
    const told = answer?.ok ? (await answer.json()).data : null;
    if (told && told.verdict !== "verifying") {
      tell(told);
      return;
    }
    await new Promise((done) => { setTimeout(done, POLL_MS); });
  }
  say("The check takes longer than usual. You may close this page.");
  document.body.dataset.state = "verifying";
  onward(true);
}

function tell(told) {
  document.body.dataset.state = told.verdict;
  const words = {
    approved: "Your consent was recorded. Thank you.",
    needs_review: "Thank you. A person will look at the recording.",
    rejected: "The recording was not accepted. Ask for a new link and try again.",
  };
  say(words[told.verdict] ?? told.verdict);
  for (const message of told.messages) {
    const line = document.createElement("li");
    line.textContent = message;
    byId("reasons").append(line);
  }
  onward(told.verdict !== "rejected");
}

// Where the asker wants the browser to go; after a rejection only when the person has read why.
function onward(at_once) {
  const url = document.body.dataset.reroute;
  if (!url) return;
  byId("onward").href = url;
  show("onward", true);
  if (at_once) setTimeout(() => { location.assign(url); }, 1500);
}

byId("start").addEventListener("click", start);
byId("again").addEventListener("click", start);
byId("stop").addEventListener("click", () => recorder.stop());
byId("send").addEventListener("click", send);
byId("file").addEventListener("change", (event) => {
  recording = event.target.files[0] ?? null;
  if (recording) only("send");
});

if (document.body.dataset.state === "open") {
  const able = navigator.mediaDevices && window.MediaRecorder;
  if (!able) say("This browser cannot record here; the page must be opened over TLS.");
  only(...(able ? ["start"] : ["choose"]));
} else {
  verdict();
}
