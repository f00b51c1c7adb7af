// @ts-check
/**
 * The last resort: what is unsent as one file, to be imported on another device by the same person. The idempotency keys
 * travel along, so a record that had arrived after all is not entered twice.
 */
import { all } from "./db.js";
import { add, content, fileOf, keepFile, mark, rows } from "./outbox.js";

const FORMAT = "tongban-outbox/1";
const MOST = 200 * 1024 * 1024;

/** @param {import("./outbox.js").Phone} phone @param {string[]} [keys] only these @returns {Promise<Blob>} */
export async function exportFile(phone, keys) {
  const wanted = (await rows(phone)).filter((r) => r.state !== "sent" && (!keys || keys.includes(r.key)));
  const records = await Promise.all(wanted.map(async (r) => ({ key: r.key, made: r.made, asked: r.asked, content: await content(phone, r) })));
  /** @type {BlobPart[]} */
  const parts = [JSON.stringify({ format: FORMAT, account: phone.account, made: new Date().toISOString(), records }).slice(0, -1), ', "files": {'];
  let before = "";
  for (const sha of new Set(wanted.flatMap((r) => r.files))) {
    const blob = await fileOf(phone, sha);
    if (!blob) continue;
    parts.push(`${before}"${sha}": {"type": ${JSON.stringify(blob.type)}, "data": "`, await base64(blob), '"}');
    before = ",";
  }
  parts.push("}}");
  return new Blob(parts, { type: "application/json" });
}

/**
 * @param {import("./outbox.js").Phone} phone @param {Blob} file
 * @returns {Promise<{added: number, known: number}>} throws an Error named "format" | "account" | "damaged"
 */
export async function importFile(phone, file) {
  const given = await parsed(file);
  if (given.account !== phone.account) throw named("account");
  for (const [sha, one] of Object.entries(given.files ?? {})) {
    const bytes = Uint8Array.from(atob(one.data), (c) => c.charCodeAt(0));
    if (await keepFile(phone, new Blob([bytes], { type: one.type })) !== sha) throw named("damaged");
  }
  const known = new Set((await all(phone.db, "records")).map((r) => r.key));
  const fresh = given.records.filter((/** @type {any} */ r) => !known.has(r.key));
  for (const record of fresh) {
    await add(phone, record.content, { key: record.key });
    if (record.asked) await mark(phone, record.key, { asked: true });       // the server may have it: it is not changed before that is clear
  }
  return { added: fresh.length, known: given.records.length - fresh.length };
}

/** @param {Blob} file @returns {Promise<any>} */
async function parsed(file) {
  if (file.size > MOST) throw named("format");
  try {
    const given = JSON.parse(await file.text());
    if (given.format !== FORMAT || !Array.isArray(given.records)) throw named("format");
    return given;
  } catch {
    throw named("format");
  }
}

/** @param {string} name */
function named(name) {
  const error = new Error(name);
  error.name = name;
  return error;
}

/** @param {Blob} blob @returns {Promise<string>} */
async function base64(blob) {
  const bytes = new Uint8Array(await blob.arrayBuffer());
  let text = "";
  for (let i = 0; i < bytes.length; i += 0x6000) text += btoa(String.fromCharCode(...bytes.subarray(i, i + 0x6000)));
  return text;
}

/** The records as a file in the person's hands. @param {import("./outbox.js").Phone} phone @param {string[]} [keys] */
export async function saveFile(phone, keys) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(await exportFile(phone, keys));
  link.download = `tongban-${new Date().toLocaleString("sv", { timeZone: "Asia/Shanghai" }).slice(0, 16).replace(/[: ]/g, "-")}.json`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60e3);
}
