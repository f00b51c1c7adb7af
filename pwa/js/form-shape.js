// @ts-check
/**
 * What a form looks like for given values: the same rounds as server/tongban/engine/answers/shape.py, over the same rule
 * trees, so that the page and the server always agree.
 *
 * @typedef {Record<string, any>} Field
 * @typedef {{values: Record<string, any>, env: Record<string, any>, hidden: Set<string>, pages: Set<string>, required: Set<string>,
 *   readonly: Set<string>, closed: Map<string, Set<string>>, failed: {at: string, field: Field, check: any}[]}} Shape
 */
import { evaluate } from "./rules.js";

const ROUNDS = 10;

/** @param {any} rule @param {Shape} shape @param {boolean} [otherwise] */
const holds = (rule, shape, otherwise = false) => (rule === undefined ? otherwise : rule === true || evaluate(rule, shape.env) === true);

/** @param {any} tree @param {Record<string, any>} values @returns {Shape} */
export function settle(tree, values) {
  const fields = tree.pages.flatMap((/** @type {any} */ page) => page.fields ?? []);
  const known = Object.fromEntries((tree.figures ?? []).map((/** @type {any} */ [key, value]) => [JSON.stringify(key), value]));
  /** @type {Shape} */
  const shape = { values: {}, env: { ...tree.env, $fact: (/** @type {any[]} */ ...key) => known[JSON.stringify(key)] }, hidden: new Set(), pages: new Set(), required: new Set(), readonly: new Set(), closed: new Map(), failed: [] };
  let before = "";
  for (let round = 0; round < ROUNDS; round += 1) {
    enter(tree, fields, values, shape);
    compute(tree, fields, shape);
    const [hidden, pages] = hide(tree, shape);
    const after = JSON.stringify([[...hidden], [...pages], shape.values], (_, v) => (typeof v === "bigint" ? `${v}n` : v));
    if (after === before) break;
    [shape.hidden, shape.pages, before] = [hidden, pages, after];
  }
  each(tree, fields, shape, (field, at, value) => mark(field, at, value, shape));
  return shape;
}

/** @param {any} tree @param {Field[]} fields @param {Record<string, any>} values @param {Shape} shape */
function enter(tree, fields, values, shape) {
  const last = shape.values;
  shape.values = {};
  for (const field of fields) {
    const at = `/${field.id}`;
    let value = shape.hidden.has(at) ? null : (field.computed ? last : values)[field.id] ?? null;
    // A group that nobody need fill in says "none" when it is blank, and not that something is unknown.
    if (field.type === "group" && value === null && field.required === undefined && !field.min && !field.computed && !shape.hidden.has(at)) value = [];
    if (field.type === "group" && value) {
      value = value.map((/** @type {any} */ row, /** @type {number} */ i) => Object.fromEntries(field.fields.map((/** @type {Field} */ c) =>
        [c.id, shape.hidden.has(`${at}/${i}/${c.id}`) ? null : (c.computed ? last[field.id]?.[i] : row)?.[c.id] ?? null])));
    }
    shape.values[field.id] = shape.env[tree.prefix + field.id] = value;
  }
}

/** Walk every shown place; columns see their own row. @param {any} tree @param {Field[]} fields @param {Shape} shape
 * @param {(field: Field, at: string, value: any, row?: any) => void} visit */
function each(tree, fields, shape, visit) {
  for (const field of fields) {
    const at = `/${field.id}`;
    if (shape.hidden.has(at)) continue;
    visit(field, at, shape.values[field.id]);
    rows(tree, field, shape, (row, i) => field.fields.forEach((/** @type {Field} */ c) => {
      if (!shape.hidden.has(`${at}/${i}/${c.id}`)) visit(c, `${at}/${i}/${c.id}`, row[c.id], row);
    }));
  }
}

/** @param {any} tree @param {Field} field @param {Shape} shape @param {(row: any, i: number) => void} visit */
function rows(tree, field, shape, visit) {
  if (field.type !== "group") return;
  (shape.values[field.id] ?? []).forEach((/** @type {any} */ row, /** @type {number} */ i) => {
    for (const c of field.fields) shape.env[`${tree.prefix}${field.id}.${c.id}`] = row[c.id];
    visit(row, i);
  });
  for (const c of field.fields) delete shape.env[`${tree.prefix}${field.id}.${c.id}`];
}

/** @param {any} tree @param {Field[]} fields @param {Shape} shape */
function compute(tree, fields, shape) {
  for (const field of fields) {
    if (field.computed && !shape.hidden.has(`/${field.id}`)) shape.values[field.id] = shape.env[tree.prefix + field.id] = evaluate(field.computed, shape.env);
    rows(tree, field, shape, (row, i) => field.fields.forEach((/** @type {Field} */ c) => {
      if (c.computed && !shape.hidden.has(`/${field.id}/${i}/${c.id}`)) row[c.id] = shape.env[`${tree.prefix}${field.id}.${c.id}`] = evaluate(c.computed, shape.env);
    }));
  }
}

/** @param {any} tree @param {Shape} shape @returns {[Set<string>, Set<string>]} */
function hide(tree, shape) {
  const hidden = new Set(), pages = new Set();
  for (const page of tree.pages) {
    if (!holds(page.visible, shape, true)) pages.add(page.id);
    for (const field of page.fields ?? []) {
      if (pages.has(page.id) || !holds(field.visible, shape, true)) hidden.add(`/${field.id}`);
      else if (field.fields?.some((/** @type {Field} */ c) => c.visible !== undefined)) {
        rows(tree, field, shape, (_, i) => field.fields.forEach((/** @type {Field} */ c) => {
          if (!holds(c.visible, shape, true)) hidden.add(`/${field.id}/${i}/${c.id}`);
        }));
      }
    }
  }
  return [hidden, pages];
}

/** @param {Field} field @param {string} at @param {any} value @param {Shape} shape */
function mark(field, at, value, shape) {
  if (holds(field.required, shape)) shape.required.add(at);
  if (field.computed || holds(field.readonly, shape)) shape.readonly.add(at);
  const closed = new Set(Object.keys(field.when ?? {}).filter((v) => !holds(field.when[v], shape)));
  if (closed.size) shape.closed.set(at, closed);
  if (value === null || value?.length === 0) return;
  for (const check of field.valid ?? []) if (evaluate(check.test, shape.env) === false) shape.failed.push({ at, field, check });
}
