// @ts-check
/** Scan a code where the browser can: a verification address opens, a case number is looked up. */
import { show } from "./queue-dom.js";

const Detector = /** @type {any} */ (globalThis).BarcodeDetector;
const video = /** @type {HTMLVideoElement} */ (document.querySelector("video"));

/** @param {string} text @returns {string | null} where to go; never to another site */
export function target(text) {
  try {
    const url = new URL(text);
    return url.origin === location.origin || /^\/verify\/[\w-]{6,64}$/.test(url.pathname) ? url.pathname + (url.origin === location.origin ? url.search : "") : null;
  } catch {
    return /^[\w-]{4,64}$/.test(text) ? `/verify/${encodeURIComponent(text)}` : null;
  }
}

async function scan() {
  const stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
  video.srcObject = stream;
  video.hidden = false;
  await video.play();
  const detector = new Detector({ formats: ["qr_code", "code_128"] });
  for (;;) {
    const [code] = await detector.detect(video).catch(() => []);
    const to = code && target(code.rawValue);
    if (to) {
      for (const track of stream.getTracks()) track.stop();
      return location.assign(to);
    }
    await new Promise((done) => { setTimeout(done, 200); });
  }
}

// A phone without its shop's services has the detector and can read nothing with it.
const formats = await Detector?.getSupportedFormats().catch(() => []);
if (formats?.length && navigator.mediaDevices) scan().catch(() => show("[data-none]", true));
else show("[data-none]", true);
