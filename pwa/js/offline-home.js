// @ts-check
/** What opens in place of a page that needs the network: the forms and drafts on this device. */
import { drafts } from "./drafts.js";
import { pages } from "./offline-pages.js";
import { phone } from "./offline.js";
import { draw, show, when } from "./queue-dom.js";

const words = /** @type {HTMLElement} */ (document.querySelector("#words")).dataset;
const here = await phone;
const kept = here ? await pages(here) : [];
const open = here ? await drafts(here) : [];
document.querySelector("#kept")?.replaceChildren(...kept.map((p) => draw("kept-item", { url: p.url, title: p.title, at: p.made, how: words[p.how] })));
document.querySelector("#drafts")?.replaceChildren(...open.map((d) => draw("kept-item", { url: d.url, title: d.title, at: d.at, how: words.draft })));
show("[data-none]", !kept.length);
show("[data-drafts]", open.length > 0);
when(document.body, "retry", () => location.reload());
addEventListener("online", () => { if (location.pathname !== "/phone/offline") location.reload(); });
