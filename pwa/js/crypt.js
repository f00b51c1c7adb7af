// @ts-check
/**
 * What lies on the device is encrypted with a key that cannot be taken out of the browser and that signing out
 * destroys. It protects what is left behind on the disk; it does not protect an unlocked phone from its user.
 *
 * @typedef {{iv: Uint8Array, box: ArrayBuffer}} Sealed
 */
import { tx } from "./db.js";

/** The account's key, made at first use. Two tabs may make one at once: the first to be stored is everybody's. */
export async function keyOf(/** @type {IDBDatabase} */ db) {
  const stored = await tx(db, "meta", "readonly", (t) => t.objectStore("meta").get("key"));
  if (stored) return /** @type {CryptoKey} */ (stored.key);
  const key = await crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]);
  return /** @type {CryptoKey} */ ((await tx(db, "meta", "readwrite", (t) => {
    const meta = t.objectStore("meta");
    meta.add({ id: "key", key }).onerror = (e) => { e.preventDefault(); e.stopPropagation(); };      // there is one
    return meta.get("key");
  }, "relaxed")).key);      // whatever it seals is written after it, and takes it to the disk
}

/** @param {CryptoKey} key @param {ArrayBuffer} bytes @returns {Promise<Sealed>} */
export async function seal(key, bytes) {
  const iv = crypto.getRandomValues(new Uint8Array(12));
  return { iv, box: await crypto.subtle.encrypt({ name: "AES-GCM", iv }, key, bytes) };
}

/** @param {CryptoKey} key @param {Sealed} sealed @returns {Promise<ArrayBuffer>} */
export const unseal = (key, sealed) => crypto.subtle.decrypt({ name: "AES-GCM", iv: /** @type {any} */ (sealed.iv) }, key, sealed.box);

/** @param {CryptoKey} key @param {any} value */
export const sealJson = (key, value) => seal(key, /** @type {any} */ (new TextEncoder().encode(JSON.stringify(value))));
/** @param {CryptoKey} key @param {Sealed} sealed @returns {Promise<any>} */
export const unsealJson = async (key, sealed) => JSON.parse(new TextDecoder().decode(await unseal(key, sealed)));

/** @param {ArrayBuffer} bytes @returns {Promise<string>} lower-case hex, the name of a file everywhere */
export async function sha256(bytes) {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return Array.from(digest, (b) => b.toString(16).padStart(2, "0")).join("");
}
