// @ts-check
/** The page to check one's answers: in the server's words, and without a network as they stand in the controls. */
import { read, show, written } from "./form-read.js";

/** @typedef {import("./form.js").Sheet} Sheet */

/** @param {Sheet} sheet */
export async function review(sheet) {
  sheet.root.dispatchEvent(new CustomEvent("tb:review", { bubbles: true, detail: sheet }));
  const place = /** @type {HTMLElement} */ (sheet.root.querySelector("[data-check]"));
  place.replaceChildren(...sheet.order().slice(0, -1).map((id) => told(sheet, id, place.dataset.change ?? "")));
  const said = await sheet.save();
  if (!said?.check || sheet.here() !== "check") return;
  const seen = document.createElement("template");
  seen.innerHTML = said.check;
  // Pictures that wait on the device to be sent with the form are shown from there.
  if (seen.content.querySelector("img")) await import("./photos-attach.js").then((kept) => kept.fill(seen.content)).catch(() => {});
  place.replaceChildren(seen.content);
}

/** What the controls of a question hold, as a person reads it. @param {Element} place */
function spoken(place) {
  const seen = place.querySelector("[data-out], .see");
  if (seen) return seen.textContent?.trim() ?? "";
  const picked = [...place.querySelectorAll("input:checked")].map((box) => box.closest("label")?.textContent?.trim());
  if (picked.length) return picked.join("、");
  const typed = [...place.querySelectorAll("input:not([type=hidden], [type=radio], [type=checkbox], [type=file]), select, textarea")];
  return typed.map((c) => /** @type {any} */ (c).selectedOptions?.[0]?.value === "" ? "" : /** @type {any} */ (c).selectedOptions?.[0]?.text ?? /** @type {any} */ (c).value).filter(Boolean).join(" ");
}

/**
 * The answer to a question in the server's words; what cannot be read stands as it was typed. Rows one after the other.
 * @param {Sheet} sheet @param {HTMLElement} place @param {any} raw @returns {string}
 */
function worded(sheet, place, raw) {
  const at = place.dataset.at ?? "", field = sheet.field(at) ?? {}, held = at.slice(1).split("/").reduce((part, key) => part?.[key], raw);
  if (field.type === "group") {
    return [...place.querySelectorAll("[data-rows] > *")].map((row) => /** @type {HTMLElement[]} */ ([...row.querySelectorAll(".q[data-at]:not([hidden])")])
      .map((one) => worded(sheet, one, raw)).filter(Boolean).join(" ")).filter(Boolean).join("；");
  }
  if (held?.image && !held.typed) return sheet.words.signed;
  if (held?.agreed === "true") return sheet.words.agreed;
  return written(field) && !field.auto && held !== undefined ? show(field, read(field, held), sheet.lang) || spoken(place) : spoken(place);
}

/** What one page asks, and the answers. @param {Sheet} sheet @param {HTMLElement} page */
export function lines(sheet, page) {
  const raw = sheet.raw(), asked = /** @type {HTMLElement[]} */ ([...page.querySelectorAll(".page-fields > .q[data-field]:not([hidden])")]);
  return asked.map((one) => ({ id: one.dataset.field ?? "", label: one.querySelector(".q-label")?.firstChild?.textContent?.trim() ?? "", text: worded(sheet, one, raw) }));
}

/** The answers of one page as a list, with the way back. @param {Sheet} sheet @param {string} id @param {string} change */
function told(sheet, id, change) {
  const made = (/** @type {string} */ tag, /** @type {any} */ of, /** @type {(Node | string)[]} */ ...inside) => {
    const one = Object.assign(document.createElement(tag), of);
    one.append(...inside);
    return one;
  };
  const page = sheet.page(id), title = page.querySelector(".page-title")?.textContent ?? "";
  const button = made("button", { className: "linkish", type: "submit", name: "_go", value: id, formNoValidate: true }, change, made("span", { className: "sr" }, ` ${title}`));
  const list = lines(sheet, page).map(({ label, text }) => made("div", {}, made("dt", {}, label), made("dd", {}, text || "—")));
  return made("section", { className: "sum" }, made("h3", { className: "sum-title" }, title, button), made("dl", { className: "sum-list" }, ...list));
}
