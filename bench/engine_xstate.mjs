// The flow of bench/engine.py in XState: restore from JSON text, send the event, dump to JSON text. Prints events/s.
// Once before: npm install --no-save xstate@5.33.3
import { createMachine, getInitialSnapshot, transition } from 'xstate';

const machine = createMachine({
  context: { amount: 500000 },
  initial: 'draft',
  states: {
    draft: { on: { submit: { target: 'submitted', guard: ({ context }) => context.amount <= 3000000000 } } },
    submitted: { on: { accept: 'both' } },
    both: {
      type: 'parallel',
      onDone: 'decided',
      states: {
        dept: { initial: 'd0', states: { d0: { on: { dept_ok: 'd1' } }, d1: { type: 'final' } } },
        bank: { initial: 'b0', states: { b0: { on: { bank_ok: 'b1' } }, b1: { type: 'final' } } },
      },
    },
    decided: { on: { certify: 'certified' } },
    certified: { type: 'final' },
  },
});
const events = ['submit', 'accept', 'dept_ok', 'bank_ok', 'certify'];
const first = getInitialSnapshot(machine);
const begin = JSON.stringify({ value: first.value, context: first.context });

function run() {
  let text = begin;
  for (const type of events) {
    const [next] = transition(machine, machine.resolveState(JSON.parse(text)), { type });
    text = JSON.stringify({ value: next.value, context: next.context });
  }
  return JSON.parse(text).value;
}

if (run() !== 'certified') throw new Error(run());
for (let i = 0; i < 20000; i += 1) run();   // let the compiler settle
const rates = [];
for (let i = 0; i < 7; i += 1) {
  const begun = process.cpuUsage();
  const clock = performance.now();
  let count = 0;
  while (performance.now() - clock < 300) { run(); count += events.length; }
  const used = process.cpuUsage(begun);
  rates.push(count / ((used.user + used.system) / 1e6));
}
rates.sort((a, b) => a - b);
console.log(JSON.stringify({ median: rates[3], least: rates[0], most: rates[6] }));
