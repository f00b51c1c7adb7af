// @ts-check
/**
 * Checks a signed PDF on the reader's own device: the bytes against the signature, the signature against the issuer's
 * published certificate. Only the fingerprint of the file is sent, to ask whether the document was revoked.
 */

const MOST = 20_000_000;
const OID = { signedData: "1.2.840.113549.1.7.2", digest: "1.2.840.113549.1.9.4", sha256: "2.16.840.1.101.3.4.2.1" };

/** @typedef {{ tag: number, from: number, body: number, end: number }} Node */

/** One DER element. @param {Uint8Array} d @param {number} at @returns {Node} */
function node(d, at) {
  let size = d[at + 1], body = at + 2;
  if (size & 0x80) {
    const count = size & 0x7f;
    if (count < 1 || count > 4) throw new Error("length");
    size = 0;
    for (let i = 0; i < count; i++) size = size * 256 + d[body++];
  }
  if (!(body + size <= d.length)) throw new Error("short");
  return { tag: d[at], from: at, body, end: body + size };
}

/** The elements inside one. @param {Uint8Array} d @param {Node} of @returns {Node[]} */
function inside(d, of) {
  const found = [];
  for (let at = of.body; at < of.end; at = found[found.length - 1].end) found.push(node(d, at));
  return found;
}

/** @param {Uint8Array} d @param {Node} n */
function oid(d, n) {
  const parts = [Math.floor(d[n.body] / 40), d[n.body] % 40];
  let value = 0;
  for (let at = n.body + 1; at < n.end; at++) {
    value = value * 128 + (d[at] & 0x7f);
    if (!(d[at] & 0x80)) { parts.push(value); value = 0; }
  }
  return parts.join(".");
}

/** @param {Uint8Array} d @param {Node} n */
const bytes = (d, n) => d.slice(n.body, n.end);
/** @param {ArrayBuffer | Uint8Array} content */
const hex = (content) => [...new Uint8Array(content)].map((b) => b.toString(16).padStart(2, "0")).join("");
/** @param {Uint8Array} a @param {Uint8Array} b */
const same = (a, b) => a.length === b.length && a.every((value, i) => value === b[i]);

/** No signature covers its own place in the file: it must hold the signature and zeros. @param {string} place @param {Uint8Array} raw */
function filled(place, raw) {
  try {
    return place === hex(raw.slice(0, node(raw, 0).end)).toUpperCase().padEnd(place.length, "0");
  } catch {
    return false;
  }
}

/** The last signature: what it covers, and its bytes. @param {Uint8Array} pdf */
export function signature(pdf) {
  const text = new TextDecoder("latin1").decode(pdf);
  const ranges = [...text.matchAll(/\/ByteRange\s*\[\s*(\d+)\s+(\d+)\s+(\d+)\s+(\d+)\s*\]/g)];
  const last = ranges[ranges.length - 1];
  if (!last) return null;
  const [a, b, c, d] = last.slice(1).map(Number);
  const place = text.slice(b + 1, c - 1);
  const raw = new Uint8Array((place.match(/[0-9A-F]{2}/g) ?? []).map((pair) => parseInt(pair, 16)));
  const whole = a === 0 && c + d === pdf.length && b < c && text[b] === "<" && text[c - 1] === ">" && filled(place, raw);
  const covered = new Uint8Array(b + d);
  covered.set(pdf.subarray(0, b), 0);
  covered.set(pdf.subarray(c, c + d), b);
  return { whole, covered, cms: raw };
}

/** What a CMS signature says. @param {Uint8Array} d */
export function read(d) {
  const [type, content] = inside(d, node(d, 0));
  if (oid(d, type) !== OID.signedData) throw new Error("type");
  const parts = inside(d, inside(d, content)[0]);
  const certificates = parts.find((p) => p.tag === 0xa0);
  const signer = inside(d, inside(d, parts[parts.length - 1])[0]);
  const attributes = signer.find((p) => p.tag === 0xa0);
  if (!certificates || !attributes || oid(d, inside(d, signer[2])[0]) !== OID.sha256) throw new Error("parts");
  const digest = inside(d, attributes).map((one) => inside(d, one)).find(([name]) => oid(d, name) === OID.digest);
  if (!digest) throw new Error("digest");
  const signed = d.slice(attributes.from, attributes.end);
  signed[0] = 0x31; // what is signed is the SET itself, not its place in the message
  const serial = inside(d, signer[1])[1];
  return {
    digest: bytes(d, inside(d, digest[1])[0]), signed, signature: raw(d, signer[signer.findIndex((p) => p === attributes) + 2]),
    certificate: inside(d, certificates).map((one) => certificate(d, one)).find((one) => same(one.serial, bytes(d, serial))),
  };
}

