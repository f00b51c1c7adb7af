// @ts-check
/**
 * On the page of answers to check: what the server would say of them, by the same rules, with a network or without.
 * What only the server knows (registers, other cases) is named as left to it; nothing here keeps anybody from submitting.
 */
import { show } from "./form-read.js";
import { aside, asks, filled } from "./form-say.js";
import { evaluate } from "./rules.js";

/** @typedef {{at?: string, text: string, clause?: string, soft?: boolean}} Line */

/** @param {import("./form.js").Sheet} sheet @param {any} told @returns {{wrong: Line[], soft: Line[], later: Line[]}} */
export function foretell(sheet, told = {}) {
  const wrong = /** @type {Line[]} */ ([]), soft = /** @type {Line[]} */ ([]), later = /** @type {Line[]} */ ([]);
  for (const [at, text] of sheet.unread) if (sheet.place(at)) wrong.push({ at, text });
  for (const at of sheet.shape.required) {
    const value = sheet.value(at), place = sheet.place(at);
    if (place && !sheet.unread.has(at) && !(at.slice(1).split("/")[0] in sheet.tree.held) && (value === null || value?.length === 0)) wrong.push({ at, text: asks(sheet, at, place) });
  }
  for (const { at, check } of sheet.shape.failed) (check.soft ? soft : wrong).push({ at, text: filled(sheet, check), clause: check.clause });
  const env = { ...told.env, ...sheet.shape.env };
  for (const [, rule] of Object.entries(told.rules ?? {})) {
    const line = { text: said(sheet, rule, env), clause: rule.clause, at: place(sheet, rule) };
    const asked = rule.when ? known(rule.when, env) : true, passes = asked === true ? known(rule.test, env) : true;
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

/** What a rule gives, null where that is not known here. @param {any} tree @param {any} env @returns {any} */
export function known(tree, env) {
  try {
    return evaluate(tree, env) ?? null;
  } catch {
    return null;        // a rule about the case's past, which only the server has
  }
}

/**
 * What the answers so far decide already, at the last question that was left of those that a rule reads.
 * @param {any} sheet @param {any} told @returns {Map<string, string[]>}
 */
export function early(sheet, told) {
  const env = { ...told.env, ...sheet.shape.env }, found = /** @type {Map<string, string[]>} */ (new Map());
  for (const rule of /** @type {any[]} */ (Object.values(told.rules ?? {}))) {
    const own = new Set(rule.names.map((/** @type {string} */ n) => n.startsWith(sheet.tree.prefix) && n.slice(sheet.tree.prefix.length).split(".")[0]));
    const at = [...sheet.fields.keys()].filter((id) => own.has(id) && sheet.left.has(`/${id}`)).pop();
    if (!at || (rule.when && known(rule.when, env) !== true) || known(rule.test, env) !== false) continue;
    const line = told.words[rule.soft ? "soft" : "hard"].replace("{text}", () => said(sheet, rule, env)) + (rule.clause ? aside(sheet, rule.clause) : "");
    found.set(`/${at}`, [...(found.get(`/${at}`) ?? []), line]);
  }
  return found;
}

/** The first field of this form that a rule reads. @param {any} sheet @param {any} rule */
export function place(sheet, rule) {
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

/** @param {any} sheet @param {Record<string, Line[]>} found */
function paint(sheet, found) {
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

/** @param {any} sheet @param {any} told */
function review(sheet, told) {
  const found = foretell(sheet, told);
  paint(sheet, found);
  if (!told.unique?.length) return;
  const more = (/** @type {import("./form-alone.js").Found} */ one) => paint(sheet, { ...found, wrong: [...found.wrong, ...one.wrong], later: [...found.later, ...one.later] });
  import("./form-alone.js").then(({ judge }) => judge(sheet, told, more)).catch(() => {});      // not on this device: the server will say it
}

for (const data of /** @type {Iterable<HTMLElement>} */ (globalThis.document?.querySelectorAll("[data-foretold]") ?? [])) {
  const told = { words: data.dataset, ...JSON.parse(data.textContent ?? "{}") }, form = data.closest("form");
  form?.addEventListener("tb:early", (event) => {
    const sheet = /** @type {CustomEvent} */ (event).detail;
    sheet.early = early(sheet, told);
  });
  form?.addEventListener("tb:review", (event) => review(/** @type {CustomEvent} */ (event).detail, told));
}
