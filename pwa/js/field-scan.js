// @ts-check
/** Reading a QR or bar code with the camera, where the browser can; else it is typed. */

/** @param {import("./form.js").Sheet} sheet */
export async function start(sheet) {
  // @ts-ignore not in every browser; a phone without the shop's services has it and reads nothing
  const can = navigator.mediaDevices && (await window.BarcodeDetector?.getSupportedFormats().catch(() => []))?.length > 0;
  for (const button of /** @type {NodeListOf<HTMLButtonElement>} */ (sheet.root.querySelectorAll("button[data-scan]"))) {
    const place = /** @type {HTMLElement} */ (button.closest(".q")), view = /** @type {HTMLVideoElement} */ (place.querySelector("[data-scan-view]"));
    if (!can) tell(place, "cannot");
    button.hidden = !can;
    button.addEventListener("click", () => { if (view.hidden) scan(place, view); else view.hidden = true; });
  }
}

/** @param {HTMLElement} place @param {string} what */
function tell(place, what) {
  const said = /** @type {HTMLElement} */ (place.querySelector("[data-said]"));
  said.textContent = said.dataset[what] ?? "";
}

/** Look until something is found; a second press on the button stops. @param {HTMLElement} place @param {HTMLVideoElement} view */
async function scan(place, view) {
  const into = /** @type {HTMLInputElement} */ (place.querySelector("[data-scan-into]"));
  // @ts-ignore not in every browser
  const detector = new BarcodeDetector();
  const stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } }).catch(() => null);
  if (!stream) { tell(place, "refused"); into.focus(); return; }
  view.srcObject = stream;
  view.hidden = false;
  tell(place, "busy");
  await view.play();
  const until = Date.now() + 30000;
  let said = "";
  while (!view.hidden && !place.hidden) {
    if (Date.now() > until) { said = "missed"; break; }
    const [found] = await detector.detect(view).catch(() => []);
    if (found && !view.hidden) {
      said = "got";
      into.value = found.rawValue;
      into.dispatchEvent(new Event("input", { bubbles: true }));
      break;
    }
    await new Promise((done) => setTimeout(done, 200));
  }
  stream.getTracks().forEach((track) => track.stop());
  view.hidden = true;
  tell(place, said);
  into.focus();
}
