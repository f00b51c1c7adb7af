// @ts-check
/**
 * One flush at a time on this device, whatever the number of tabs: Web Locks where there are any, else a lease in the
 * account's database that is taken in one transaction.
 */
import { tx } from "./db.js";

const LEASE = 60e3;

/**
 * @param {import("./outbox.js").Phone} phone @param {() => Promise<any>} work
 * @param {{locks?: LockManager | null, now?: () => number}} [env]
 * @returns {Promise<boolean>} false: somebody else is at it
 */
export async function alone(phone, work, env = {}) {
  const locks = env.locks === undefined ? globalThis.navigator?.locks : env.locks;
  if (locks) {
    return locks.request(`tongban:flush:${phone.account}`, { ifAvailable: true }, async (lock) => {
      if (lock) await work();
      return Boolean(lock);
    });
  }
  const now = env.now ?? Date.now;
  const owner = crypto.randomUUID();
  if (!await lease(phone, owner, now())) return false;
  const beat = setInterval(() => lease(phone, owner, now()).catch(() => {}), LEASE / 3);
  try {
    await work();
  } finally {
    clearInterval(beat);
    await lease(phone, owner, now(), true);
  }
  return true;
}

/** @param {import("./outbox.js").Phone} phone @param {string} owner @param {number} now @param {boolean} [give] */
async function lease(phone, owner, now, give = false) {
  let mine = false;
  await tx(phone.db, "meta", "readwrite", (t) => {
    const meta = t.objectStore("meta");
    const seen = meta.get("lease");
    seen.onsuccess = () => {
      const held = seen.result;
      // A lease from "the future" was written under another clock and is not believed for longer than it may last.
      const taken = held && held.owner !== owner && held.until > now && held.until <= now + LEASE;
      if (taken) return;
      mine = true;
      if (give) meta.delete("lease"); else meta.put({ id: "lease", owner, until: now + LEASE });
    };
  });
  return mine;
}
