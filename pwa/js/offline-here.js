// @ts-check
/** What this browser can do, asked of the browser itself. */
import { phone } from "./offline.js";
import { begin, end } from "./push.js";
import { show, when } from "./queue-dom.js";

const worker = navigator.serviceWorker;
const registration = await Promise.race([worker?.ready, new Promise((done) => { setTimeout(done, 3000); })]).catch(() => null);

/** @type {Record<string, boolean | Promise<boolean>>} */
const can = {
  store: canStore(),
  worker: Boolean(registration),
  sync: Boolean(registration && "sync" in registration),
  install: matchMedia("(display-mode: standalone)").matches || Boolean(/** @type {any} */ (navigator).standalone),
  lasting: navigator.storage?.persisted?.() ?? false,
  camera: Boolean(navigator.mediaDevices?.getUserMedia),
  place: "geolocation" in navigator && isSecureContext,
  push: Boolean(registration && "pushManager" in registration),
};

async function canStore() {
  if (await phone) return true;
  if (!globalThis.crypto?.subtle || !globalThis.indexedDB) return false;
  return new Promise((done) => {
    const probe = indexedDB.open("tongban:probe");
    probe.onsuccess = () => { probe.result.close(); indexedDB.deleteDatabase("tongban:probe"); done(true); };
    probe.onerror = () => done(false);
  });
}

for (const [what, answer] of Object.entries(can)) {
  const yes = await answer;
  for (const place of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll(`[data-ability="${what}"] [data-${yes ? "yes" : "no"}]`))) place.hidden = false;
}

/** @param {ServiceWorkerRegistration} here @param {string} [why] */
async function pushed(here, why) {
  const on = Boolean(await here.pushManager.getSubscription());
  show("[data-push]", true);
  show('[data-do="push-on"]', !on);
  show('[data-do="push-off"]', on);
  for (const place of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("[data-push-is]"))) place.hidden = place.dataset.pushIs !== (on ? "on" : why);
}

if (can.push && document.body.dataset.person) {
  const here = /** @type {ServiceWorkerRegistration} */ (registration);
  when(document.body, "push-on", async () => pushed(here, await begin(here)));
  when(document.body, "push-off", async () => { await end(here); await pushed(here); });
  await pushed(here);
}
