// @ts-check
/** The queue page: each record's state in words, and what its person can do with it. */
import { answer, content, remove, rows } from "./outbox.js";
import { drafts, dropDraft } from "./drafts.js";
import { changed, phone, send } from "./offline.js";
import { draw, moment, named, show, size, unlisted, when } from "./queue-dom.js";
import { importFile, saveFile } from "./queue-file.js";
import { whoAmI } from "./sync.js";

const waiting = /** @type {HTMLElement} */ (document.querySelector("#waiting"));
const sent = /** @type {HTMLElement} */ (document.querySelector("#sent-list"));
const begun = /** @type {HTMLElement} */ (document.querySelector("#drafts"));
let drawing = 0;

async function paint() {
  const mine = ++drawing;
  const here = await phone;
  unlisted(here);
  if (!here) return;
  const list = await rows(here);
  const items = await Promise.all(list.map((row) => item(here, row)));
  const open = await Promise.all((await drafts(here)).map(async (d) => draftItem(here, d)));
  if (mine !== drawing) return;       // a newer painting has begun
  waiting.replaceChildren(...items.filter((_, i) => list[i].state !== "sent"));
  sent.replaceChildren(...items.filter((_, i) => list[i].state === "sent").reverse());
  begun.replaceChildren(...open);
  const left = waiting.childElementCount;
  show("[data-empty]", !left);
  show("[data-some]", list.some((row) => row.state === "ready"));
  show('[data-do="export-all"]', left > 0);
  show("[data-sent]", sent.childElementCount > 0);
  show("[data-drafts]", open.length > 0);
}

/** @param {import("./outbox.js").Phone} here @param {import("./outbox.js").Row} row */
async function item(here, row) {
  const what = await content(here, row);
  const said = await answer(here, row);
  const state = row.state === "ready" && row.tries ? (row.asked ? "unsure" : "retry") : row.state;
  const files = what.files.length ? what.files.length : null;
  const node = draw(`record-${state}`, {
    ...named(what.title), made: what.captured_at, files, size: files ? size(what.files.reduce((n, f) => n + f.size, 0)) : null,
    who: what.on_behalf?.name, next: row.state === "ready" && row.next ? moment(row.next) : null, tries: row.tries || null,
    number: said?.number, received: said?.at, url: said?.url, why: reasons(said),
    edit: row.asked ? null : `${what.url}?record=${row.key}`, conflict: `/phone/conflict#${row.key}`,
  });
  node.dataset.key = row.key;
  const lines = node.querySelector("dl");
  lines?.append(...what.show.map(([, label, text]) => draw("line", { label, text })));
  when(node, "send", () => press(send(true)));
  when(node, "export", () => save([row.key]));
  when(node, "remove", () => throwAway(here, row.key, what.title));
  return node;
}

/** @param {any} said */
const reasons = (said) => (said?.problems ? said.problems.map((/** @type {any} */ p) => p.text).join("；") : said?.detail) ?? null;

/** @param {import("./outbox.js").Phone} here @param {import("./drafts.js").Draft} draft */
function draftItem(here, draft) {
  const node = draw("draft", { ...named(draft.title), made: draft.at, url: draft.url });
  when(node, "remove", async () => { if (await sure(draft.title)) { await dropDraft(here, draft.id); await paint(); } });
  return node;
}

/** @param {import("./outbox.js").Phone} here @param {string} key @param {string} title */
async function throwAway(here, key, title) {
  if (!await sure(title)) return;
  await remove(here, key);
  await changed();
}

/** @param {string} title @returns {Promise<boolean>} */
function sure(title) {
  const dialog = /** @type {HTMLDialogElement} */ (document.querySelector("#remove-dialog"));
  const place = /** @type {HTMLElement} */ (dialog.querySelector("[data-title]"));
  place.textContent = title;
  dialog.returnValue = "";
  dialog.showModal();
  return new Promise((done) => { dialog.addEventListener("close", () => done(dialog.returnValue === "remove"), { once: true }); });
}

/** @param {string[]} [keys] */
async function save(keys) {
  const here = await phone;
  if (!here) return;
  await saveFile(here, keys);
}

/** @param {Promise<any>} sending */
async function press(sending) {
  const outcome = await sending;
  show("[data-not-reached]", outcome === "later");
  await paint();
}

/** @param {HTMLInputElement} input */
async function bring(input) {
  const here = await phone;
  const file = input.files?.[0];
  if (!here || !file) return;
  for (const told of ["added", "format", "account", "damaged"]) show(`[data-import="${told}"]`, false);
  try {
    const { added } = await importFile(here, file);
    const place = document.querySelector('[data-import="added"]');
    if (place instanceof HTMLElement) place.textContent = (place.dataset.words ?? "").replace("{n}", String(added));
    show('[data-import="added"]', true);
    await changed();
    await press(send(true));
  } catch (e) {
    show(`[data-import="${/** @type {Error} */ (e).name}"]`, true);
  }
  input.value = "";
}

/** Somebody signed in here who is not the person of this store, or nobody: nothing of it is shown or given out. */
async function mayShow() {
  const [here, me] = [await phone, await whoAmI(fetch.bind(globalThis))];
  const may = !me || !here || me.account === here.account;
  show("[data-not-yours]", !may && Boolean(me.account));
  show("[data-signed-out]", !may && !me.account);
  if (!may) {
    drawing += 1;
    for (const list of [waiting, sent, begun]) list.replaceChildren();
    for (const part of ["empty", "some", "sent", "drafts", "listed"]) show(`[data-${part}]`, false);
  }
  return may;
}

if (await mayShow()) {
  when(document.body, "send-all", () => press(send(true)));
  when(document.body, "export-all", () => save());
  document.querySelector("#import")?.addEventListener("change", (e) => bring(/** @type {HTMLInputElement} */ (e.target)));
  // The page may have opened without a network, and only now be told that the session is over.
  document.addEventListener("tb:outbox", async () => { if (await mayShow()) await paint(); });
  await paint();
}
