// The camera, coloured while one looks: pictures go to the studio's server and come back in colour.

import { element, fill } from "../core/element.js";
import { send } from "../core/server.js";
import { attempt, complain, inform } from "../core/toast.js";
import { PicturePane } from "../picture/pane.js";
import { pictureToolbar } from "../picture/toolbar.js";
import { say, texts } from "../texts.js";

const [WIDTH, HEIGHT] = [320, 240];
const UNDER_WAY = 2; // pictures at a time: one is coloured while the other travels
const SECONDS = 2; // over which the rate is reckoned

/** Show the camera; returns what ends that. */
export async function cameraView(place) {
  const { camera: words } = texts;
  const pane = new PicturePane(words.picture);
  const toolbar = pictureToolbar(pane);
  const rate = element("output.facts", {});
  const taken = element("canvas", { width: WIDTH, height: HEIGHT });
  const video = element("video", { muted: true, playsInline: true });
  let stream = null;
  let run = 0;
  let snapshotWanted = false;
  const start = element("button.primary", { type: "button", onclick: () => (stream ? stop() : begin()) }, words.start);
  const snapshot = element("button", { type: "button", disabled: true, onclick: () => (snapshotWanted = true) }, words.snapshot);
  fill(
    place,
    element(
      "div.film-view.camera-view",
      {},
      element("header.film-head", {}, element("h1", {}, words.title), element("span.space", {}), toolbar.root, element("span.space", {}), rate, start, snapshot),
      element("main.film-main", { id: "content", tabIndex: -1 }, element("div.stage-box", {}, pane.root), element("p.help.below", {}, words.help)),
    ),
  );
  document.title = `${words.title} – ${texts.app.name}`;

  async function begin() {
    if (!navigator.mediaDevices?.getUserMedia) {
      complain(new Error(words.none));
      return;
    }
    const mine = (run += 1);
    let given;
    try {
      given = await navigator.mediaDevices.getUserMedia({ video: { width: { ideal: 640 }, height: { ideal: 480 } } });
    } catch (error) {
      if (run === mine) inform(say(words.refused, { reason: error.message }), { error: true });
      return;
    }
    if (run !== mine) { // stopped, left, or asked for again while the browser asked
      release(given);
      return;
    }
    stream = given;
    video.srcObject = stream;
    start.textContent = words.stop;
    snapshot.disabled = false;
    await video.play();
    const times = [];
    const state = { shown: 0, sent: 0 };
    for (let at = 0; at < UNDER_WAY; at++) loop(mine, times, state);
  }

  async function loop(mine, times, state) {
    while (stream && run === mine) {
      try {
        const number = (state.sent += 1);
        const pen = taken.getContext("2d");
        pen.drawImage(video, ...covering(video.videoWidth, video.videoHeight), 0, 0, WIDTH, HEIGHT);
        const before = await createImageBitmap(taken);
        const blob = await new Promise((done) => taken.toBlob(done, "image/jpeg", 0.9));
        const save = snapshotWanted;
        snapshotWanted = false;
        const answer = await send(save ? "/api/camera?save=1" : "/api/camera", blob, "image/jpeg");
        const bitmap = await createImageBitmap(await answer.blob());
        if (save) inform(say(words.saved, { name: decodeURIComponent(answer.headers.get("X-Saved")) }));
        if (number < state.shown || run !== mine) continue;
        state.shown = number;
        pane.showGrey(greyed(before));
        pane.showColor(bitmap);
        times.push(performance.now());
        while (times[0] < times.at(-1) - SECONDS * 1000) times.shift();
        const passed = (times.at(-1) - times[0]) / 1000;
        if (passed > 0.5) {
          const fps = (times.length - 1) / passed;
          rate.textContent = say(words.rate, { fps: fps.toFixed(0) });
          rate.dataset.rate = fps.toFixed(1);
        }
      } catch (error) {
        complain(error);
        stop();
      }
    }
  }

  function greyed(bitmap) {
    const canvas = new OffscreenCanvas(WIDTH, HEIGHT);
    const pen = canvas.getContext("2d");
    pen.filter = "grayscale(1)";
    pen.drawImage(bitmap, 0, 0);
    return canvas;
  }

  function stop() {
    run += 1;
    release(stream);
    stream = null;
    video.srcObject = null;
    start.textContent = words.start;
    snapshot.disabled = true;
    rate.textContent = "";
  }
  return { end: stop };
}

function release(stream) {
  for (const track of stream?.getTracks() ?? []) track.stop();
}

/** The part of a picture that has the camera view's shape: left, top, width, height. */
function covering(width, height) {
  const scale = Math.min(width / WIDTH, height / HEIGHT);
  const [w, h] = [WIDTH * scale, HEIGHT * scale];
  return [(width - w) / 2, (height - h) / 2, w, h];
}
