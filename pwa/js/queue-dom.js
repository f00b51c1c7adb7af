// @ts-check
/** Small things that the phone's own pages draw with: templates from the page with slots, no text and no markup in scripts. */

/**
 * A copy of `<template id>` with its `data-slot` places filled; a slot whose value is null or empty is taken out, with the
 * words around it where they stand in `data-with`.
 * @param {string} id @param {Record<string, string | number | null | undefined>} slots @returns {HTMLElement}
 */
export function draw(id, slots) {
  const template = /** @type {HTMLTemplateElement} */ (document.getElementById(id));
  const node = /** @type {HTMLElement} */ (/** @type {Element} */ (template.content.firstElementChild).cloneNode(true));
  for (const place of /** @type {HTMLElement[]} */ ([node, ...node.querySelectorAll("[data-slot]")])) {
    const name = place.dataset.slot;
    if (!name) continue;
    const value = slots[name];
    if (value === null || value === undefined || value === "") (place.closest("[data-with]") ?? place).remove();
    else put(place, String(value));
  }
  return node;
}

/** @param {HTMLElement} place @param {string} value */
function put(place, value) {
  if (place instanceof HTMLAnchorElement && place.dataset.to === "") place.href = value;
  else if (place.dataset.words) place.textContent = place.dataset.words.replace("{n}", value);
  else if (place instanceof HTMLTimeElement) { place.dateTime = new Date(isNaN(Number(value)) ? value : Number(value)).toISOString(); place.textContent = moment(place.dateTime); }
  else place.textContent = value;
}

const day = () => new Intl.DateTimeFormat(document.documentElement.lang, { month: "long", day: "numeric", hour: "2-digit", minute: "2-digit", hour12: false, timeZone: "Asia/Shanghai" });      // as the server writes it
/** @param {string | number} at */
export const moment = (at) => day().format(new Date(at));

/** "task · whom it is about": whom it is about tells one visit of a day from the next, so it stands first. @param {string} title */
export function named(title) {
  const at = title.lastIndexOf(" · ");
  return at < 0 ? { title, what: null } : { title: title.slice(at + 3), what: title.slice(0, at) };
}

/** @param {number} bytes */
export const size = (bytes) => (bytes >= 1073741824 ? `${(bytes / 1073741824).toFixed(1)} GB` : bytes >= 1048576 ? `${(bytes / 1048576).toFixed(1)} MB` : `${Math.ceil(bytes / 1024)} KB`);

/** @param {string} selector @param {boolean} on */
export function show(selector, on) {
  for (const place of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll(selector))) place.hidden = !on;
}

/** Why nothing is listed: nobody is signed in, or this browser keeps nothing. @param {unknown} here the opened store */
export function unlisted(here) {
  const nobody = Boolean(globalThis.crypto?.subtle && globalThis.indexedDB) && !document.body.dataset.person;
  show("[data-nobody]", !here && nobody);
  show("[data-nothing-kept]", !here && !nobody);
  show("[data-listed]", Boolean(here));
}

/** @param {HTMLElement} root @param {string} action @param {() => any} work */
export function when(root, action, work) {
  for (const button of root.querySelectorAll(`[data-do="${action}"]`)) button.addEventListener("click", work);
}

/** The same answer whatever stands between its parts. @param {string} [text] */
const plain = (text) => text?.replace(/[\s、，,]/g, "");

/**
 * Each field once, in the order of the person's form, then what only the case has.
 * @param {[string, string, string][]} mine @param {[string, string, string][]} theirs
 * @returns {{label: string, mine: string, theirs: string, same: boolean}[]}
 */
export function beside(mine, theirs) {
  const now = new Map(theirs.map(([id, label, text]) => [id, { label, text }]));
  const lines = mine.map(([id, label, text]) => {
    const other = now.get(id);
    now.delete(id);
    return { label: other?.label ?? label, mine: text, theirs: other?.text ?? "", same: plain(other?.text) === plain(text) };
  });
  return [...lines, ...[...now.values()].map(({ label, text }) => ({ label, mine: "", theirs: text, same: false }))];
}