/** @param {Uint8Array} d @param {Node} of */
function certificate(d, of) {
  const fields = inside(d, inside(d, of)[0]).filter((p) => p.tag !== 0xa0);
  return { der: d.slice(of.from, of.end), serial: bytes(d, fields[0]), key: d.slice(fields[5].from, fields[5].end) };
}

/** An ECDSA signature as WebCrypto wants it: r and s, 32 bytes each. @param {Uint8Array} d @param {Node} held */
function raw(d, held) {
  const out = new Uint8Array(64);
  inside(d, node(d, held.body)).forEach((number, i) => {
    const value = bytes(d, number).slice(-32);
    out.set(value, 32 * (i + 1) - value.length);
  });
  return out;
}

/** The issuer's certificates from PEM. @param {string[]} texts */
function published(texts) {
  return texts.flatMap((text) => [...text.matchAll(/-----BEGIN CERTIFICATE-----([\s\S]+?)-----END/g)])
    .map((found) => Uint8Array.from(atob(found[1].replace(/\s/g, "")), (c) => c.charCodeAt(0)));
}

/**
 * unsigned | altered | stranger | sound
 * @param {Uint8Array} pdf @param {string[]} certificates PEM @returns {Promise<string>}
 */
export async function check(pdf, certificates) {
  const found = signature(pdf);
  if (!found) return "unsigned";
  try {
    const cms = read(found.cms);
    const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", found.covered));
    if (!found.whole || !same(digest, cms.digest)) return "altered";
    if (!cms.certificate || !published(certificates).some((der) => same(der, /** @type {any} */ (cms.certificate).der))) return "stranger";
    const key = await crypto.subtle.importKey("spki", cms.certificate.key, { name: "ECDSA", namedCurve: "P-256" }, false, ["verify"]);
    const good = await crypto.subtle.verify({ name: "ECDSA", hash: "SHA-256" }, key, cms.signature, cms.signed);
    return good ? "sound" : "altered";
  } catch {
    return "altered";
  }
}

/** @param {HTMLElement} part @param {string} name @param {string} [more] */
function tell(part, name, more = "") {
  const shape = /** @type {HTMLTemplateElement} */ (part.querySelector(`template[data-say="${name}"]`));
  const copy = /** @type {DocumentFragment} */ (shape.content.cloneNode(true));
  /** @type {HTMLElement} */ (copy.querySelector("[data-more]")).textContent = more;
  /** @type {HTMLElement} */ (part.querySelector("[data-result]")).replaceChildren(copy);
}

/** @param {HTMLElement} part @param {File} file */
async function look(part, file) {
  if (file.size > MOST) return tell(part, "large");
  tell(part, "checking");
  const pdf = new Uint8Array(await file.arrayBuffer());
  /** @type {{certificates: string[]}} */
  const keys = await fetch("/verify/keys.json").then((r) => r.json()).catch(() => kept());
  keep(keys);
  const found = await check(pdf, keys.certificates);
  if (found !== "sound") return tell(part, found);
  const print = hex(await crypto.subtle.digest("SHA-256", pdf));
  const known = await fetch(`/verify/file/${print}`).then((r) => (r.ok ? r.json() : null)).catch(() => null);
  if (!known) return tell(part, "offline");
  const title = known.title?.[document.documentElement.lang.slice(0, 2)] ?? known.title?.zh;
  return tell(part, known.state === "unknown" ? "unlisted" : known.state, [title, known.number].filter(Boolean).join(" "));
}

/** The issuer's certificates from the last visit, for checking without a network. */
const kept = () => JSON.parse(localStorage.getItem("tb.issuer") ?? '{"certificates": []}');
/** @param {object} keys */
const keep = (keys) => localStorage.setItem("tb.issuer", JSON.stringify(keys));

if (typeof document !== "undefined") {
  const part = /** @type {HTMLElement | null} */ (document.querySelector("[data-verify]"));
  if (part && globalThis.crypto?.subtle) {
    part.hidden = false;
    const input = /** @type {HTMLInputElement} */ (part.querySelector("input[type=file]"));
    input.addEventListener("change", () => { if (input.files?.[0]) look(part, input.files[0]); });
    part.addEventListener("dragover", (event) => event.preventDefault());
    part.addEventListener("drop", (event) => {
      event.preventDefault();
      const file = event.dataTransfer?.files[0];
      if (file) look(part, file);
    });
  }
}
