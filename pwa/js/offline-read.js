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
 * Each question with its answer in the words of the page, for the queue and the conflict page, where no form is. A
 * question of several controls (an address, a list of boxes) is one line.
 * @param {HTMLFormElement} form @returns {[string, string, string][]}
 */
export function shown(form) {
  /** @type {Map<string, [string, string, string]>} */ const lines = new Map();
  for (const control of /** @type {any[]} */ (Array.from(form.elements))) {
    if (!control.name || /^(_|csrf$|key$|expected$|from$|task$)/.test(control.name) || control.type === "submit" || skipped(control)) continue;
    const words = wordsOf(control);
    if (!words) continue;
    const id = control.closest("[data-field]")?.dataset.field ?? control.name;
    const line = lines.get(id);
    if (line) line[2] += `、${words}`;
    else lines.set(id, [id, questionOf(control), words]);
  }
  return [...lines.values()];
}

/** A question that does not apply; the pages of a form that are only turned over do not count. @param {HTMLElement} control */
function skipped(control) {
  return Boolean(control.closest("[data-skipped], [data-field][hidden], template"));
}

/** @param {any} control */
function wordsOf(control) {
  if (control.type === "radio" || control.type === "checkbox") return control.checked ? control.labels?.[0]?.textContent.trim() ?? control.value : "";
  if (control.options) return Array.from(control.selectedOptions, (/** @type {any} */ o) => (o.value ? o.text : "")).join("、");
  if (control.type === "file" || control.type === "password") return "";
  if (/[0-9a-f]{64}/.test(control.value)) return control.value.startsWith("{") || control.value.startsWith("[") ? names(control.value) : "✓";
  return control.type === "hidden" ? "" : control.value.trim();
}

/** @param {string} written */
function names(written) {
  try {
    return [JSON.parse(written)].flat().map((f) => f.name ?? "✓").join("、");
  } catch {
    return "✓";
  }
}

/** @param {any} control */
function questionOf(control) {
  const field = control.closest("[data-field]");
  const group = control.closest("fieldset")?.querySelector("legend");
  const label = field?.querySelector("legend, label") ?? (/radio|checkbox/.test(control.type) ? group : control.labels?.[0]);
  return (label?.firstChild?.textContent ?? label?.textContent ?? control.name).trim();
}

/** 帮办代办: whom the person at the keyboard helps, where the form has that part. @param {HTMLFormElement} form */
export function onBehalf(form) {
  const part = form.querySelector("[data-on-behalf]");
  const value = (/** @type {string} */ name) => /** @type {HTMLInputElement | null} */ (part?.querySelector(`[name="_behalf.${name}"]`))?.value.trim() ?? "";
  if (!part || !value("name")) return {};
  return { on_behalf: { name: value("name"), id_number: value("id_number"), relation: value("relation"), consent: value("consent") || value("typed") } };
}
