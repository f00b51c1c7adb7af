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
export function foretell(sheet, told = {}, waiting = /** @type {Record<string, Record<string, string>>} */ ({})) {
  const wrong = /** @type {Line[]} */ ([]), soft = /** @type {Line[]} */ ([]), later = /** @type {Line[]} */ ([]);
  for (const at of sheet.shape.required) {
    const value = sheet.value(at), place = sheet.place(at);
    if (place && !(at.slice(1).split("/")[0] in sheet.tree.held) && (value === null || value?.length === 0)) wrong.push({ at, text: asks(sheet, at, place) });
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
  const mine = keys(sheet, told);
  for (const one of told.unique ?? []) {
    const at = place(sheet, one), other = one.held[mine[one.id]] ?? waiting[one.id]?.[mine[one.id]];
    if (other) wrong.push({ at, clause: one.clause, text: `${one.say[sheet.lang] ?? one.say.zh ?? ""} (${other})` });
    else if (at) later.push({ text: told.words?.alone ?? "", clause: one.clause });
  }
  return { wrong, soft, later };
}

/** What this would be about, where only one case may be; nothing where that is not known here or has several parts.
 * @param {any} sheet @param {any} told @returns {Record<string, string>} */
function keys(sheet, told) {
  const found = /** @type {Record<string, string>} */ ({}), env = { ...told.env, ...sheet.shape.env };
  for (const { id, key } of told.unique ?? []) {
    const value = key.length === 1 ? known(key[0], env) : null;
    if (value !== null) found[id] = String(value);
  }
  return found;
}

/** What the records that wait on this device are about. @param {any} sheet @param {any} told @returns {Promise<Record<string, Record<string, string>>>} */
async function waits(sheet, told) {
  const [{ phone }, { content, rows }] = await Promise.all([import("./offline.js"), import("./outbox-rows.js")]), here = await phone;
  const found = /** @type {Record<string, Record<string, string>>} */ ({}), editing = new URLSearchParams(location.search).get("record");
  if (!here) return found;
  for (const row of await rows(here)) {
    if (row.state === "sent" || row.key === editing) continue;
    const was = await content(here, row);
    if (was.case && was.case === sheet.form.dataset.case) continue;
    for (const [id, key] of Object.entries(was.keys ?? {})) (found[id] ??= {})[key] = told.words.waits;
  }
  return found;
}

/** Whether a rule reads what only the server knows. @param {any} tree @returns {boolean} */
function beyond(tree) {
  return Array.isArray(tree) && (tree[0] === "fact" || tree.some(beyond));
}

/** @param {any} tree @param {any} env @returns {any} */
function known(tree, env) {
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
    const line = told.words[rule.soft ? "soft" : "hard"].replace("{text}", () => said(sheet, rule, env)) + (rule.clause ? ` (${rule.clause})` : "");
    found.set(`/${at}`, [...(found.get(`/${at}`) ?? []), line]);
  }
  return found;
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

/** @param {any} sheet @param {any} told @param {any} [waiting] */
function paint(sheet, told, waiting) {
  const found = /** @type {Record<string, Line[]>} */ (foretell(sheet, told, waiting));
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
async function review(sheet, told) {
  paint(sheet, told);
  if (!told.unique?.length) return;
  sheet.form.dataset.keys = JSON.stringify(keys(sheet, told));        // goes into the outbox with the record
  const waiting = await waits(sheet, told).catch(() => ({}));
  if (Object.keys(waiting).length && sheet.here() === "check") paint(sheet, told, waiting);
}

for (const data of /** @type {Iterable<HTMLElement>} */ (globalThis.document?.querySelectorAll("[data-foretold]") ?? [])) {
  const told = { words: data.dataset, ...JSON.parse(data.textContent ?? "{}") }, form = data.closest("form");
  form?.addEventListener("tb:early", (event) => {
    const sheet = /** @type {CustomEvent} */ (event).detail;
    sheet.early = early(sheet, told);
  });
  form?.addEventListener("tb:review", (event) => review(/** @type {CustomEvent} */ (event).detail, told));
}
