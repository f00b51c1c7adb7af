// @ts-check
/**
 * One IndexedDB database an account, so that nothing of one person is reachable from another person's pages, and
 * signing out is one deletion. A small root database remembers whose database is in use.
 *
 * @typedef {"records" | "files" | "drafts" | "pages" | "meta"} Store
 */

const ROOT = "tongban";
const STORES = /** @type {Record<Store, string>} */ ({ records: "key", files: "sha", drafts: "id", pages: "url", meta: "id" });

/** @param {IDBRequest} request @returns {Promise<any>} */
export const result = (request) => new Promise((done, fail) => {
  request.onsuccess = () => done(request.result);
  request.onerror = () => fail(request.error);
});

/** @param {string} name @param {Record<string, string>} stores @returns {Promise<IDBDatabase>} */
function open(name, stores) {
  const request = indexedDB.open(name, 1);
  request.onupgradeneeded = () => {
    for (const [store, keyPath] of Object.entries(stores)) request.result.createObjectStore(store, { keyPath });
  };
  return result(request).then((/** @type {IDBDatabase} */ db) => {
    db.onversionchange = () => db.close();      // a sign-out in another tab must not wait for this one
    return db;
  });
}

/** @param {string} account @returns {Promise<IDBDatabase>} */
export const openAccount = (account) => open(`${ROOT}:${account}`, STORES);

/**
 * One transaction, finished before the promise resolves. What `work` returns (a request, or anything) is the result.
 * Written strictly: browsers otherwise answer before the data is on the disk. Only what the server has too may be lax.
 * @param {IDBDatabase} db @param {string | string[]} stores @param {IDBTransactionMode} mode
 * @param {(tx: IDBTransaction) => any} work @param {IDBTransactionDurability} [durability] @returns {Promise<any>}
 */
export function tx(db, stores, mode, work, durability = "strict") {
  return new Promise((done, fail) => {
    const t = db.transaction(stores, mode, { durability: mode === "readwrite" ? durability : "default" });
    /** @type {any} */ let answer;
    t.oncomplete = () => done(answer instanceof IDBRequest ? answer.result : answer);
    t.onabort = () => fail(t.error ?? new DOMException("aborted", "AbortError"));     // an error aborts too, and is named here only
    try {
      answer = work(t);
      // A promise inside a transaction may only wait for its own requests, else the browser has closed it.
      if (answer instanceof Promise) answer.then((a) => { answer = a; }, (e) => { try { t.abort(); } catch { /* closed */ } fail(e); });
    } catch (e) {
      t.abort();
      fail(e);
    }
  });
}

/** @param {IDBDatabase} db @param {Store} store @param {IDBValidKey} key @returns {Promise<any>} */
export const get = (db, store, key) => tx(db, store, "readonly", (t) => t.objectStore(store).get(key));
/** @param {IDBDatabase} db @param {Store} store @returns {Promise<any[]>} */
export const all = (db, store) => tx(db, store, "readonly", (t) => t.objectStore(store).getAll());
/** @param {IDBDatabase} db @param {Store} store @param {any} row @param {IDBTransactionDurability} [durability] @returns {Promise<any>} */
export const put = (db, store, row, durability) => tx(db, store, "readwrite", (t) => t.objectStore(store).put(row), durability);
/** @param {IDBDatabase} db @param {Store} store @param {IDBValidKey} key @returns {Promise<any>} */
export const drop = (db, store, key) => tx(db, store, "readwrite", (t) => t.objectStore(store).delete(key));

/**
 * Whose data this device shows: read by the service worker and by pages that open without a server.
 * @returns {Promise<string | null>}
 */
export async function currentAccount() {
  const root = await open(ROOT, { state: "id" });
  const row = await tx(root, "state", "readonly", (t) => t.objectStore("state").get("current"));
  root.close();
  return row?.account ?? null;
}

/** @param {string | null} account */
export async function setCurrentAccount(account) {
  const root = await open(ROOT, { state: "id" });
  await tx(root, "state", "readwrite", (t) => {
    const state = t.objectStore("state"), seen = state.get("current");
    seen.onsuccess = () => { if (seen.result?.account !== account) state.put({ id: "current", account }); };     // mostly it is: no write at every page
  });
  root.close();
}

/**
 * Everything of one account leaves the device. The key goes first: should the deletion be interrupted, what is left
 * cannot be read by anyone.
 * @param {string} account
 */
export async function wipe(account) {
  const db = await openAccount(account);
  await tx(db, "meta", "readwrite", (t) => t.objectStore("meta").clear());
  db.close();
  await setCurrentAccount(null);
  await result(indexedDB.deleteDatabase(`${ROOT}:${account}`));
}
