// @ts-check
/** What a form holds besides its answers: the files on the device that they name, the words on the page, the person helped. */
import { get } from "./db.js";

/**
 * The contents that the answers name by their SHA-256 and that lie on this device. Those already at the server are not
 * here and need no sending.
 * @param {import("./outbox.js").Phone} phone @param {Record<string, any>} raw @param {HTMLFormElement} form
 * @returns {Promise<import("./outbox.js").Attached[]>}
 */
export async function attached(phone, raw, form) {
  const found = [];
  for (const [field, value] of Object.entries(raw)) {
    for (const sha of new Set(JSON.stringify(value).match(/\b[0-9a-f]{64}\b/g) ?? [])) {
      const row = await get(phone.db, "files", sha);
      if (row) found.push({ field, sha, name: nameOf(form, field, sha), type: row.type, size: row.size });
    }
  }
  return found;
}

/** @param {HTMLFormElement} form @param {string} field @param {string} sha */
function nameOf(form, field, sha) {
  for (const control of form.querySelectorAll(`[name="${CSS.escape(field)}"]`)) {
    const written = /** @type {HTMLInputElement} */ (control).value;
    if (!written.includes(sha)) continue;
    try {
      const one = [JSON.parse(written)].flat().find((f) => f.id === sha);
      if (one?.name) return one.name;
    } catch { /* a bare hash has no name */ }
  }
  return sha.slice(0, 12);
}

/**
 * Each answered question with its answer in words, for the queue and the conflict page, where no form is; numbers that
 * stand masked everywhere but in the form are masked here too.
 * @param {HTMLFormElement} form @returns {[string, string, string][]}
 */
export function shown(form) {
  /** @type {{id: string, label: string, text: string}[]} */ const lines = [];
  form.dispatchEvent(new CustomEvent("tb:told", { detail: lines }));
  const secret = (/** @type {string} */ id) => form.querySelector(`:is(.q-citizen_id, .q-bank_account)[data-field="${CSS.escape(id)}"]`);
  return lines.filter((one) => one.text).map(({ id, label, text }) => [id, label, secret(id) ? mask(text.replace(/ /g, "")) : text]);
}

/** @param {string} text */
const mask = (text) => (text.length > 8 ? text.slice(0, 4) + "*".repeat(text.length - 8) + text.slice(-4) : text);

/** 帮办代办: whom the person at the keyboard helps, where the form has that part. @param {HTMLFormElement} form */
export function onBehalf(form) {
  const part = form.querySelector("[data-on-behalf]");
  const value = (/** @type {string} */ name) => /** @type {HTMLInputElement | null} */ (part?.querySelector(`[name="_behalf.${name}"]`))?.value.trim() ?? "";
  if (!part || !value("name")) return {};
  return { on_behalf: { name: value("name"), id_number: value("id_number"), relation: value("relation"), consent: value("consent") || value("typed") } };
}
