// @ts-check
/**
 * What a photo, file or signature field calls when something was chosen: made small, kept on the device at once, and
 * answered in the shape that the field's value has. Sending is the outbox's business.
 */
import { fileOf, keepFile } from "./outbox.js";
import { shrink } from "./photos.js";
import { phone } from "./offline.js";

/** Why nothing can be kept: no room, or signed out in another tab, which took everything off the device. */
const SAID = /** @type {Record<string, string>} */ ({ QuotaExceededError: "tb:full", InvalidStateError: "tb:gone" });

/**
 * @param {File} file @param {(small: File) => Promise<string>} [judge]   why it is not to be kept, in words
 * @returns {Promise<{id: string, name: string, size: number, media: string, taken_at: string} | {why: string} | null>}
 *   null: nothing was kept (no store in this browser, or no room), so the file stays in its control.
 */
export async function attach(file, judge) {
  const here = await phone;
  if (!here) return null;
  const small = await shrink(file), why = await judge?.(small);
  if (why) return { why };
  const id = await keepFile(here, small).catch((e) => {
    const told = SAID[e?.name];
    if (!told) throw e;
    document.dispatchEvent(new CustomEvent(told));     // the page says so; what was chosen stays in its control
    return null;
  });
  if (!id) return null;
  document.dispatchEvent(new CustomEvent("tb:attached", { detail: { id } }));
  return { id, name: small.name, size: small.size, media: small.type, taken_at: new Date(file.lastModified).toISOString() };
}

/** Pictures of answers that are on the device only. @param {ParentNode} root */
export async function fill(root) {
  for (const picture of root.querySelectorAll("img")) {
    const address = await preview(/[0-9a-f]{64}/.exec(picture.getAttribute("src") ?? "")?.[0] ?? "");
    if (!address) continue;
    picture.setAttribute("src", address);
    picture.closest("a")?.setAttribute("href", address);
  }
}

/** An address for showing what is on the device; the caller revokes it. @param {string} id @returns {Promise<string | null>} */
export async function preview(id) {
  const here = await phone;
  const blob = here && await fileOf(here, id);
  return blob ? URL.createObjectURL(blob) : null;
}
