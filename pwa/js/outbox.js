// @ts-check
/**
 * What was submitted on this device and has not been acknowledged. A record leaves only when the server said it has it,
 * or when the person throws it away. The content is encrypted; beside it stands only what sending needs.
 *
 * @typedef {import("./outbox-rows.js").Phone} Phone
 * @typedef {import("./outbox-rows.js").Row} Row
 * @typedef {import("./outbox-rows.js").Content} Content
 * @typedef {import("./outbox-rows.js").Attached} Attached
 */
import { get, tx } from "./db.js";
import { seal, sealJson, sha256, unseal } from "./crypt.js";

export * from "./outbox-rows.js";

/** A photo or file is safe on the device as soon as it was chosen, long before anything is submitted.
 * @param {Phone} phone @param {Blob} blob @returns {Promise<string>} its SHA-256 */
export async function keepFile(phone, blob) {
  const bytes = await blob.arrayBuffer();
  const sha = await sha256(bytes);
  const row = { sha, type: blob.type, size: bytes.byteLength, made: Date.now(), sent: 0, done: false, ...await seal(phone.key, bytes) };
  await tx(phone.db, "files", "readwrite", (t) => {
    const files = t.objectStore("files");
    const seen = files.get(sha);
    seen.onsuccess = () => { if (!seen.result) files.put(row); };
  });
  return sha;
}

/** @param {Phone} phone @param {string} sha @returns {Promise<Blob | null>} */
export async function fileOf(phone, sha) {
  const row = await get(phone.db, "files", sha);
  return row ? new Blob([await unseal(phone.key, row)], { type: row.type }) : null;
}

/**
 * Put a record into the outbox, take its draft away and make sure that every file it names is here: all or nothing.
 * @param {Phone} phone @param {Content} content @param {{key?: string, draft?: string}} [how]
 * @returns {Promise<string>} the idempotency key
 */
export async function add(phone, content, how = {}) {
  const key = how.key ?? crypto.randomUUID();
  const files = [...new Set(content.files.map((f) => f.sha))];
  const row = { key, state: "ready", made: Date.now(), tries: 0, next: 0, asked: false, files, ...await sealJson(phone.key, content) };
  await tx(phone.db, ["records", "files", "drafts", "meta"], "readwrite", (t) => {
    const last = t.objectStore("meta").get("last");
    last.onsuccess = () => {
      const no = (last.result?.no ?? 0) + 1;
      t.objectStore("meta").put({ id: "last", no });
      t.objectStore("records").put({ ...row, no });
    };
    if (how.draft) t.objectStore("drafts").delete(how.draft);
    for (const sha of files) {
      const seen = t.objectStore("files").getKey(sha);
      seen.onsuccess = () => { if (seen.result === undefined) t.abort(); };
    }
  });
  return key;
}

/**
 * Change the sending state of a record that is still there (another tab may have finished with it).
 * @param {Phone} phone @param {string} key @param {Partial<Row>} patch @param {any} [said]
 */
export async function mark(phone, key, patch, said) {
  const extra = said === undefined ? {} : { answer: await sealJson(phone.key, said) };
  await tx(phone.db, "records", "readwrite", (t) => {
    const seen = t.objectStore("records").get(key);
    seen.onsuccess = () => { if (seen.result) t.objectStore("records").put({ ...seen.result, ...patch, ...extra }); };
  });
}

/** Thrown away by its person, or no longer needed. @param {Phone} phone @param {string} key */
export const remove = (phone, key) => tx(phone.db, "records", "readwrite", (t) => t.objectStore("records").delete(key));

/**
 * Files that no record and no draft needs any more, and receipts beyond the last thirty, make room.
 * @param {Phone} phone @param {number} [now]
 */
export async function tidy(phone, now = Date.now()) {
  await tx(phone.db, ["records", "files", "drafts"], "readwrite", async (t) => {
    const ask = (/** @type {IDBRequest} */ r) => new Promise((ok) => { r.onsuccess = () => ok(r.result); });
    const records = await ask(t.objectStore("records").getAll());
    const drafts = await ask(t.objectStore("drafts").getAll());
    const open = records.filter((/** @type {Row} */ r) => r.state !== "sent");
    const keys = new Set(open.map((/** @type {Row} */ r) => `record:${r.key}`));
    for (const d of drafts) if (d.id.startsWith("record:") && !keys.has(d.id)) t.objectStore("drafts").delete(d.id);       // changes to a record that is gone
    const needed = new Set([...open, ...drafts].flatMap((r) => r.files ?? []));
    const sent = records.filter((/** @type {Row} */ r) => r.state === "sent").sort((/** @type {Row} */ a, /** @type {Row} */ b) => b.no - a.no);
    for (const old of sent.slice(30)) t.objectStore("records").delete(old.key);
    const files = await ask(t.objectStore("files").getAll());
    // An hour's grace: a photo just taken belongs to a form whose draft is not yet written.
    for (const f of files) if (!needed.has(f.sha) && Math.abs(now - f.made) > 3600e3) t.objectStore("files").delete(f.sha);
  });
}
