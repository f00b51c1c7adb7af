// @ts-check
/**
 * The service worker: assets and the phone's own pages from the cache, forms from the person's encrypted store when the
 * network does not answer, and the outbox when the browser says that the network is back. It never answers a POST and
 * never holds a submission: the page's outbox does, with or without this worker.
 *
 * The server puts all of its modules into this one script and says in front of it what `tongban` is.
 */
import { currentAccount } from "./js/db.js";
import { openPhone } from "./js/outbox.js";
import { keepPage, mayKeep, pageOf } from "./js/offline-pages.js";
import { flush } from "./js/sync.js";

const ANY = { ignoreVary: true };
const PATIENCE = 4000;      // on a bad signal a kept form opens after this long, instead of never
const worker = /** @type {any} */ (self);

/** What the server says of this build. @type {{build: string, assets: string[], pages: string[], icon: string, gone: string, shell: string}} */
const { build, assets, pages, icon, gone, shell } = worker.tongban;
const CACHE = `tongban-${build}`;

worker.addEventListener("install", (/** @type {any} */ event) => event.waitUntil(Promise.all([fill(), routes(event)])));
worker.addEventListener("activate", (/** @type {any} */ event) => event.waitUntil(clean()));
worker.addEventListener("fetch", (/** @type {any} */ event) => {
  const url = new URL(event.request.url);
  if (event.request.method !== "GET" || url.origin !== location.origin) return;
  if (url.pathname.startsWith("/assets/")) event.respondWith(asset(event.request, url));
  else if (event.request.mode === "navigate") event.respondWith(visit(event, url));
});
worker.addEventListener("sync", (/** @type {any} */ event) => { if (event.tag === "tongban") event.waitUntil(send()); });
worker.addEventListener("message", (/** @type {any} */ event) => {
  if (event.data === "take-over") worker.skipWaiting();
  if (event.data === "language") event.waitUntil(fillPages());
});
worker.addEventListener("push", (/** @type {any} */ event) => {
  event.waitUntil(tell(event.data?.json() ?? {}));
});
worker.addEventListener("notificationclick", (/** @type {any} */ event) => {
  event.notification.close();
  const to = new URL(event.notification.data?.url ?? "/", location.origin);
  if (to.origin === location.origin) event.waitUntil(worker.clients.openWindow(to.href));
});

/** A message for somebody who no longer uses this device says only that there is one. @param {any} said */
async function tell({ title, body, url, tag, for: whose }) {
  const mine = whose === await currentAccount();
  if (title) await worker.registration.showNotification(title, mine ? { body, tag, data: { url }, icon } : { icon });
}

/** All or nothing: a worker with half of its files must not take over. */
async function fill() {
  await (await caches.open(CACHE)).addAll(assets);
  await fillPages();
}

/** The phone's own pages hold nobody's data; they are asked for again when the language changes. */
async function fillPages() {
  const cache = await caches.open(CACHE);
  await cache.addAll(pages.map((/** @type {string} */ page) => new Request(page, { cache: "reload", headers: { [shell]: "1" } })));
}

/** Files of this build come straight from the cache where the browser knows how, without waking the worker. @param {any} event */
async function routes(event) {
  await event.addRoutes?.({ condition: { urlPattern: { pathname: `/assets/${build}/*` } }, source: { cacheName: CACHE } }).catch(() => {});
}

async function clean() {
  // While the worker wakes, the page is already asked for.
  await worker.registration.navigationPreload?.enable();
  const names = await caches.keys();
  await Promise.all(names.filter((n) => n.startsWith("tongban-") && n !== CACHE).map((n) => caches.delete(n)));
}

/** A file of this build from the cache. A form kept from an older build gets the present file of that name.
 * @param {Request} request @param {URL} url */
async function asset(request, url) {
  const cache = await caches.open(CACHE);
  const mine = await cache.match(url.pathname, ANY);
  if (mine) return mine;
  try {
    return await fetch(request);
  } catch (e) {
    const name = url.pathname.replace(/^\/assets\/[^/]+/, `/assets/${build}`);
    const present = await cache.match(name, ANY);
    if (present) return present;
    throw e;
  }
}

/** @param {any} event @param {URL} url */
async function visit(event, url) {
  const page = pages.includes(url.pathname) && url.pathname;
  const kept = async () => (page ? (await caches.open(CACHE)).match(page, ANY) : keptPage(url));
  const net = asked(event).then((answer) => { note(event, answer, url); return answer; });
  net.catch(() => {});
  const late = new Promise((done) => { setTimeout(done, PATIENCE); }).then(kept);
  try {
    // Nothing kept: wait for the network however long it takes.
    const first = await Promise.race([net, late.then((copy) => copy ?? net)]);
    return [502, 503, 504].includes(first.status) ? (await kept()) ?? first : first;
  } catch {
    return (await kept()) ?? (await (await caches.open(CACHE)).match("/phone/offline", ANY)) ?? new Response(gone, { status: 503, headers: { "Content-Type": "text/plain; charset=utf-8" } });
  }
}

/** What the browser asked for while this worker woke, or else now. @param {any} event @returns {Promise<Response>} */
const asked = async (event) => (await event.preloadResponse) ?? fetch(event.request);

/** Keep what was just opened, beside answering. @param {any} event @param {Response} answer @param {URL} url */
function note(event, answer, url) {
  const done = remember(answer.clone(), url).catch(() => {});
  try { event.waitUntil(done); } catch { /* the kept copy was quicker and the event is over: it goes on all the same */ }
}

/** The form of an address, whatever page of it was turned to or record opened in it. @param {URL} url */
async function keptPage(url) {
  const account = await currentAccount();
  if (!account) return undefined;
  const html = await pageOf(await openPhone(account), url.pathname);
  // The page says of itself that it is the kept copy, so that a draft on the device goes before what stands in it.
  return html === null ? undefined : new Response(html.replace("<html ", "<html data-kept "), { headers: { "Content-Type": "text/html; charset=utf-8" } });
}

/** @param {Response} answer @param {URL} url */
async function remember(answer, url) {
  if (!answer.ok || answer.redirected || !answer.headers.get("Content-Type")?.startsWith("text/html")) return;
  const html = await answer.text();
  const account = /\sdata-person="([^"]+)"/.exec(html)?.[1];
  if (!account || !mayKeep(html, account)) return;
  await keepPage(await openPhone(account), url.pathname, html);
}

/** The page is closed and the network is back. A rejected promise makes the browser try again later. */
async function send() {
  const account = await currentAccount();
  if (!account) return;
  const outcome = await flush(await openPhone(account));
  new BroadcastChannel("tongban").postMessage("outbox");
  if (outcome === "later") throw new Error("later");
}
