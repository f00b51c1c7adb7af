// @ts-check
/**
 * One file to the server, in pieces, named by its SHA-256: the server says how much it has and the rest follows, so a
 * broken connection costs one piece and sending twice costs one question.
 */
import { get, tx } from "./db.js";
import { unseal } from "./crypt.js";

const PIECE = 512 * 1024;

/** The server is not to be reached or not well: try later. */
export class TryLater extends Error {}
/** The session is over, or somebody else is signed in: nothing more goes out until its person signs in. */
export class SignIn extends Error {}
/** The server will never take this file, and says why. */
export class NotTaken extends Error {}

/**
 * @param {import("./outbox.js").Phone} phone @param {string} sha @param {string} name
 * @param {{fetch: typeof fetch, csrf: string}} net
 */
export async function upload(phone, sha, name, net) {
  const row = await get(phone.db, "files", sha);
  if (!row) throw new NotTaken("missing");
  if (row.done) return;
  const bytes = await unseal(phone.key, row);
  let at = await begin(net, sha, row, name);
  for (let stuck = 0; at < row.size && stuck < 3;) {
    const next = await piece(net, sha, bytes, at);
    stuck = next > at ? 0 : stuck + 1;
    at = next;
  }
  if (at < row.size) throw new TryLater("no progress");
  await tx(phone.db, "files", "readwrite", (t) => {
    const seen = t.objectStore("files").get(sha);
    seen.onsuccess = () => { if (seen.result) t.objectStore("files").put({ ...seen.result, done: true }); };
  });
}

/** @param {{fetch: typeof fetch, csrf: string}} net @param {string} url @param {RequestInit} init */
async function call(net, url, init) {
  /** @type {Response} */ let response;
  try {
    response = await net.fetch(url, { credentials: "same-origin", ...init, headers: { "X-CSRF-Token": net.csrf, ...init.headers } });
  } catch (e) {
    throw new TryLater(String(e));
  }
  if (response.status === 401 || response.status === 403) throw new SignIn();    // signed out meanwhile, or in as somebody else
  if (response.status >= 500 || response.status === 429) throw new TryLater(String(response.status));
  return response;
}

/** @param {any} net @param {string} sha @param {{size: number, type: string}} row @param {string} name */
async function begin(net, sha, row, name) {
  const response = await call(net, "/files", {
    method: "POST", headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ sha256: sha, size: row.size, type: row.type, name }),
  });
  if (!response.ok) throw new NotTaken((await response.json().catch(() => ({}))).detail ?? String(response.status));
  return offset(response, 0);
}

/** @param {any} net @param {string} sha @param {ArrayBuffer} bytes @param {number} at */
async function piece(net, sha, bytes, at) {
  const response = await call(net, `/files/${sha}`, {
    method: "PATCH", headers: { "Content-Type": "application/offset+octet-stream", "Upload-Offset": String(at) },
    body: bytes.slice(at, at + PIECE),
  });
  if (response.status === 409) return offset(response, 0);     // the server has another part than we thought
  if (!response.ok) throw new NotTaken((await response.json().catch(() => ({}))).detail ?? String(response.status));
  return offset(response, at);
}

/** @param {Response} response @param {number} otherwise */
const offset = (response, otherwise) => Number(response.headers.get("Upload-Offset") ?? otherwise);
