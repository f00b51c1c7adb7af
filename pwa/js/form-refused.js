// @ts-check
/** The server took no draft: whoever types is told at once where that is for good, and what can be done. */
import { ended, plainly, uncover } from "./form-ended.js";

/** @param {import("./form.js").Sheet} sheet @param {Response} answer @returns {Promise<any>} what the server says of the draft, where it could be kept after all */
export async function refused(sheet, answer) {
  if ([401, 403].includes(answer.status)) return ended(sheet);
  const { told, line } = await answer.json().catch(() => ({}));
  if (told) moved(sheet, told);
  throw { words: line };        // not "line": errors of Safari have one of their own
}

/** Another device sent the form, or a colleague took it over. @param {import("./form.js").Sheet} sheet @param {string} told */
function moved(sheet, told) {
  if (sheet.form.querySelector("[data-moved]")) return;
  sheet.form.querySelector("[data-ended]")?.insertAdjacentHTML("afterend", told);
  const box = /** @type {HTMLElement} */ (sheet.form.querySelector("[data-moved]"));
  box.querySelector("button")?.addEventListener("click", () => plainly(sheet.form, "_go", sheet.here()));
  // A colleague put it back: it is kept again.
  document.addEventListener("tb:drafted", () => box.remove(), { once: true });
  uncover(sheet, box);
}
