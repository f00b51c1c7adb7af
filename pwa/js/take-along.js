// @ts-check
/** What to have on the phone without a network: chosen procedures and held tasks, each with its size. */
import { keepPage, dropPage, mayKeep, pages } from "./offline-pages.js";
import { phone } from "./offline.js";
import { draw, named, show, size, unlisted } from "./queue-dom.js";

/** @typedef {{url: string, title: string, note: string, version: string, seq: number | null, kind: string, size?: number}} Item */

/** @returns {Promise<Item[] | null>} null: no network */
async function menu() {
  try {
    const response = await fetch("/phone/menu", { cache: "no-store" });
    return response.ok ? (await response.json()).items : null;
  } catch {
    return null;
  }
}

/** @param {import("./outbox.js").Phone} here @param {string} url */
async function take(here, url) {
  const response = await fetch(url, { cache: "no-store" });
  const html = await response.text();
  if (!response.ok || response.redirected || !mayKeep(html, here.account)) throw new Error(url);
  await keepPage(here, url, html, "taken");
  await streets(html).catch(() => {});      // without them the form can be filled in all the same, down to the county
}

/** Streets of the cities that the form has chosen, or of its person's: a few kilobytes each. @param {string} html */
async function streets(html) {
  const page = new DOMParser().parseFromString(html, "text/html"), place = /** @type {HTMLElement | null} */ (page.querySelector('[data-depth="9"]'));
  if (!place || !globalThis.caches) return;
  const home = /** @type {HTMLElement} */ (page.querySelector("[data-outbox]"))?.dataset.home ?? "", tree = place.dataset.levels ?? "";
  const chosen = [...page.querySelectorAll('[data-depth="9"] option[selected]')].map((option) => /** @type {HTMLOptionElement} */ (option).value);
  const cities = new Set([home, ...chosen].map((code) => code.slice(0, 4)).filter((city) => city.length === 4 && !city.endsWith("00")));
  await (await caches.open(`tongban-${tree.split("/")[2]}`)).addAll([...cities].map((city) => tree.replace("regions.json", `streets/${city}.json`)));
}

async function paint() {
  const here = await phone;
  unlisted(here);
  if (!here) return;
  const [offered, kept] = await Promise.all([menu(), pages(here)]);
  const have = new Map(kept.map((p) => [p.url, p]));
  show("[data-no-menu]", !offered);
  const items = offered ?? kept.map((p) => ({ url: p.url, title: p.title, note: "", version: p.version ?? "", seq: p.seq ?? null, kind: p.kind ?? "new" }));
  for (const kind of ["task", "new"]) {
    const list = /** @type {HTMLElement} */ (document.querySelector(`#take-${kind}`));
    const some = items.filter((i) => i.kind === kind);
    list.replaceChildren(...some.map((i) => line(here, i, have.get(i.url))));
    show(`[data-none="${kind}"]`, !some.length);
  }
  await refresh(here, items, have);
  await total(here);
  if (offered) await weigh(offered);
}

/** The server weighs a few forms at a time: the sizes of the others follow into their lines. @param {Item[]} offered */
async function weigh(offered) {
  for (let times = 0, left = offered; times < 12 && left.some((i) => !i.size); times += 1) {
    const now = await menu();
    if (!now) return;
    left = now;
    const known = new Map(left.map((i) => [i.url, i.size]));
    for (const place of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("li[data-url] [data-slot=about]"))) {
      const line = /** @type {HTMLElement} */ (place.closest("li")), url = line.dataset.url ?? "", bytes = known.get(url);
      if (!known.has(url)) line.remove();       // on a closer look there is no form to fill in
      else if (bytes) place.textContent = (place.dataset.words ?? "{n}").replace("{n}", size(bytes));
    }
  }
}

/** @param {import("./outbox.js").Phone} here @param {Item} item @param {import("./offline-pages.js").Kept | undefined} kept */
function line(here, item, kept) {
  const node = draw("take-item", { ...named(item.title), note: item.note, size: kept ? size(kept.size) : null, about: kept ? null : item.size ? size(item.size) : "…", since: kept?.made, url: item.url });
  const box = /** @type {HTMLInputElement} */ (node.querySelector("input"));
  box.checked = kept?.how === "taken";
  node.dataset.url = item.url;
  box.addEventListener("change", async () => {
    node.dataset.busy = "";
    const done = await (box.checked ? take(here, item.url) : dropPage(here, item.url)).then(() => true, () => false);
    delete node.dataset.busy;
    if (box.checked && done) navigator.storage?.persist?.();
    show("[data-take-failed]", !done);
    if (!done) box.checked = !box.checked;
    else await paint();
  });
  return node;
}

/**
 * Taken forms that changed at the server are fetched again, so that what is filled in tomorrow is today's form; a task
 * that is no longer held is marked by its absence and kept until its person drops it.
 * @param {import("./outbox.js").Phone} here @param {Item[]} items @param {Map<string, import("./offline-pages.js").Kept>} have
 */
async function refresh(here, items, have) {
  for (const item of items) {
    const kept = have.get(item.url);
    if (kept?.how !== "taken") continue;
    const old = Date.now() - kept.made > 3600e3 || (item.version && kept.version !== item.version) || (item.seq && kept.seq !== item.seq);
    if (old) await take(here, item.url).catch(() => {});
  }
}

/** @param {import("./outbox.js").Phone} here */
async function total(here) {
  const bytes = (await pages(here)).reduce((n, p) => n + p.size, 0);
  const room = await navigator.storage?.estimate?.().catch(() => null);
  for (const [name, value] of Object.entries({ pages: bytes, used: room?.usage, quota: room?.quota })) {
    for (const place of document.querySelectorAll(`[data-size="${name}"]`)) place.textContent = value === undefined ? "—" : size(value);
  }
  show("[data-lasting]", await navigator.storage?.persisted?.().catch(() => false) ?? false);
}

await paint();
