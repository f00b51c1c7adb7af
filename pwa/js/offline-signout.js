// @ts-check
/**
 * Signing out takes everything of this person off the device. With something unsent, or begun here and nowhere else, it
 * asks first, and offers to send or to save it as a file.
 */
import { wipe } from "./db.js";
import { drafts } from "./drafts.js";
import { unsent } from "./outbox.js";
import { phone, send } from "./offline.js";
import { whoAmI } from "./sync.js";

const LEAVING = "tongban:leaving";

/** @param {HTMLFormElement} form */
export async function signOut(form) {
  const here = await phone;
  if (!here) return form.submit();
  if (await unsent(here)) await send(true);
  const left = { unsent: await unsent(here), drafts: (await drafts(here)).filter((d) => !d.synced).length };
  if ((left.unsent || left.drafts) && await ask(left) !== "leave") return undefined;
  const worker = await navigator.serviceWorker?.getRegistration();
  if (worker) await import("./push.js").then((m) => m.end(worker)).catch(() => {});     // nobody's messages come here after this
  await wipe(here.account);
  localStorage.setItem(LEAVING, "1");
  if (!await leave()) location.assign("/phone/offline");
  return undefined;
}

/**
 * End the session at the server too. Without a network that is made up for at the next page that opens with the old
 * session, before it shows or keeps anything.
 * @returns {Promise<boolean>} whether this page is being left
 */
export async function leave() {
  if (!localStorage.getItem(LEAVING)) return false;
  const me = await whoAmI(fetch.bind(globalThis));
  if (!me) return false;
  if (me.account) await fetch("/sign-out", { method: "POST", headers: { "X-CSRF-Token": me.csrf }, credentials: "same-origin" });
  localStorage.removeItem(LEAVING);
  location.assign("/");
  return true;
}

/** @param {Record<string, number>} left what only this device has @returns {Promise<string>} leave | stay */
function ask(left) {
  const dialog = /** @type {HTMLDialogElement | null} */ (document.querySelector("#unsent-dialog"));
  if (!dialog) return Promise.resolve("stay");
  for (const place of /** @type {NodeListOf<HTMLElement>} */ (dialog.querySelectorAll("[data-left]"))) {
    const n = left[place.dataset.left ?? ""];
    place.hidden = !n;
    place.textContent = (place.dataset.words ?? "{n}").replace("{n}", String(n));
  }
  dialog.returnValue = "stay";
  dialog.showModal();
  return new Promise((done) => { dialog.addEventListener("close", () => done(dialog.returnValue), { once: true }); });
}
