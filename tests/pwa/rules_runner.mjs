// Evaluates rule trees line by line: {tree, envs, calendars} in, the values out; whole numbers beyond 2^53 as {"big": "…"}.

import { createInterface } from 'node:readline';

import { evaluate, missing } from '../../pwa/js/rules.js';

const plain = (_, value) => (typeof value === 'bigint' ? { big: value.toString() } : value);

for await (const line of createInterface({ input: process.stdin })) {
  const { tree, envs, calendars = {}, facts = [], ask } = JSON.parse(line);
  const known = new Map(facts.map(([key, value]) => [JSON.stringify(key), value]));
  const fact = (...key) => (key[0] === 'calendar' ? calendars[key[1]] : known.get(JSON.stringify(key))) ?? null;
  const run = ask === 'missing' ? (env) => [...missing(tree, env)] : (env) => evaluate(tree, { ...env, $fact: fact });
  process.stdout.write(`${JSON.stringify(envs.map(run), plain)}\n`);
}
