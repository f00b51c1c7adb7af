// @ts-check
/**
 * On every page: whose phone this is, how many records wait, and sending them when there is a chance: on load, when the
 * network comes back, when the page is looked at again, and on a timer. Works without a service worker. It runs as soon
 * as it is here, so that the store opens while the rest of the page still comes.
 */
import { parsed } from "./app.js";
import { currentAccount, setCurrentAccount } from "./db.js";
import { openPhone, rows } from "./outbox-rows.js";

const tabs = "BroadcastChannel" in globalThis ? new BroadcastChannel("tongban") : null;
/** @type {ReturnType<typeof setTimeout> | undefined} */ let timer;

/** The opened store of the person at this page; null where the browser keeps nothing (no https, private window). */
export const phone = open();

/** @returns {Promise<import("./outbox.js").Phone | null>} */
async function open() {
  if (!document.body) await parsed;
  const { person } = document.body.dataset;
  if (localStorage.getItem("tongban:leaving") && person && await (await import("./offline-signout.js")).leave()) return null;
  if (!globalThis.crypto?.subtle || !globalThis.indexedDB) return null;
  try {
    if (person) {
      setCurrentAccount(person).catch(() => {});        // for other pages: this one knows
      return await openPhone(person);
    }
    const account = await currentAccount();
    return account ? await openPhone(account) : null;
  } catch {
    return null;        // a private window without storage: the page goes on without
  }
}

/** Show the number of waiting records wherever the page asks for it. */
export async function count() {
  const here = await phone;
  const waiting = here ? (await rows(here)).filter((r) => r.state !== "sent") : [];
  for (const place of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("[data-unsent]"))) {
    place.hidden = !waiting.length;
    const words = place.querySelector("[data-words]");
    if (words) words.textContent = (place.dataset.unsent ?? "{n}").replace("{n}", String(waiting.length));
  }
  document.dispatchEvent(new CustomEvent("tb:outbox"));
  return waiting;
}

/** Tell this page and all others that the outbox changed. */
export async function changed() {
  tabs?.postMessage("outbox");
  await count();
}

/** Send what may go. @param {boolean} [force] the person asked, came back or has a network again: do not wait for the timer */
export async function send(force = false) {
  const here = await phone;
  if (!here || !(await rows(here)).some((r) => r.state === "ready")) return "nothing";
  clearTimeout(timer);
  show("[data-sending]", true);
  const { flush } = await import("./sync.js");
  const outcome = await flush(here, { force }).catch(() => "later");
  show("[data-sending]", false);
  show("[data-sign-in-to-send]", outcome === "sign-in");
  if (outcome !== "nothing") await changed();
  // Whoever is sending may have begun before the network was back, and will wait long after that failure: on a timer of
  // its own, which this one must not be.
  if (outcome === "busy" && force) setTimeout(() => send(true), 1500);
  else await again(here);
  return outcome;
}

/** @param {import("./outbox.js").Phone} here */
async function again(here) {
  const waiting = (await rows(here)).filter((r) => r.state === "ready");
  if (!waiting.length) return;
  const { due } = await import("./sync.js");
  const soonest = Math.min(...waiting.map((r) => (due(r, Date.now()) ? 30e3 : r.next - Date.now())));
  clearTimeout(timer);
  timer = setTimeout(() => { if (!document.hidden) send(); }, Math.min(300e3, Math.max(1000, soonest)));
  askSync();
}

/** Where the browser can, it sends after the page is closed. */
async function askSync() {
  try {
    const worker = await navigator.serviceWorker?.getRegistration();
    await /** @type {any} */ (worker)?.sync?.register("tongban");
  } catch { /* not allowed here: the page does it */ }
}

/** @param {string} what @param {boolean} on */
function show(what, on) {
  for (const place of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll(what))) place.hidden = !on;
}

function net() {
  show("[data-no-network]", navigator.onLine === false);
}

async function begin() {
  await parsed;
  net();
  addEventListener("online", () => { net(); send(true); });
  addEventListener("offline", net);
  document.addEventListener("visibilitychange", () => { if (!document.hidden) send(true); });
  tabs?.addEventListener("message", () => count());
  const filling = document.querySelector("form[data-outbox]") && import("./offline-form.js");      // listens before the store is open
  const here = await phone;
  if (!here) return;
  document.addEventListener("submit", (event) => {
    const form = /** @type {HTMLFormElement} */ (event.target);
    if (!form.matches("[data-sign-out]")) return;
    event.preventDefault();
    import("./offline-signout.js").then((m) => m.signOut(form));
  });
  await Promise.all([count(), filling]);
  await send(true);       // somebody is here: only the timer waits longer each time
  (globalThis.requestIdleCallback ?? setTimeout)(idle);
}

/** What may be needed when the network has gone is one file with what starts the service worker: it is here from now on. */
function idle() {
  if ("serviceWorker" in navigator) import("./install.js");
  else { import("./sync.js"); show("[data-no-worker]", true); }
}

begin();
