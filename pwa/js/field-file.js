// @ts-check
/**
 * Files and photos: made small and kept on the device at once where it keeps things (photos-attach.js), named in the
 * answer by their SHA-256, and sent by the outbox. Where nothing can be kept the plain file input goes with the form.
 */
import { checks } from "./form-say.js";

/** @param {import("./form.js").Sheet} sheet */
export async function start(sheet) {
  // A panel without the outbox sends its form itself: nobody would send what was kept.
  const kept = document.body.dataset.person && sheet.form.hasAttribute("data-outbox") ? await import("./photos-attach.js").catch(() => null) : null;
  for (const input of /** @type {NodeListOf<HTMLInputElement>} */ (sheet.root.querySelectorAll("[data-attach]"))) field(sheet, input, kept);
}

/** @param {import("./form.js").Sheet} sheet @param {HTMLInputElement} input @param {typeof import("./photos-attach.js") | null} kept */
function field(sheet, input, kept) {
  const place = /** @type {HTMLElement} */ (input.closest(".q")), list = /** @type {HTMLElement} */ (place.querySelector("[data-held]"));
  const at = place.dataset.at ?? "", { most = "1", bytes = "0", remove = "", big = "", kinds = "", other = "", none = "", blank = "", many = "" } = input.dataset;
  const room = () => { input.hidden = Boolean(kept) && list.children.length >= Number(most); };
  const drop = (/** @type {HTMLElement} */ line) => {
    const box = /** @type {HTMLInputElement} */ (line.querySelector("input"));
    box.hidden = true;
    const button = Object.assign(document.createElement("button"), { type: "button", className: "linkish", textContent: remove });
    button.setAttribute("aria-label", `${remove}: ${line.querySelector(".held-name")?.textContent ?? ""}`);
    button.addEventListener("click", () => { line.remove(); room(); input.focus(); changed(); });
    line.append(button);
  };
  const changed = () => input.dispatchEvent(new Event("input", { bubbles: true }));
  for (const line of /** @type {NodeListOf<HTMLElement>} */ (list.querySelectorAll(".held-one"))) drop(line);
  room();
  document.addEventListener("tb:filled", (e) => restore(/** @type {CustomEvent} */ (e).detail?.[input.dataset.attach ?? ""], list, add).then((some) => { room(); if (some) sheet.anew(); }));

  input.addEventListener("change", (event) => sheet.wait(taken(event)));

  /** @param {Event} event */
  async function taken(event) {
    const files = [...input.files ?? []];
    const over = files.find((file) => file.size > Number(bytes) && !file.type.startsWith("image/"));
    if (over) {
      event.stopPropagation();        // for the form nothing was chosen: it would take the words away again
      return refuse(big.replace("{name}", over.name).replace("{max}", String(Math.round(Number(bytes) / 104857.6) / 10)));
    }
    if (!kept) return;
    const whys = new Set();
    input.disabled = true;
    for (const file of files) {
      if (list.children.length >= Number(most)) { whys.add(many); break; }
      const one = await kept.attach(file, wrong);
      if (one && "why" in one) whys.add(one.why);
      else if (one) await add(one);
      else { input.disabled = false; return; }
    }
    input.value = "";
    input.disabled = false;
    room();
    changed();
    if (whys.size) refuse([...whys].join(sheet.lang === "zh" ? "；" : "; "));
  }

  /** @param {string} words */
  function refuse(words) {
    sheet.left.add(at);
    sheet.needs.set(at, words);
    input.value = "";
    checks(sheet);
  }

  /** What the server would say of a content, as far as its first bytes tell. @param {File} file */
  async function wrong(file) {
    if (!file.size) return blank;
    const found = sniff(String.fromCharCode(...new Uint8Array(await file.slice(0, 12).arrayBuffer())));
    if (!found) return none;
    return kinds.split(" ").some((kind) => kind.startsWith(found)) ? "" : other.replace("{name}", file.name);
  }

  /** @param {any} one */
  async function add(one) {
    const line = Object.assign(document.createElement("li"), { className: "held-one" });
    const label = document.createElement("label"), box = Object.assign(document.createElement("input"), { type: "checkbox", name: input.dataset.attach, checked: true });
    box.value = JSON.stringify({ id: one.id, name: one.name, size: one.size, media: one.media });
    label.append(box);
    const address = kept && one.media.startsWith("image/") && await kept.preview(one.id);
    if (address) label.append(Object.assign(document.createElement("img"), { src: address, alt: "", width: 48, height: 48 }));
    label.append(Object.assign(document.createElement("span"), { className: "held-name", textContent: one.name }));
    line.append(label);
    drop(line);
    list.append(line);
  }
}

/** The kind of a content by how it begins; office files are zip archives. @param {string} head */
function sniff(head) {
  const begins = { "%PDF-": "application/pdf", "\xff\xd8\xff": "image/jpeg", "\x89PNG\r\n": "image/png", "PK\x03\x04": "application/vnd.openxml" };
  const found = Object.entries(begins).find(([bytes]) => head.startsWith(bytes));
  return found?.[1] ?? (/^RIFF[^]{4}WEBP/.test(head) ? "image/webp" : "");
}

/** Files of a draft are named in its answers. @param {any} answer @param {HTMLElement} list @param {(one: any) => Promise<void>} add */
async function restore(answer, list, add) {
  const held = new Set([...list.querySelectorAll("input")].map((box) => box.value));
  const missing = [answer ?? []].flat().flatMap((written) => {
    try { return written && !held.has(written) ? [JSON.parse(written)] : []; } catch { return []; /* not ours */ }
  });
  for (const one of missing) await add(one);
  return missing.length > 0;
}
