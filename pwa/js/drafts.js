// @ts-check
/**
 * What is being typed, kept on the device as it is typed. A draft belongs to one form of one case (or one new
 * application) and names the version it was typed into; it never opens in another form.
 *
 * @typedef {object} Draft
 * @property {string} id @property {string} version @property {string} at
 * @property {Record<string, any>} raw @property {string[]} files   the SHA-256 of every content that the answers name
 * @property {string} url @property {string} title @property {string} application   the number of a new application
 * @property {boolean} [synced]   the server has it too
 */
import { all, drop, get, put } from "./db.js";
import { sealJson, unsealJson } from "./crypt.js";

/** @param {import("./outbox-rows.js").Phone} phone @param {Draft} draft */
export const saveDraft = async (phone, draft) => put(phone.db, "drafts",
  { id: draft.id, made: Date.now(), files: draft.files, ...await sealJson(phone.key, draft) }, draft.synced ? "relaxed" : "strict");

/** @param {import("./outbox-rows.js").Phone} phone @param {string} id @returns {Promise<Draft | null>} */
export async function loadDraft(phone, id) {
  const row = await get(phone.db, "drafts", id);
  return row ? unsealJson(phone.key, row) : null;
}

/** @param {import("./outbox-rows.js").Phone} phone @param {string} id */
export const dropDraft = (phone, id) => drop(phone.db, "drafts", id);

/** Those that stand for themselves; changes to a record are with the record. @param {import("./outbox-rows.js").Phone} phone @returns {Promise<Draft[]>} latest first */
export async function drafts(phone) {
  const rows = (await all(phone.db, "drafts")).filter((row) => !row.id.startsWith("record:")).sort((a, b) => b.made - a.made);
  return Promise.all(rows.map((row) => unsealJson(phone.key, row)));
}

/** Names that belong to the page and not to the answers. */
const OURS = /^(csrf|key|expected|from|_(here|page|go|add|copy|drop|import)|_(file|sheet)\..*)$/;

/**
 * Every answer in a form as it stands, by the names its controls carry; a name that repeats gives a list. Files are not
 * answers here: they lie in the outbox's file store and the form carries their SHA-256.
 * @param {HTMLFormElement} form @returns {Record<string, any>}
 */
export function readForm(form) {
  /** @type {Record<string, any>} */ const raw = {};
  for (const [name, value] of new FormData(form)) {
    if (typeof value !== "string" || OURS.test(name)) continue;
    raw[name] = name in raw ? [raw[name], value].flat() : value;
  }
  return raw;
}

/**
 * Put kept answers back. Fields that the form no longer has are left out here and stay in the draft.
 * @param {HTMLFormElement} form @param {Record<string, any>} raw
 */
export function fillForm(form, raw) {
  form.dispatchEvent(new CustomEvent("tb:filling", { bubbles: true, detail: raw }));     // groups make their rows first
  for (const control of /** @type {any[]} */ (Array.from(form.elements))) {
    const { name, type } = control;
    if (!name || OURS.test(name) || type === "file" || type === "submit" || type === "button") continue;
    const values = [raw[name] ?? []].flat().map(String);
    if (type === "checkbox" || type === "radio") control.checked = values.includes(control.value);
    else if (control.options && control.multiple) for (const o of control.options) o.selected = values.includes(o.value);
    else if (name in raw) control.value = values[0] ?? "";
  }
  form.dispatchEvent(new CustomEvent("tb:filled", { bubbles: true, detail: raw }));
}
