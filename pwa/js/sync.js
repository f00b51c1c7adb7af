// @ts-check
/**
 * Sending: files first, then the records that name them, oldest first. A failure of one record delays that record
 * alone; the server's answer decides, not a guess about the connection.
 *
 * Protocol: GET /phone/me -> {account, csrf}; POST /phone/sync {account, sent_at, records} -> {results: [{key, status, …}]}
 * with status received | problems | conflict | refused | later. The key makes a second sending harmless.
 */
import { content, mark, rows, tidy } from "./outbox.js";
import { drop } from "./db.js";
import { alone } from "./sync-lock.js";
import { NotTaken, SignIn, TryLater, upload } from "./uploads.js";

const BATCH = 10;
const LONGEST = 300e3;

/** Wait after the n-th failure: 1 s doubling to 5 minutes. @param {number} tries */
export const backOff = (tries) => Math.min(LONGEST, 1000 * 2 ** Math.max(0, tries - 1));

/**
 * May it go now? A time further away than the longest wait was written under another clock.
 * @param {import("./outbox.js").Row} row @param {number} now
 */
export const due = (row, now) => row.state === "ready" && (row.next <= now || row.next > now + LONGEST);

/**
 * @param {import("./outbox.js").Phone} phone
 * @param {{fetch?: typeof fetch, now?: () => number, locks?: LockManager | null, force?: boolean}} [env] force: the person asked
 * @returns {Promise<"nothing" | "busy" | "done" | "later" | "sign-in">}
 */
export async function flush(phone, env = {}) {
  const now = env.now ?? Date.now;
  const ready = (await rows(phone)).filter((r) => (env.force ? r.state === "ready" : due(r, now())));
  if (!ready.length) return "nothing";
  /** @type {any} */ let outcome = "done";
  const ran = await alone(phone, async () => { outcome = await run(phone, env, now); }, env);
  return ran ? outcome : "busy";
}

/** @param {import("./outbox.js").Phone} phone @param {any} env @param {() => number} now */
async function run(phone, env, now) {
  const ask = env.fetch ?? fetch.bind(globalThis);
  // Read again: the tab that held the lock before may have sent them.
  const todo = (await rows(phone)).filter((r) => (env.force ? r.state === "ready" : due(r, now())));
  if (!todo.length) return "nothing";
  const me = await whoAmI(ask);
  if (!me) return wait(phone, todo, now);
  if (me.account !== phone.account) return "sign-in";
  const net = { fetch: ask, csrf: me.csrf };
  try {
    const whole = await sendFiles(phone, todo, net, now);
    let late = whole.length < todo.length;
    for (let i = 0; i < whole.length; i += BATCH) late = !await sendRecords(phone, whole.slice(i, i + BATCH), net, now) || late;
    await tidy(phone, now());
    return late ? "later" : "done";
  } catch (e) {
    if (e instanceof SignIn) return "sign-in";
    throw e;
  }
}

/** @param {typeof fetch} ask @returns {Promise<{account: string | null, csrf: string} | null>} null: not to be reached */
export async function whoAmI(ask) {
  try {
    const response = await ask("/phone/me", { cache: "no-store", credentials: "same-origin" });
    return response.ok ? await response.json() : null;
  } catch {
    return null;
  }
}

/** @param {import("./outbox.js").Phone} phone @param {import("./outbox.js").Row[]} todo @param {() => number} now */
async function wait(phone, todo, now) {
  for (const row of todo) await mark(phone, row.key, { tries: row.tries + 1, next: now() + backOff(row.tries + 1) });
  return "later";
}

/** @param {import("./outbox.js").Phone} phone @param {any[]} todo @param {any} net @param {() => number} now */
async function sendFiles(phone, todo, net, now) {
  const whole = [];
  for (const row of todo) {
    const { files } = await content(phone, row);
    try {
      for (const file of files) await upload(phone, file.sha, file.name, net);
      whole.push(row);
    } catch (e) {
      if (e instanceof NotTaken) await mark(phone, row.key, { state: "problem" }, { status: "file", detail: e.message });
      else if (e instanceof TryLater) await wait(phone, [row], now);
      else throw e;
    }
  }
  return whole;
}

/** @param {import("./outbox.js").Phone} phone @param {any[]} batch @param {any} net @param {() => number} now */
async function sendRecords(phone, batch, net, now) {
  const records = [];
  for (const row of batch) {
    // From here on the server may have it: noted before sending, so that an edit cannot change what was received.
    await mark(phone, row.key, { asked: true });
    const { show, title, url, keys, ...sent } = await content(phone, row);
    records.push({ key: row.key, ...sent });
  }
  let results;
  try {
    const response = await net.fetch("/phone/sync", {
      method: "POST", credentials: "same-origin", headers: { "Content-Type": "application/json", "X-CSRF-Token": net.csrf },
      body: JSON.stringify({ account: phone.account, sent_at: new Date(now()).toISOString(), records }),
    });
    if (response.status === 401 || response.status === 403) throw new SignIn();
    if (response.ok) results = (await response.json()).results;
  } catch (e) {
    if (e instanceof SignIn) throw e;
  }
  const said = new Map((results ?? []).map((/** @type {any} */ r) => [r.key, r]));
  for (const row of batch) await settle(phone, row, said.get(row.key), now);
  return results !== undefined;
}

/** @param {import("./outbox.js").Phone} phone @param {any} row @param {any} said @param {() => number} now */
async function settle(phone, row, said, now) {
  if (!said || said.status === "later") return wait(phone, [row], now);
  if (said.status === "received") await mark(phone, row.key, { state: "sent", next: 0 }, said);
  // Not taken: the key was not used up, and the person decides.
  else await mark(phone, row.key, { state: said.status === "conflict" ? "conflict" : "problem", asked: false }, said);
  const over = said.status === "received" || (said.status === "conflict" && !said.url_form);
  const { case: task, url } = await content(phone, row);
  if (task && over) await drop(phone.db, "pages", url);       // done, by this person or another: its form is not offered again
  return undefined;
}
