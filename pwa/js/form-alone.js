// @ts-check
/**
 * Where only one case may be about something: what is known of others on the page to check. Cases of one's own side come
 * with the page, records that wait are on the device; whether somebody else's is in the way is the server's to say.
 */
import { known, place } from "./form-foretell.js";
import { aside } from "./form-say.js";

/** @typedef {import("./form-foretell.js").Line} Line */
/** @typedef {{wrong: Line[], later: Line[]}} Found */

/**
 * @param {any} sheet @param {any} told @param {Record<string, Record<string, string>>} [waiting] what records on this
 *     device are about: {id: {key: words}} @returns {Found}
 */
export function alone(sheet, told, waiting = {}) {
  const wrong = /** @type {Line[]} */ ([]), later = /** @type {Line[]} */ ([]), mine = keys(sheet, told);
  for (const one of told.unique ?? []) {
    const at = place(sheet, one), other = one.held[mine[one.id]] ?? waiting[one.id]?.[mine[one.id]];
    if (other) wrong.push({ at, clause: one.clause, text: (one.say[sheet.lang] ?? one.say.zh ?? "") + aside(sheet, other) });
    else if (at) later.push({ text: told.words?.alone ?? "", clause: one.clause });
  }
  return { wrong, later };
}

/** Tell what the page knows, and again if a record on the device is in the way. @param {any} sheet @param {any} told @param {(found: Found) => void} tell */
export async function judge(sheet, told, tell) {
  tell(alone(sheet, told));
  sheet.form.dataset.keys = JSON.stringify(keys(sheet, told));        // goes into the outbox with the record
  const waiting = await waits(sheet, told).catch(() => ({}));
  if (Object.keys(waiting).length && sheet.here() === "check") tell(alone(sheet, told, waiting));
}

/**
 * What this would be about, where only one case may be; nothing where that is not known here or has several parts.
 * @param {any} sheet @param {any} told @returns {Record<string, string>} */
export function keys(sheet, told) {
  const found = /** @type {Record<string, string>} */ ({}), env = { ...told.env, ...sheet.shape.env };
  for (const { id, key } of told.unique ?? []) {
    const value = key.length === 1 ? known(key[0], env) : null;
    if (value !== null) found[id] = String(value);
  }
  return found;
}

/** What the records that wait on this device are about. @param {any} sheet @param {any} told @returns {Promise<Record<string, Record<string, string>>>} */
async function waits(sheet, told) {
  const [{ phone }, { content, rows }] = await Promise.all([import("./offline.js"), import("./outbox-rows.js")]), here = await phone;
  const found = /** @type {Record<string, Record<string, string>>} */ ({}), editing = new URLSearchParams(location.search).get("record");
  if (!here) return found;
  for (const row of await rows(here)) {
    if (row.state === "sent" || row.key === editing) continue;
    const was = await content(here, row);
    if (was.case && was.case === sheet.form.dataset.case) continue;
    for (const [id, key] of Object.entries(was.keys ?? {})) (found[id] ??= {})[key] = told.words.waits;
  }
  return found;
}
