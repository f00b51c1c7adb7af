// @ts-check
/** What is told at the questions of a form: problems of its checks, what is missing, what the server could not read. */
import { show } from "./form-read.js";

/** @typedef {import("./form.js").Sheet} Sheet */

/** Checks of the form, at fields that were left. @param {Sheet} sheet */
export function checks(sheet) {
  /** @type {Map<string, string[]>} */ const wrong = new Map(), /** @type {Map<string, string[]>} */ odd = new Map();
  for (const { at, check } of sheet.shape.failed) {
    const list = check.soft ? odd : wrong;
    list.set(at, [...(list.get(at) ?? []), filled(sheet, check)]);
  }
  sheet.early = new Map();
  sheet.root.dispatchEvent(new CustomEvent("tb:early", { bubbles: true, detail: sheet }));
  for (const [at, words] of sheet.early) {
    sheet.left.add(at);
    odd.set(at, [...(odd.get(at) ?? []), ...words]);
  }
  for (const at of sheet.left) {
    const own = sheet.unread.get(at) ?? sheet.needs.get(at);
    say(sheet, at, "error", own ? [own] : wrong.get(at) ?? []);
    say(sheet, at, "warn", odd.get(at) ?? []);
  }
}

/** The words of a check with the answers that they name. @param {Sheet} sheet @param {any} check @returns {string} */
export function filled(sheet, check) {
  const said = check.say[sheet.lang] ?? check.say.zh;
  return said.replace(/\{(\w+)\}/g, (/** @type {string} */ all, /** @type {string} */ name) => {
    const long = check.names?.find((/** @type {string} */ n) => n.split(".").pop() === name);
    const value = long && sheet.shape.env[long];
    const field = sheet.fields.get(name) ?? [...sheet.fields.values()].flatMap((f) => f.fields ?? []).find((f) => f.id === name);
    return long ? show(field ?? {}, value ?? null, sheet.lang) || "—" : all;
  });
}

/** @param {Sheet} sheet @param {string} at @param {"error" | "warn"} kind @param {string[]} words */
export function say(sheet, at, kind, words) {
  const place = sheet.place(at);
  const line = /** @type {HTMLElement | null | undefined} */ (place?.querySelector(`:scope > .q-${kind}`));
  if (!place || !line || line.dataset.said === words.join("\n")) return;
  line.replaceChildren(...words.map((word) => Object.assign(document.createElement("span"), { textContent: word })));
  line.dataset.said = words.join("\n");
  line.hidden = !words.length;
  if (kind === "warn") return;
  place.classList.toggle("q-wrong", words.length > 0);
  for (const control of place.querySelectorAll("input:not([type=hidden]), select, textarea")) {
    if (words.length) control.setAttribute("aria-invalid", "true");
    else control.removeAttribute("aria-invalid");
    const ids = new Set((control.getAttribute("aria-describedby") ?? "").split(" ").filter(Boolean));
    ids[words.length ? "add" : "delete"](line.id);
    control.setAttribute("aria-describedby", [...ids].join(" "));
  }
}

/** In brackets, as the language writes them. @param {{lang: string}} sheet @param {string} words */
export const aside = (sheet, words) => (sheet.lang === "zh" ? `（${words}）` : ` (${words})`);

/** The question that a place belongs to: the region of an address is told at the address. @param {Sheet} sheet @param {string} at */
export function near(sheet, at) {
  while (at && !sheet.place(at)) at = at.slice(0, at.lastIndexOf("/"));
  return at;
}

/** The words for an answer that is missing. @param {Sheet} sheet @param {string} at @param {Element} place @returns {string} */
export function asks(sheet, at, place) {
  const label = (place.querySelector(".q-label")?.firstChild?.textContent ?? "").trim();
  return (sheet.words[sheet.field(at)?.type ?? ""] ?? sheet.words.fill).replace("{label}", label);
}
