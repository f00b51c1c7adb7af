// @ts-check
/**
 * The opened store of a person and the records that lie in it: what every page needs to say how many wait.
 *
 * @typedef {{db: IDBDatabase, key: CryptoKey, account: string}} Phone
 * @typedef {{field: string, sha: string, name: string, type: string, size: number, taken_at?: string}} Attached
 * @typedef {object} Content      what is sent, and what the queue page shows of it
 * @property {string} [case] @property {string} [task] @property {number} [expected]   the case as it was seen
 * @property {string} [procedure] @property {string} [version] @property {string} [application]   a new application instead
 * @property {string} action
 * @property {Record<string, any>} raw
 * @property {Attached[]} files
 * @property {string} captured_at         the device's clock when the person pressed the button
 * @property {{name: string, id_number?: string, relation?: string, consent?: string}} [on_behalf]
 * @property {Record<string, string>} [keys]   what it is about, where only one case may be
 * @property {string} title @property {string} url @property {[string, string, string][]} show   id, label, text
 *
 * @typedef {"ready" | "problem" | "conflict" | "sent"} State
 * @typedef {object} Row
 * @property {string} key @property {State} state @property {number} no   the order they were made in, whatever the clock said
 * @property {number} made @property {number} tries @property {number} next
 * @property {boolean} asked   it may have reached the server: its content must not change under the same key
 * @property {string[]} files @property {Uint8Array} iv @property {ArrayBuffer} box
 * @property {{iv: Uint8Array, box: ArrayBuffer}} [answer]
 */
import { all, openAccount } from "./db.js";
import { keyOf, unsealJson } from "./crypt.js";

/** @param {string} account @returns {Promise<Phone>} */
export async function openPhone(account) {
  const db = await openAccount(account);
  return { db, key: await keyOf(db), account };
}

/**
 * In the order they were made; none where another tab signed out, which took everything off the device.
 * @param {Phone} phone @returns {Promise<Row[]>}
 */
export const rows = async (phone) => (await all(phone.db, "records").catch((e) => { if (e.name === "InvalidStateError") return []; throw e; })).sort((a, b) => a.no - b.no);
/** @param {Phone} phone @param {Row} row @returns {Promise<Content>} */
export const content = (phone, row) => unsealJson(phone.key, row);
/** @param {Phone} phone @param {Row} row @returns {Promise<any>} what the server said last */
export const answer = (phone, row) => (row.answer ? unsealJson(phone.key, row.answer) : Promise.resolve(null));
/** @param {Phone} phone */
export const unsent = async (phone) => (await rows(phone)).filter((r) => r.state !== "sent").length;
