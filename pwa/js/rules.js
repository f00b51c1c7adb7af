// Runs the rule trees of the server on the phone: the same values, the same three truth values, the same dates.
// null = unknown. Whole numbers are exact: a result beyond 2^53 becomes a BigInt, beyond 2^63 it is unknown.
// docs/rules.md describes the tree; tests compare this file with Python and SQL on generated records.

import { dates } from './rules-dates.js';

const LIMIT = 2n ** 63n;
const TEST = {
  '==': (a, b) => equal(a, b), '!=': (a, b) => not(equal(a, b)),
  '<': (a, b) => order(a, b) < 0, '<=': (a, b) => order(a, b) <= 0,
  '>': (a, b) => order(a, b) > 0, '>=': (a, b) => order(a, b) >= 0,
};
const isNumber = (v) => typeof v === 'number' || typeof v === 'bigint';
const not = (v) => (v === null ? null : !v);
const abs = (v) => (v < 0n ? -v : v);
const points = (text) => Array.from(text);

/** The value of a typed tree in an env: canonical name -> value, plus $fact, $in_state, $outcome_of. */
export function evaluate(tree, env) {
  const run = NODES[tree[0]];
  return run ? run(tree, env) : call(tree, env);
}

/** The names a tree reads whose values are not known yet. */
export function missing(tree, env, found = new Set()) {
  if (tree[0] === 'name' && !tree[1].startsWith('#') && (env[tree[1]] ?? null) === null) found.add(tree[1]);
  for (const part of tree) if (Array.isArray(part)) missing(part, env, found);
  return found;
}

function narrow(big) {
  if (big <= -LIMIT || big >= LIMIT) return null;
  return big >= Number.MIN_SAFE_INTEGER && big <= Number.MAX_SAFE_INTEGER ? Number(big) : big;
}

// Sums run in numbers and change to BigInt only when they would lose a digit.
function whole(values, fast, slow) {
  const result = values.some((v) => typeof v === 'bigint') ? NaN : values.reduce(fast);
  if (Number.isSafeInteger(result)) return result + 0;
  const within = (a, b) => (narrow(slow(a, b)) === null ? LIMIT : slow(a, b));
  return narrow(values.map(BigInt).reduce((a, b) => (a === LIMIT ? a : within(a, b))));
}

const add = (values) => whole(values, (a, b) => a + b, (a, b) => a + b);
const times = (values) => whole(values, (a, b) => a * b, (a, b) => a * b);

function quotient(a, b, up) {
  const [above, below] = [BigInt(a), BigInt(b)];
  if (below === 0n) return null;
  const negative = above < 0n !== below < 0n;
  const rest = abs(above) % abs(below);
  let result = abs(above) / abs(below);
  if (up ? rest && !negative : 2n * rest >= abs(below)) result += 1n;
  return narrow(negative ? -result : result);
}

function equal(a, b) {
  if (a === null || b === null) return null;
  if (isNumber(a) && isNumber(b)) return a == b; // a number and a BigInt may be the same
  if (!Array.isArray(a) || !Array.isArray(b)) return a === b;
  if (a.length !== b.length) return false;
  const found = a.map((v, i) => equal(v ?? null, b[i] ?? null));
  return found.includes(false) ? false : found.includes(null) ? null : true;
}

// Texts are ordered by code point, as Python and SQL order them, not by UTF-16 unit.
function order(a, b) {
  if (typeof a === 'string' && /[\ud800-\udfff]/.test(a + b)) {
    const [left, right] = [points(a), points(b)];
    const at = left.findIndex((c, i) => c !== right[i]);
    if (at < 0) return left.length - right.length;
    return at < right.length ? left[at].codePointAt(0) - right[at].codePointAt(0) : 1;
  }
  return a < b ? -1 : a > b ? 1 : 0;
}

function values(tree, env) {
  const found = [];
  for (const part of tree.slice(1)) if (Array.isArray(part)) found.push(evaluate(part, env));
  return found;
}

const strict = (work) => (tree, env) => {
  const found = values(tree, env);
  return found.includes(null) ? null : work(found, tree);
};

// && and ||: the deciding value wins over unknown.
const logic = (decides) => (tree, env) => {
  let result = !decides;
  for (const part of tree.slice(1)) {
    const value = evaluate(part, env);
    if (value === decides) return decides;
    if (value === null) result = null;
  }
  return result;
};

function each(tree, env, finish) {
  const [, list, variable, body] = tree;
  const members = evaluate(list, env);
  if (members === null) return null;
  const outer = env[variable];
  const found = members.map((member) => {
    env[variable] = member;
    return evaluate(body, env);
  });
  env[variable] = outer;
  return finish(found, members);
}

