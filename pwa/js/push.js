// @ts-check
/** Being told by push on this device: only after a tap, and it says why where it does not work. */
import { whoAmI } from "./sync.js";

/** @param {string} url @param {any} body */
async function post(url, body) {
  const me = await whoAmI(fetch.bind(globalThis));
  const response = me && await fetch(url, { method: "POST", credentials: "same-origin", headers: { "Content-Type": "application/json", "X-CSRF-Token": me.csrf }, body: JSON.stringify(body) });
  if (!response?.ok) throw new Error(String(response?.status));
}

/** @param {string} written @returns {any} */
const bytes = (written) => Uint8Array.from(atob(written.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));

/** @param {ServiceWorkerRegistration} registration @returns {Promise<string>} on | refused | none | failed */
export async function begin(registration) {
  /** @type {{key?: string}} */ const { key } = await fetch("/phone/push").then((r) => (r.ok ? r.json() : {}), () => ({}));
  if (!key) return "none";
  if (await Notification.requestPermission() !== "granted") return "refused";
  try {
    const made = await registration.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: bytes(key) });
    await post("/phone/push", made);
    return "on";
  } catch {
    return "failed";        // no push service is to be reached from here
  }
}

/** @param {ServiceWorkerRegistration} registration */
export async function end(registration) {
  const made = await registration.pushManager?.getSubscription();
  if (!made) return;
  await post("/phone/push/end", { endpoint: made.endpoint }).catch(() => {});     // the server learns it at its next message
  await made.unsubscribe();
}
