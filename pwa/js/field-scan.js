// @ts-check
/** Reading a QR or bar code with the camera, where the browser can; else it is typed. */

/** @param {import("./form.js").Sheet} sheet */
export function start(sheet) {
  if (!("BarcodeDetector" in window) || !navigator.mediaDevices) return;
  for (const button of /** @type {NodeListOf<HTMLButtonElement>} */ (sheet.root.querySelectorAll("button[data-scan]"))) {
    button.hidden = false;
    button.addEventListener("click", () => scan(/** @type {HTMLElement} */ (button.closest(".q"))));
  }
}

/** @param {HTMLElement} place */
async function scan(place) {
  const view = /** @type {HTMLVideoElement} */ (place.querySelector("[data-scan-view]")), into = /** @type {HTMLInputElement} */ (place.querySelector("[data-scan-into]"));
  // @ts-ignore not in every browser
  const detector = new BarcodeDetector();
  const stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } }).catch(() => null);
  if (!stream) { into.focus(); return; }
  view.srcObject = stream;
  view.hidden = false;
  await view.play();
  const until = Date.now() + 30000;
  while (Date.now() < until && !place.hidden) {
    const [found] = await detector.detect(view).catch(() => []);
    if (found) {
      into.value = found.rawValue;
      into.dispatchEvent(new Event("input", { bubbles: true }));
      break;
    }
    await new Promise((done) => setTimeout(done, 200));
  }
  stream.getTracks().forEach((track) => track.stop());
  view.hidden = true;
  into.focus();
}
