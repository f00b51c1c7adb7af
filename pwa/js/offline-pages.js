// @ts-check
/**
 * Pages that a person has on the phone: forms that were opened or taken along, encrypted like everything of theirs.
 *
 * @typedef {object} Kept
 * @property {string} url @property {string} title @property {"taken" | "visited"} how @property {number} made @property {number} size
 * @property {string} [version] @property {string} [kind] @property {number} [seq]   the case as the page shows it
 */
import { all, drop, get, put } from "./db.js";
import { sealJson, unsealJson } from "./crypt.js";

const VISITED = 30;

/** Only the pages that can be filled in are kept, and only for the person whose name they carry.
 * @param {string} html @param {string} account */
export const mayKeep = (html, account) => /<form[^>]*\sdata-outbox/.test(html) && html.includes(`data-person="${account}"`);

/** @param {string} html */
const titleOf = (html) => (/<form[^>]*\sdata-title="([^"]*)"/.exec(html)?.[1] ?? "")
  .replace(/&(?:#(\d+)|(amp|lt|gt|quot));/g, (_, n, w) => (n ? String.fromCodePoint(n) : /** @type {any} */ ({ amp: "&", lt: "<", gt: ">", quot: '"' })[w]));

/**
 * @param {import("./outbox.js").Phone} phone @param {string} url path and query @param {string} html
 * @param {"taken" | "visited"} [how] a page taken along stays so when it is visited
 */
export async function keepPage(phone, url, html, how = "visited") {
  const before = await get(phone.db, "pages", url);
  const head = { title: titleOf(html), size: html.length, how: before?.how === "taken" ? "taken" : how,
    version: /\sdata-version="([^"]*)"/.exec(html)?.[1], kind: /\sdata-task="[^"]/.test(html) ? "task" : "new",
    seq: Number(/\sdata-expected="(\d+)"/.exec(html)?.[1] ?? 0) };
  await put(phone.db, "pages", { url, how: head.how, made: Date.now(), ...await sealJson(phone.key, { head, html }) }, "relaxed");
  if (before) return;
  const visited = (await all(phone.db, "pages")).filter((p) => p.how === "visited").sort((a, b) => b.made - a.made);
  for (const old of visited.slice(VISITED)) await drop(phone.db, "pages", old.url);
}

/** @param {import("./outbox.js").Phone} phone @param {string} url @returns {Promise<string | null>} */
export async function pageOf(phone, url) {
  const row = await get(phone.db, "pages", url);
  return row ? (await unsealJson(phone.key, row)).html : null;
}

/** @param {import("./outbox.js").Phone} phone @returns {Promise<Kept[]>} newest first */
export async function pages(phone) {
  const kept = (await all(phone.db, "pages")).sort((a, b) => b.made - a.made);
  return Promise.all(kept.map(async (row) => ({ url: row.url, made: row.made, ...(await unsealJson(phone.key, row)).head })));
}

/** @param {import("./outbox.js").Phone} phone @param {string} url */
export const dropPage = (phone, url) => drop(phone.db, "pages", url);
