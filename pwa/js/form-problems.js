// @ts-check
/** What the server found in a submission: all of it in one list with ways to the places, and each at its question. */
import { aside, near, say } from "./form-say.js";

/** @typedef {{at: string, text?: string, level?: string, clause?: string}} Problem */

/** @param {import("./form.js").Sheet} sheet @param {Problem[]} problems */
export function tell(sheet, problems) {
  const told = problems.filter((one) => one.text), wrong = told.filter((one) => one.level !== "warning");
  for (const kind of /** @type {const} */ (["warn", "error"])) {
    /** @type {Map<string, string[]>} */ const words = new Map();
    for (const one of told) {
      const at = near(sheet, one.at ?? "");
      if (at && (kind === "error") === wrong.includes(one)) words.set(at, [...(words.get(at) ?? []), one.text ?? ""]);
    }
    for (const [at, said] of words) { sheet.left.add(at); say(sheet, at, kind, said); }
  }
  listed(sheet, wrong)?.focus();
}

/** @param {import("./form.js").Sheet} sheet @param {Problem[]} problems */
function listed(sheet, problems) {
  const blank = /** @type {HTMLTemplateElement | null} */ (sheet.root.querySelector("[data-told]"));
  for (const old of document.querySelectorAll("#problems, .foretell")) old.remove();
  if (!blank || !problems.length) return null;
  const box = /** @type {HTMLElement} */ (/** @type {Element} */ (blank.content.firstElementChild).cloneNode(true));
  const title = /** @type {HTMLElement} */ (box.querySelector("h2")), list = box.querySelector("ul");
  title.textContent = (title.textContent ?? "").replace("{n}", String(problems.length));
  for (const { at, text, clause } of problems) {
    const item = document.createElement("li"), place = near(sheet, at ?? ""), row = sheet.place(place)?.closest("[data-row]")?.firstElementChild?.textContent;
    const words = row ? text + aside(sheet, row) : text ?? "";
    item.append(place ? Object.assign(document.createElement("a"), { href: `#f${place.replaceAll("/", "-")}`, textContent: words }) : words);
    if (clause) item.append(aside(sheet, clause));
    list?.append(item);
  }
  sheet.form.before(box);
  return box;
}
