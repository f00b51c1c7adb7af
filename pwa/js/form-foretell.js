// @ts-check
/**
 * On the page of answers to check: what the server would say of them, by the same rules, with a network or without.
 * What only the server knows (registers, other cases) is named as left to it; nothing here keeps anybody from submitting.
 */
import { show } from "./form-read.js";
import { asks, filled } from "./form-say.js";
import { evaluate } from "./rules.js";

/** @typedef {{at?: string, text: string, clause?: string, soft?: boolean}} Line */

/** @param {import("./form.js").Sheet} sheet @param {any} told @returns {{wrong: Line[], soft: Line[], later: Line[]}} */
export function foretell(sheet, told = {}) {
  const wrong = /** @type {Line[]} */ ([]), soft = /** @type {Line[]} */ ([]), later = /** @type {Line[]} */ ([]);
  for (const at of sheet.shape.required) {
    const value = sheet.value(at), place = sheet.place(at);
    if (place && !(at.slice(1).split("/")[0] in sheet.tree.held) && (value === null || value?.length === 0)) wrong.push({ at, text: asks(sheet, at, place) });
  }
  for (const { at, check } of sheet.shape.failed) (check.soft ? soft : wrong).push({ at, text: filled(sheet, check), clause: check.clause });
  const env = { ...told.env, ...sheet.shape.env };
  for (const [, rule] of Object.entries(told.rules ?? {})) {
    const line = { text: said(sheet, rule, env), clause: rule.clause, at: place(sheet, rule) };
    const asked = rule.when ? truth(rule.when, env) : true, passes = asked === true ? truth(rule.test, env) : true;
    if (asked === null || passes === null) {
      const own = rule.names.length > 0 && rule.names.every((/** @type {string} */ n) => n in sheet.shape.env || n in (told.env ?? {}));
      // An unknown that comes from a blank answer is told at that answer.
      if (!own || beyond(rule.test) || rule.names.every((/** @type {string} */ n) => (env[n] ?? null) !== null)) later.push({ text: rule.label[sheet.lang] ?? rule.label.zh, clause: rule.clause });
    } else if (passes !== true) (rule.soft ? soft : wrong).push(line);
  }
  return { wrong, soft, later };
}

/** Whether a rule reads what only the server knows. @param {any} tree @returns {boolean} */
function beyond(tree) {
  return Array.isArray(tree) && (tree[0] === "fact" || tree.some(beyond));
}

/** @param {any} tree @param {any} env @returns {boolean | null} */
function truth(tree, env) {
  try {
    return evaluate(tree, env) ?? null;
  } catch {
    return null;        // a rule about the case's past, which only the server has
  }
}

/** The first field of this form that a rule reads. @param {any} sheet @param {any} rule */
function place(sheet, rule) {
  const name = rule.names.find((/** @type {string} */ n) => n.startsWith(sheet.tree.prefix) && sheet.fields.has(n.slice(sheet.tree.prefix.length).split(".")[0]));
  return name && `/${name.slice(sheet.tree.prefix.length).split(".")[0]}`;
}

/** @param {any} sheet @param {any} rule @param {any} env */
function said(sheet, rule, env) {
  let whole = true;
  const text = (rule.say[sheet.lang] ?? rule.say.zh).replace(/\{([^}]+)\}/g, (/** @type {string} */ all, /** @type {string} */ name) => {
    const at = name in env ? name : sheet.tree.prefix + name, value = env[at] ?? null;
    if (value === null) whole = false;
    return show(sheet.fields.get(at.slice(sheet.tree.prefix.length)) ?? {}, value, sheet.lang);
  });
  return whole ? text : rule.label[sheet.lang] ?? rule.label.zh;
}

/** @param {any} sheet @param {any} told */
function paint(sheet, told) {
  const found = /** @type {Record<string, Line[]>} */ (foretell(sheet, told));
  const part = (/** @type {string} */ name) => /** @type {HTMLElement} */ (/** @type {any} */ (sheet.form.querySelector(`template[data-foretell="${name}"]`)).content.firstElementChild.cloneNode(true));
  for (const old of sheet.form.querySelectorAll(".foretell")) old.remove();
  const names = Object.keys(found).filter((name) => found[name].length);
  // What only the server can judge is told once nothing else stands in the way.
  const boxes = (found.wrong.length ? names.filter((name) => name !== "later") : ["well", ...names]).map((name) => {
    const box = part(name);
    box.querySelector("ul")?.append(...found[name].map((line) => {
      const item = part("line"), button = /** @type {HTMLButtonElement} */ (item.querySelector("button"));
      /** @type {HTMLElement} */ (item.querySelector("[data-text]")).textContent = line.text;
      const clause = /** @type {HTMLElement} */ (item.querySelector("[data-clause]")), page = line.at && sheet.place(line.at)?.closest("[data-page]")?.dataset.page;
      if (line.clause) clause.textContent = line.clause; else clause.remove();
      if (page && name !== "later") button.value = page; else button.remove();
      return item;
    }));
    return box;
  });
  sheet.root.querySelector("[data-check]")?.before(...boxes);
}

for (const data of globalThis.document?.querySelectorAll("[data-foretold]") ?? []) {
  data.closest("form")?.addEventListener("tb:review", (event) => paint(/** @type {CustomEvent} */ (event).detail, JSON.parse(data.textContent ?? "{}")));
}
