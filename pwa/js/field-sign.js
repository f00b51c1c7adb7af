// @ts-check
/** A signature drawn with a finger, a pen or a mouse; the picture is an attachment like any other. */

const LEAST = 8;

/** @param {import("./form.js").Sheet} sheet */
export async function start(sheet) {
  const kept = document.body.dataset.person ? await import("./photos-attach.js").catch(() => null) : null;
  if (!kept) return;      // without a store on the device the typed name stands
  for (const place of /** @type {NodeListOf<HTMLElement>} */ (sheet.form.querySelectorAll("[data-sign]"))) pad(sheet, place, kept);
}

/** @param {import("./form.js").Sheet} sheet @param {HTMLElement} place @param {typeof import("./photos-attach.js")} kept */
function pad(sheet, place, kept) {
  const part = (/** @type {string} */ s) => /** @type {any} */ (place.querySelector(s));
  const canvas = /** @type {HTMLCanvasElement} */ (part("canvas")), pen = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  const image = /** @type {HTMLInputElement} */ (part("[data-image]"));
  let drawn = 0, down = false, fresh = false;
  part("[data-pad]").hidden = false;
  Object.assign(pen, { lineWidth: 5, lineCap: "round", lineJoin: "round", strokeStyle: "#1b2430" });
  const spot = (/** @type {PointerEvent} */ e) => {
    const box = canvas.getBoundingClientRect();
    return /** @type {[number, number]} */ ([((e.clientX - box.left) / box.width) * canvas.width, ((e.clientY - box.top) / box.height) * canvas.height]);
  };
  canvas.addEventListener("pointerdown", (e) => {
    down = true;
    canvas.setPointerCapture(e.pointerId);
    pen.beginPath();
    pen.moveTo(...spot(e));
    e.preventDefault();
  });
  canvas.addEventListener("pointermove", (e) => { if (down) { pen.lineTo(...spot(e)); pen.stroke(); drawn += 1; fresh = true; } });
  canvas.addEventListener("pointerup", () => { down = false; });
  // A name has several strokes: it is kept when the hand goes elsewhere, or rests.
  /** @type {ReturnType<typeof setTimeout>} */ let rest;
  const ended = () => { clearTimeout(rest); if (fresh && !down) sheet.wait(keep()); };
  canvas.addEventListener("pointerup", () => { clearTimeout(rest); rest = setTimeout(ended, 700); });
  document.addEventListener("pointerdown", (e) => { if (e.target !== canvas) ended(); }, { capture: true });
  document.addEventListener("keydown", ended, { capture: true });
  part("[data-clear]").addEventListener("click", () => { pen.clearRect(0, 0, canvas.width, canvas.height); drawn = 0; fresh = false; set(""); place.querySelector(".sign-was")?.remove(); });

  // What was signed before this page was opened (a draft, a record that is corrected) stands there again.
  document.addEventListener("tb:filled", async () => {
    const address = image.value && !drawn && !place.querySelector(".sign-was") && await kept.preview(image.value);
    if (!address) return;
    const was = Object.assign(new Image(), { src: address });
    await was.decode();
    pen.drawImage(was, 0, 0, canvas.width, canvas.height);
    URL.revokeObjectURL(address);
    drawn = LEAST;
  });

  /** @param {string} id */
  function set(id) {
    image.value = id;
    image.dispatchEvent(new Event("input", { bubbles: true }));
  }

  async function keep() {
    fresh = false;
    if (drawn < LEAST) return;        // a dot is no signature
    const blob = await new Promise((/** @type {(b: Blob | null) => void} */ done) => canvas.toBlob(done, "image/png"));
    const one = blob && await kept.attach(new File([blob], "signature.png", { type: "image/png" }));
    if (one && "id" in one && drawn) set(one.id);       // it may have been wiped meanwhile
  }
}
