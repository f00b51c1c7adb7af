// @ts-check
/** Rows of a group: add, copy, remove, totals, and a table pasted from a spreadsheet. */
import { show } from "./form-read.js";
import { checks, say } from "./form-say.js";

const NUMBERED = ["name", "id", "for", "value", "aria-describedby", "data-at", "data-field", "data-name"];

/** @param {import("./form.js").Sheet} sheet */
export function start(sheet) {
  for (const group of /** @type {NodeListOf<HTMLElement>} */ (sheet.root.querySelectorAll(".q-group"))) if (group.querySelector("[data-rows]")) rows(sheet, group);
}

/** @param {import("./form.js").Sheet} sheet @param {HTMLElement} group */
function rows(sheet, group) {
  const id = (group.dataset.at ?? "").slice(1), list = /** @type {HTMLElement} */ (group.querySelector("[data-rows]"));
  const blank = /** @type {HTMLTemplateElement} */ (group.querySelector("[data-blank]"));
  const add = /** @type {HTMLButtonElement} */ (group.querySelector("[data-add]"));
  const field = /** @type {any} */ (sheet.fields.get(id));

  const all = () => /** @type {HTMLElement[]} */ ([...list.children]);
  const changed = () => {
    all().forEach((row, i) => renumber(row, id, i));
    sheet.root.dispatchEvent(new CustomEvent("tb:rows"));
    add.disabled = all().length >= Number(add.dataset.most);
    sheet.form.dispatchEvent(new Event("input", { bubbles: true }));
  };
  const fresh = () => /** @type {HTMLElement} */ (/** @type {DocumentFragment} */ (blank.content.cloneNode(true)).firstElementChild);

  sheet.form.addEventListener("submit", (event) => {
    const button = /** @type {HTMLButtonElement | null} */ (event.submitter);
    if (!button || !group.contains(button) || !/^_(add|copy|drop)$/.test(button.name)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    const row = /** @type {HTMLElement | null} */ (button.closest("[data-row]"));
    let next = row;
    if (button.name === "_add") list.append(next = fresh());
    else if (button.name === "_copy" && row) row.after(next = copy(row, fresh()));
    else if (row) { next = /** @type {HTMLElement | null} */ (row.nextElementSibling ?? row.previousElementSibling); row.remove(); }
    changed();
    if (button.name === "_copy" && row && next) places(row, next);
    /** @type {HTMLElement} */ ((next ?? list).querySelector("input:not([type=hidden]), select, textarea") ?? list).focus();
  }, { capture: true });

  list.addEventListener("paste", (event) => {
    const text = event.clipboardData?.getData("text/plain") ?? "";
    const cell = /** @type {HTMLElement} */ (event.target).closest("[data-at]"), row = cell?.closest("[data-row]");
    if (!row || !/[\t\n]./.test(text)) return;
    event.preventDefault();
    const first = all().indexOf(/** @type {HTMLElement} */ (row));
    const from = field.fields.findIndex((/** @type {any} */ c) => /** @type {HTMLElement} */ (cell).dataset.at?.endsWith(`/${c.id}`));
    const lines = text.replace(/\r/g, "").replace(/\n$/, "").split("\n"), room = Number(add.dataset.most) - first, odd = /** @type {[string, string][]} */ ([]);
    lines.slice(0, room).forEach((line, i) => {
      if (!all()[first + i]) list.append(fresh());
      line.split("\t").forEach((word, j) => {
        const column = field.fields[from + j]?.id;
        if (!put(all()[first + i], column, word.trim())) odd.push([`/${id}/${first + i}/${column}`, word.trim()]);
        else if (column) sheet.left.add(`/${id}/${first + i}/${column}`);
      });
    });
    changed();
    // A word that no choice bears is told at its cell at once: nothing stands there that could be seen to be missing.
    for (const [at, word] of odd) { sheet.left.add(at); sheet.needs.set(at, sheet.words.odd.replace("{word}", word)); }
    say(sheet, `/${id}`, "warn", lines.length > room ? [sheet.words.cut.replace("{n}", String(lines.length - room))] : []);
    checks(sheet);
    /** @type {HTMLElement | null | undefined} */ (sheet.place(odd[0]?.[0] ?? "")?.querySelector("input:not([type=hidden]), select"))?.focus();
  });

  document.addEventListener("tb:filled", async (event) => {
    const raw = /** @type {CustomEvent} */ (event).detail ?? {};
    const wanted = Math.max(0, ...Object.keys(raw).map((name) => (name.startsWith(`${id}.`) ? Number(name.split(".")[1]) + 1 : 0)));
    if (wanted <= all().length) return;
    while (all().length < wanted) list.append(fresh());
    changed();
    (await import("./drafts.js")).fillForm(sheet.form, raw);
  });

  sheet.root.addEventListener("tb:shape", (event) => {
    const values = /** @type {CustomEvent} */ (event).detail.values[id] ?? [];
    for (const out of /** @type {NodeListOf<HTMLElement>} */ (group.querySelectorAll("[data-total]"))) {
      const column = field.fields.find((/** @type {any} */ c) => c.id === out.dataset.total);
      const sum = values.reduce((/** @type {bigint} */ s, /** @type {any} */ row) => s + BigInt(row[column.id] ?? 0), 0n);
      out.textContent = show(column, sum, sheet.lang);
    }
  });
  all().forEach((row, i) => renumber(row, id, i));
}

/** @param {HTMLElement} row @param {string} id @param {number} n */
function renumber(row, id, n) {
  const was = row.dataset.row ?? "";
  row.dataset.row = String(n);
  const legend = /** @type {HTMLElement | null} */ (row.querySelector(":scope > legend"));
  if (legend) legend.textContent = (legend.dataset.words ?? "").replace("{n}", String(n + 1));
  if (was === String(n)) return;
  const place = new RegExp(`(^|[ /]|f-|q-)${id}([./-])${was}(?=$|[ ./-])`, "g");
  for (const part of row.querySelectorAll("*")) {
    for (const name of NUMBERED) {
      const value = part.getAttribute(name);
      if (value?.includes(was)) part.setAttribute(name, value.replace(place, `$1${id}$2${n}`));
    }
  }
}

/** Regions that are chosen level by level: their lists are made as somebody chooses. @param {HTMLElement} from @param {HTMLElement} to */
function places(from, to) {
  const [old, made] = [from, to].map((row) => [...row.querySelectorAll("[data-levels]")]);
  made.forEach((place, i) => place.dispatchEvent(new CustomEvent("tb:choose", { detail: old[i]?.querySelector("input")?.value ?? "" })));
}

/** @param {HTMLElement} from @param {HTMLElement} to */
function copy(from, to) {
  const [old, made] = [from, to].map((row) => /** @type {any[]} */ ([...row.querySelectorAll("input, select, textarea")].filter((control) => !control.closest("[data-levels]"))));
  made.forEach((control, i) => {
    if (control.type === "checkbox" || control.type === "radio") control.checked = old[i]?.checked;
    else if (control.type !== "file") control.value = old[i]?.value ?? "";
  });
  return to;
}

/** One cell of a pasted table: text, or a choice by its words; false where no choice bears them. @param {HTMLElement} row @param {string | undefined} column @param {string} word */
function put(row, column, word) {
  const place = column && row.querySelector(`[data-at$="/${CSS.escape(column)}"]`);
  if (!place) return true;
  const options = /** @type {any[]} */ ([...place.querySelectorAll("option, input[type=radio], input[type=checkbox]")]);
  const said = (/** @type {any} */ o) => (o.text ?? o.closest("label")?.textContent ?? "").trim();
  for (const option of options) {
    const wanted = option.value === word || said(option) === word;
    if (option instanceof HTMLOptionElement) option.selected = wanted;
    else option.checked = wanted;
  }
  if (options.length) return !word || options.some((option) => option.selected || option.checked);
  const control = /** @type {HTMLInputElement | null} */ (place.querySelector("input:not([type=hidden]), textarea"));
  if (control) control.value = control.type === "date" ? word.replace(/[./年月]/g, "-").replace("日", "").replace(/-(\d)(?=-|$)/g, "-0$1") : word;
  return true;
}
