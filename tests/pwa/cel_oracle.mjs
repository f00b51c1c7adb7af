// @bufbuild/cel as an oracle: {source, envs} in, {value} or {error} for each env out; whole numbers are CEL ints.

import { createInterface } from 'node:readline';

import { celEnv, isCelError, isCelList, parse, plan } from '@bufbuild/cel';

const enter = (value) => {
  if (typeof value === 'number') return BigInt(value);
  if (Array.isArray(value)) return value.map(enter);
  return value;
};
const leave = (value) => {
  if (typeof value === 'bigint') return Number(value);
  return isCelList(value) ? [...value].map(leave) : value;
};

for await (const line of createInterface({ input: process.stdin })) {
  const { source, envs } = JSON.parse(line);
  const run = plan(celEnv(), parse(source));
  const found = envs.map((env) => {
    try {
      const value = run(Object.fromEntries(Object.entries(env).map(([name, v]) => [name, enter(v)])));
      return isCelError(value) ? { error: true } : { value: leave(value) };
    } catch {
      return { error: true };
    }
  });
  process.stdout.write(`${JSON.stringify(found)}\n`);
}
