// @ts-check
/** What opens in place of a page that needs the network: the tasks, forms and drafts on this device, and what waits. */
import { drafts } from "./drafts.js";
import { pages } from "./offline-pages.js";
import { content, rows } from "./outbox-rows.js";
import { phone } from "./offline.js";
import { whoAmI } from "./sync.js";
import { draw, named, show, when } from "./queue-dom.js";

const words = /** @type {HTMLElement} */ (document.querySelector("#words")).dataset;

let drawn = "";

async function paint() {
  const here = await phone;
  const waiting = here ? await Promise.all((await rows(here)).filter((r) => r.state !== "sent").map((r) => content(here, r))) : [];
  const done = new Map(waiting.filter((w) => w.case).map((w) => [w.url, w.captured_at]));
  const open = here ? await drafts(here) : [];
  const begun = new Set(open.map((d) => d.url));
  const kept = here ? (await pages(here)).filter((p) => !p.url.includes("?")) : [];
  const seen = JSON.stringify([waiting.map((w) => [w.url, w.captured_at]), open.map((d) => [d.url, d.at]), kept]);
  if (seen === drawn) return;         // a list drawn anew under a finger swallows the tap
  drawn = seen;
  const tasks = kept.filter((p) => p.kind === "task"), fresh = kept.filter((p) => p.kind !== "task");
  const left = tasks.filter((p) => !done.has(p.url));
  const line = (/** @type {import("./offline-pages.js").Kept} */ p) => draw("kept-item", { url: p.url, ...named(p.title), at: p.made, how: words[p.how] });
  list("#kept-tasks", [...left.filter((p) => !begun.has(p.url)).map(line),
    ...tasks.filter((p) => done.has(p.url)).map((p) => draw("done-item", { url: "/phone/queue", ...named(p.title), at: done.get(p.url) }))]);
  list("#kept-new", fresh.map(line));
  list("#drafts", open.map((d) => draw("kept-item", { url: d.url, ...named(d.title), at: d.at, how: words.draft })));
  show("[data-tasks]", Boolean(document.querySelector("#kept-tasks")?.childElementCount));
  show("[data-new]", fresh.length > 0);
  show("[data-drafts]", open.length > 0);
  show("[data-none]", !kept.length && !open.length);
  for (const [name, n] of Object.entries({ waiting: waiting.length, drafts: open.length, tasks: left.length })) {
    for (const place of document.querySelectorAll(`[data-count="${name}"]`)) place.textContent = String(n);
  }
}

/** @param {string} where @param {HTMLElement[]} lines */
const list = (where, lines) => document.querySelector(where)?.replaceChildren(...lines);

when(document.body, "retry", () => location.reload());
// "online" only says that there is some network: the page that was asked for is tried when the server answers.
addEventListener("online", async () => { if (location.pathname !== "/phone/offline" && await whoAmI(fetch.bind(globalThis))) location.reload(); });
document.addEventListener("tb:outbox", () => paint());
show("[data-elsewhere]", !["/", "/phone/offline"].includes(location.pathname));
await paint();
