// @ts-check
/** The pages of a form: one after the other, what each still needs, and the way back by the browser's own button. */
import { full } from "./form-read.js";
import { asks, checks } from "./form-say.js";
import { review } from "./form-check.js";

/** @typedef {import("./form.js").Sheet} Sheet */

/** A button was pressed: the page before or named, or the next when this one has what it needs. @param {Sheet} sheet @param {string} to */
export async function turn(sheet, to) {
  const here = sheet.here(), order = sheet.order();
  if (to !== "next") return go(sheet, to);
  const saved = sheet.save();
  if (missing(sheet, here)) return undefined;
  await Promise.race([saved, new Promise((done) => setTimeout(done, 1200))]);
  if (missing(sheet, here)) return undefined;
  return go(sheet, order[Math.min(order.indexOf(here) + 1, order.length - 1)]);
}

/** Tell what the page still needs, and go to the first. @param {Sheet} sheet @param {string} id */
function missing(sheet, id) {
  const page = sheet.page(id), shape = sheet.shape, raw = sheet.raw();
  for (const place of /** @type {NodeListOf<HTMLElement>} */ (page.querySelectorAll(".q[data-at]:not([hidden])"))) {
    const at = place.dataset.at ?? "", keys = at.slice(1).split("/");
    if (keys.length > 1 && !full(raw[keys[0]]?.[keys[1]])) continue;        // a row nobody began
    sheet.left.add(at);
    sheet.needs.delete(at);
    const held = keys.reduce((part, key) => part?.[key], /** @type {any} */ (raw));
    const chosen = /** @type {HTMLInputElement | null} */ (place.querySelector("[data-attach]"))?.files?.length;     // goes with the form
    if (shape.required.has(at) && !full(held) && !chosen && !(keys[0] in sheet.tree.held)) sheet.needs.set(at, asks(sheet, at, place));
  }
  checks(sheet);
  const wrong = page.querySelector(".q-wrong:not([hidden])");
  const place = wrong ?? unseen(sheet, page);
  if (place) focus(place);
  return place !== null;
}

/** What a rule says of this page's answers holds "continue" up once: it may be a slip, and it may be the end of the matter. @param {Sheet} sheet @param {Element} page */
function unseen(sheet, page) {
  let first = null;
  for (const [at, words] of sheet.early) {
    const place = sheet.place(at);
    if (!place || !page.contains(place) || words.every((word) => sheet.shown.has(word))) continue;
    for (const word of words) sheet.shown.add(word);
    first ??= place;
  }
  return first;
}

/** @param {Sheet} sheet @param {string} id @param {boolean} [push] @param {boolean} [look] */
function go(sheet, id, push = true, look = true) {
  if (!sheet.steps || !sheet.page(id)) return;
  const order = sheet.order(), n = order.indexOf(id), last = id === "check", root = sheet.root;
  for (const page of /** @type {NodeListOf<HTMLElement>} */ (root.querySelectorAll("[data-page]"))) page.hidden = page.dataset.page !== id;
  /** @type {HTMLInputElement} */ (root.querySelector('[name="_here"]')).value = id;
  const [back, next, ends] = ["[data-back]", "[data-next]", "[data-last]"].map((s) => /** @type {any} */ (root.querySelector(s)));
  back.hidden = n < 1;
  back.value = order[n - 1] ?? "";
  next.hidden = last;
  ends.hidden = !last;
  const step = /** @type {HTMLElement | null} */ (root.querySelector("[data-step]"));
  const title = sheet.page(id).querySelector(".page-title");
  if (step) step.textContent = last ? title?.textContent ?? "" : (step.dataset.words ?? "").replace("{n}", String(n + 1)).replace("{all}", String(order.length - 1));
  root.querySelector("[data-way] progress")?.setAttribute("value", String(n + 1));
  root.querySelector("[data-way]")?.removeAttribute("open");
  for (const button of root.querySelectorAll("[data-to] button")) {
    button.removeAttribute("aria-current");
    if (button.closest("[data-to]")?.getAttribute("data-to") === id) button.setAttribute("aria-current", "step");
  }
  if (last) review(sheet);
  const url = new URL(location.href);
  url.searchParams.set("page", id);
  if (push) history.pushState(null, "", url);
  if (look) { scrollTo(0, 0); /** @type {HTMLElement | null} */ (title)?.focus(); }
}

/**
 * To the page that the address names. What the server sent shows it already; a copy on the device may show another.
 * @param {Sheet} sheet @param {boolean} [back]
 */
export function where(sheet, back = false) {
  const asked = new URL(location.href).searchParams.get("page"), kept = document.documentElement.hasAttribute("data-kept");
  if (back || (kept && (asked ?? sheet.tree.pages[0].id) !== sheet.here())) go(sheet, asked ?? sheet.order()[0], false, back);
}

/** A way to a question from the list of what is wrong: its page first. @param {Sheet} sheet @param {Event} event */
export function find(sheet, event) {
  const link = /** @type {HTMLElement} */ (event.target).closest?.('a[href^="#f-"]');
  const place = link && document.getElementById(link.getAttribute("href")?.slice(1) ?? "")?.closest(".q");
  if (!place || !sheet.root.contains(place)) return;
  event.preventDefault();
  if (sheet.steps) go(sheet, /** @type {HTMLElement | null} */ (place.closest("[data-page]"))?.dataset.page ?? "", true, false);
  focus(place);
}

/** @param {Element} place */
function focus(place) {
  place.scrollIntoView({ block: "center" });
  /** @type {HTMLElement | null} */ (place.querySelector("input:not([type=hidden]):not([hidden]), select, textarea, [tabindex]"))?.focus({ preventScroll: true });
}
