// @ts-check
/**
 * The sign-in was over in the middle of a form: its person is told at once. Signing in again is one button that takes
 * along what is typed; who signs in again in another tab goes on here as if nothing had been.
 */
import { whoAmI } from "./sync.js";

let asking = false, listening = false;

/** @param {import("./form.js").Sheet} sheet @returns {Promise<any>} what the server says of the draft, where it could be kept after all */
export async function ended(sheet) {
  if (asking) return null;
  asking = true;
  try {
    const me = await whoAmI(fetch.bind(globalThis));
    if (!me) return null;
    const same = me.account === document.body.dataset.person;
    tell(sheet, !same, me.account !== null);
    if (!same) return null;
    renew(me.csrf);
    return await sheet.save();
  } finally {
    asking = false;
  }
}

/** Every form of this page belongs to the new sign-in. @param {string} token */
function renew(token) {
  document.querySelector('meta[name="csrf"]')?.setAttribute("content", token);
  for (const held of /** @type {NodeListOf<HTMLInputElement>} */ (document.querySelectorAll('input[name="csrf"]'))) held.value = token;
}

/** @param {import("./form.js").Sheet} sheet @param {boolean} on @param {boolean} other somebody else is signed in */
function tell(sheet, on, other) {
  const box = /** @type {HTMLElement | null} */ (sheet.form.querySelector("[data-ended]"));
  if (!box) return;
  for (const [part, shown] of /** @type {[string, boolean][]} */ ([["kept", !other], ["go", !other], ["other", other]])) {
    /** @type {HTMLElement} */ (box.querySelector(`[data-ended-${part}]`)).hidden = !shown;
  }
  box.hidden = !on;
  uncover(sheet, box);
  if (!on || listening) return;
  listening = true;
  box.querySelector("button")?.addEventListener("click", () => go(sheet));
  document.addEventListener("visibilitychange", () => { if (!document.hidden && !box.hidden) ended(sheet); });
}

/** The words stay in sight, but never over the field that somebody is in. @param {import("./form.js").Sheet} sheet @param {HTMLElement} box */
export function uncover(sheet, box) {
  const at = document.activeElement;
  if (box.hidden || !at || !sheet.root.contains(at)) return;
  const over = box.getBoundingClientRect().bottom + 48 - at.getBoundingClientRect().top;
  if (over > 0) scrollBy(0, -over);
}

/** The form as it stands goes to the server, which asks to sign in and hands it back on this page. @param {import("./form.js").Sheet} sheet */
function go(sheet) {
  for (const picked of /** @type {NodeListOf<HTMLInputElement>} */ (sheet.form.querySelectorAll("input[type=file]"))) picked.disabled = true;
  plainly(sheet.form, "_go", sheet.here());
}

/** As without script. @param {HTMLFormElement} form @param {string} name of the button @param {string} value */
export function plainly(form, name, value) {
  form.append(Object.assign(document.createElement("input"), { type: "hidden", name, value }));
  HTMLFormElement.prototype.submit.call(form);
}