const macro = (finish) => (tree, env) => each(tree, env, finish);
const sure = (finish) => macro((found, members) => (found.includes(null) ? null : finish(found, members)));
const count = (found, value) => found.filter((v) => v === value).length;
const extreme = (sign) => (members) =>
  members.length && !members.includes(null) ? members.reduce((a, b) => (order(b, a) * sign > 0 ? b : a)) : null;

function contained([item, members]) {
  if (members === null) return null;
  let result = false;
  for (const member of members) {
    const found = equal(item, member ?? null);
    if (found) return true;
    if (found === null) result = null;
  }
  return result;
}

const KINDS = {
  any: () => true, bool: (v) => typeof v === 'boolean', int: Number.isSafeInteger,
  string: (v) => typeof v === 'string', time: (v) => typeof v === 'string',
  date: (v) => dates.as_date(v) !== null, datetime: (v) => dates.as_instant(v) !== null,
  list: Array.isArray, map: (v) => typeof v === 'object' && !Array.isArray(v),
};

const FUNCTIONS = {
  contains: (text, part) => text.includes(part),
  startsWith: (text, part) => text.startsWith(part),
  endsWith: (text, part) => text.endsWith(part),
  substring: (text, start, end) => {
    const all = points(text);
    return start >= 0 && start <= end && end <= all.length ? all.slice(start, end).join('') : null;
  },
};

function call(tree, env) {
  const found = values(tree, env);
  if (found.includes(null)) return null;
  const run = FUNCTIONS[tree[0]];
  return run ? run(...found) : dates[tree[0]](...found, (year) => fact(env, ['calendar', year]));
}

function fact(env, key) {
  return (env.$fact && !key.includes(null) ? env.$fact(...key) : null) ?? null;
}

const NODES = {
  lit: (tree) => tree[1] ?? null,
  name: (tree, env) => env[tree[1]] ?? null,
  get: (tree, env) => {
    const held = evaluate(tree[1], env);
    return held && KINDS.map(held) && Object.hasOwn(held, tree[2]) ? held[tree[2]] ?? null : null;
  },
  at: strict(([members, place]) => members[place] ?? null),
  as: (tree, env) => {
    const value = evaluate(tree[2], env);
    return value !== null && KINDS[tree[1]](value) ? value : null;
  },
  known: (tree, env) => evaluate(tree[1], env) !== null,
  list: values,
  '&&': logic(false),
  '||': logic(true),
  '!': strict(([value]) => !value),
  '?:': (tree, env) => {
    const value = evaluate(tree[1], env);
    return value === null ? null : evaluate(tree[value ? 2 : 3], env);
  },
  ...Object.fromEntries(Object.entries(TEST).map(([name, test]) => [name, strict(([a, b]) => test(a, b))])),
  in: (tree, env) => contained(values(tree, env)),
  '+': strict(add),
  '-': strict(([a, b]) => add([a, typeof b === 'bigint' ? -b : 0 - b])),
  '*': strict(times),
  neg: strict(([v]) => times([v, -1])),
  abs: strict(([v]) => (v < 0 ? times([v, -1]) : v)),
  up: strict(([v], tree) => times([v, 10 ** tree[2]])),
  '%': strict(([a, b]) => (b == 0 ? null : narrow(BigInt(a) % BigInt(b)))),
  div: strict(([a, b]) => quotient(a, b, false)),
  div_up: strict(([a, b]) => quotient(a, b, true)),
  min: strict(extreme(-1)),
  max: strict(extreme(1)),
  least: strict(([members]) => extreme(-1)(members)),
  most: strict(([members]) => extreme(1)(members)),
  join: strict((texts) => texts.join('')),
  chain: strict((lists) => lists.flat()),
  length: strict(([text]) => points(text).length),
  size: strict(([members]) => members.length),
  all: macro((found) => (found.includes(false) ? false : found.includes(null) ? null : true)),
  exists: macro((found) => (found.includes(true) ? true : found.includes(null) ? null : false)),
  exists_one: macro((found) => (count(found, true) > 1 ? false : found.includes(null) ? null : count(found, true) === 1)),
  map: macro((found) => found),
  filter: sure((found, members) => members.filter((_, i) => found[i])),
  count: sure((found) => count(found, true)),
  sum: sure((found) => add([0, ...found])),
  fact: (tree, env) => fact(env, [tree[1], ...values(tree.slice(1), env)]),
  listed: strict(([row]) => KINDS.map(row)),
  in_state: (tree, env) => (env.$in_state ? env.$in_state(tree[1]) : null) ?? null,
  outcome_of: (tree, env) => (env.$outcome_of ? env.$outcome_of(tree[1]) : null) ?? null,
};
