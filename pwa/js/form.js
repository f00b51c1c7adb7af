// @ts-check
/**
 * A form while it is filled in: shows and hides, computes and checks by the rules in the page, turns its pages, keeps the
 * draft on the server. Without this file the server does all of that at every button.
 */
import { full, lines, readAll, show, told } from "./form-read.js";
import { settle } from "./form-shape.js";

/** @typedef {Record<string, any>} Field */

const PARTS = /** @type {[string, string][]} */ ([
  ["[data-rows]", "rows"], ["[data-attach]", "file"], ["[data-sign]", "sign"], ["[data-place]", "place"], ["[data-scan]", "scan"],
  ["[data-search], [data-alone], [data-count]", "choice"], ["[data-regions], [data-levels]", "region"], ["[data-capitals]", "money"],
]);

/** A form and its pages. */
export class Sheet {
  /** @param {HTMLElement} root */
  constructor(root) {
    this.root = root;
    this.form = /** @type {HTMLFormElement} */ (root.closest("form"));
    this.tree = JSON.parse(/** @type {HTMLElement} */ (root.querySelector("[data-rules]")).textContent ?? "{}");
    this.lang = root.dataset.lang ?? "zh";
    this.steps = root.dataset.layout === "steps";
    /** @type {Map<string, Field>} */ this.fields = new Map(this.tree.pages.flatMap((/** @type {any} */ p) => p.fields ?? []).map((/** @type {Field} */ f) => [f.id, f]));
    /** Places that a person has left: only there problems are told before "continue". @type {Set<string>} */ this.left = new Set();
    /** What the server could not read. @type {Map<string, string>} */ this.unread = new Map();
    /** What "continue" found missing. @type {Map<string, string>} */ this.needs = new Map();
    /** What is still being made of a photo or a signature; nothing is sent before. @type {Set<Promise<any>>} */ this.busy = new Set();
    /** The draft on its way to the server. @type {Promise<any> | null} */ this.saving = null;
    this.dirty = false;
    /** Places as they are marked: a key pressed touches only what it changes. @type {WeakMap<Element, boolean>} */ this.must = new WeakMap();
    this.pressing = false;
    this.waiting = false;
    /** @type {ReturnType<typeof setTimeout>} */ this.timer = setTimeout(() => {});
    this.words = this.tree.words;
    /** @type {import("./form-shape.js").Shape | null} */ this.settled = null;
    this.drawn = false;
  }

  start() {
    this.form.addEventListener("input", (e) => this.typed(e));
    this.form.addEventListener("change", (e) => this.typed(e, true));
    this.form.addEventListener("focusout", (e) => this.leave(e));
    this.form.addEventListener("submit", (e) => this.pressed(e));
    addEventListener("pointerdown", () => { this.pressing = true; }, true);
    for (const over of ["pointerup", "pointercancel"]) addEventListener(over, () => setTimeout(() => this.released()), true);
    document.addEventListener("tb:filled", () => this.anew());     // a draft of this device was put back
    document.addEventListener("tb:problems", (e) => this.tell(/** @type {CustomEvent} */ (e).detail?.problems ?? []));
    document.addEventListener("click", (e) => this.find(e));
    this.form.addEventListener("tb:told", (e) => /** @type {CustomEvent} */ (e).detail.push(...this.order().slice(0, -1).flatMap((id) => lines(this, this.page(id)))));
    addEventListener("popstate", () => this.where(true));
    this.where();
    addEventListener("pagehide", () => { if (this.dirty) this.save(true); });
    const parts = PARTS.filter(([selector]) => this.form.querySelector(selector)).map(([, name]) => import(`./field-${name}.js`).then((part) => part.start(this)));
    // What a phone kept goes into rows and lists of files, which their modules make: not before all have started.
    Promise.allSettled(parts).then(() => {
      this.root.dataset.live = "";
      document.dispatchEvent(new CustomEvent("tb:live"));
      quiet(() => { if (!this.drawn) this.refresh(); });      // the page came as the rules want it: there is time
    });
  }

  /** What the rules make of the answers: worked out when it is asked for. @returns {import("./form-shape.js").Shape} */
  get shape() {
    this.settled ??= settle(this.tree, readAll(this.tree, this.raw()));
    return this.settled;
  }

  /** Every answer by pointer-like names, rows and parts nested. @returns {Record<string, any>} */
  raw() {
    /** @type {Record<string, any>} */ const out = {};
    for (const [name, value] of new FormData(this.form)) {
      if (typeof value !== "string" || name.startsWith("_")) continue;
      const path = name.split(".");
      if (!this.fields.has(path[0])) continue;
      const last = /** @type {string} */ (path.pop());
      let inner = out;
      for (const part of path) inner = inner[part] = typeof inner[part] === "object" && inner[part] && !Array.isArray(inner[part]) ? inner[part] : {};
      inner[last] = last in inner ? [inner[last], value].flat() : value;
    }
    return out;
  }

  /** What stands in the controls was put there and not typed. */
  anew() {
    this.refresh();
    if (this.here() === "check") this.review();
  }

  refresh() {
    this.settled = null;
    this.drawn = true;
    for (const place of /** @type {NodeListOf<HTMLElement>} */ (this.root.querySelectorAll(".q[data-at]"))) this.apply(place);
    for (const line of /** @type {NodeListOf<HTMLElement>} */ (this.root.querySelectorAll("[data-line]"))) line.hidden = this.shape.hidden.has(line.dataset.line ?? "");
    for (const page of this.tree.pages) {
      const gone = this.shape.pages.has(page.id);
      this.page(page.id)?.toggleAttribute("data-skipped", gone);
      for (const part of /** @type {NodeListOf<HTMLElement>} */ (this.root.querySelectorAll(`[data-to="${page.id}"], [data-sum="${page.id}"]`))) part.hidden = gone;
      if (!this.steps) this.page(page.id).hidden = gone;
    }
    this.checks();
    this.root.dispatchEvent(new CustomEvent("tb:shape", { detail: this.shape }));
  }

  /** @param {HTMLElement} place */
  apply(place) {
    const at = place.dataset.at ?? "", shape = /** @type {import("./form-shape.js").Shape} */ (this.shape);
    place.hidden = shape.hidden.has(at);
    const field = this.field(at);
    const out = place.querySelector(":scope [data-out]");
    if (out && field?.computed) out.textContent = show(field, this.value(at), this.lang) || this.words.unknown;
    if (!field || field.type === "group") return;
    place.toggleAttribute("inert", shape.readonly.has(at));
    const must = shape.required.has(at);
    if (this.must.get(place) !== must) {
      for (const control of place.querySelectorAll("input:not([type=hidden]), select, textarea")) {
        if (must) control.setAttribute("aria-required", "true"); else control.removeAttribute("aria-required");
      }
      this.must.set(place, must);
    }
    if (field.when) for (const option of /** @type {any} */ (place.querySelectorAll("input[value], option[value]"))) {
      if (!(option.value in (field.when ?? {}))) continue;
      const closed = shape.closed.get(at)?.has(option.value) ?? false;
      option.disabled = closed && !option.checked && !option.selected;
      (option.closest(".pick") ?? option).hidden = option.disabled;
    }
  }

  /** Checks of the form, at fields that were left. */
  checks() {
    /** @type {Map<string, string[]>} */ const wrong = new Map(), /** @type {Map<string, string[]>} */ odd = new Map();
    for (const { at, check } of /** @type {any} */ (this.shape).failed) {
      const list = check.soft ? odd : wrong;
      list.set(at, [...(list.get(at) ?? []), this.fill(check)]);
    }
    for (const at of this.left) {
      const own = this.unread.get(at) ?? this.needs.get(at);
      this.say(at, "error", own ? [own] : wrong.get(at) ?? []);
      this.say(at, "warn", odd.get(at) ?? []);
    }
  }

  /** @param {any} check */
  fill(check) {
    const said = check.say[this.lang] ?? check.say.zh;
    return said.replace(/\{(\w+)\}/g, (/** @type {string} */ all, /** @type {string} */ name) => {
      const full_ = check.names?.find((/** @type {string} */ n) => n.split(".").pop() === name);
      const value = full_ && /** @type {any} */ (this.shape).env[full_];
      const field = this.fields.get(name) ?? [...this.fields.values()].flatMap((f) => f.fields ?? []).find((f) => f.id === name);
      return full_ ? show(field ?? {}, value ?? null, this.lang) || "—" : all;
    });
  }

  /** @param {string} at @param {"error" | "warn"} kind @param {string[]} words */
  say(at, kind, words) {
    const place = this.root.querySelector(`.q[data-at="${CSS.escape(at)}"]`);
    const line = place?.querySelector(`:scope > .q-${kind}`);
    if (!place || !line || /** @type {HTMLElement} */ (line).dataset.said === words.join("\n")) return;
    line.replaceChildren(...words.map((word) => Object.assign(document.createElement("span"), { textContent: word })));
    /** @type {HTMLElement} */ (line).dataset.said = words.join("\n");
    /** @type {HTMLElement} */ (line).hidden = !words.length;
    if (kind === "warn") return;
    place.classList.toggle("q-wrong", words.length > 0);
    for (const control of place.querySelectorAll("input:not([type=hidden]), select, textarea")) {
      if (words.length) control.setAttribute("aria-invalid", "true");
      else control.removeAttribute("aria-invalid");
      const ids = new Set((control.getAttribute("aria-describedby") ?? "").split(" ").filter(Boolean));
      ids[words.length ? "add" : "delete"](line.id);
      control.setAttribute("aria-describedby", [...ids].join(" "));
    }
  }

  /** @param {any[]} problems */
  async tell(problems) {
    (await import("./form-problems.js")).tell(this, problems);
  }

  /** A way to a question from the list of what is wrong: its page first. @param {Event} event */
  find(event) {
    const link = /** @type {HTMLElement} */ (event.target).closest?.('a[href^="#f-"]');
    const place = link && document.getElementById(link.getAttribute("href")?.slice(1) ?? "")?.closest(".q");
    if (!place || !this.root.contains(place)) return;
    event.preventDefault();
    if (this.steps) this.go(/** @type {HTMLElement | null} */ (place.closest("[data-page]"))?.dataset.page ?? "", true, false);
    focus(place);
  }

  /** The question that a place belongs to: the region of an address is told at the address. @param {string} at */
  near(at) {
    while (at && !this.root.querySelector(`.q[data-at="${CSS.escape(at)}"]`)) at = at.slice(0, at.lastIndexOf("/"));
    return at;
  }

  /** @param {Event} event @param {boolean} [done] */
  typed(event, done = false) {
    const place = /** @type {HTMLElement} */ (event.target).closest?.(".q[data-at]");
    const at = /** @type {HTMLElement | null} */ (place)?.dataset.at ?? "";
    if ([this.unread.delete(at), this.needs.delete(at)].includes(true)) this.say(at, "error", []);
    if (done && place?.querySelector("[type=radio], [type=checkbox], select")) this.left.add(at);
    this.dirty = true;
    cancelAnimationFrame(this.frame ?? 0);
    this.frame = requestAnimationFrame(() => this.refresh());
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.save(), 1500);
  }

  /** A press is over: what waited for it is told. */
  released() {
    this.pressing = false;
    if (this.waiting) this.checks();
    this.waiting = false;
  }

  /** @param {FocusEvent} event */
  leave(event) {
    const place = /** @type {HTMLElement} */ (event.target).closest?.(".q[data-at]");
    if (!place || place.contains(/** @type {Node | null} */ (event.relatedTarget))) return;
    const at = /** @type {HTMLElement} */ (place).dataset.at ?? "";
    if (!full(at.slice(1).split("/").reduce((held, key) => held?.[key], this.raw()))) return;
    this.left.add(at);
    if (this.pressing) this.waiting = true;     // a problem that is told now would move the button from under the press
    else this.checks();
  }

  /** Keep the draft on the server; what it cannot read is told at fields that were left. @param {boolean} [closing] */
  async save(closing = false) {
    const url = this.form.dataset.draft;
    if (!url) return null;
    clearTimeout(this.timer);
    const body = new FormData(this.form);
    for (const name of [...body.keys()]) if (/^_(file|sheet)\./.test(name)) body.delete(name);
    body.append("_draft", "1");
    this.dirty = false;
    const line = /** @type {HTMLElement | null} */ (this.root.querySelector("[data-saved]"));
    try {
      const token = document.querySelector('meta[name="csrf"]')?.getAttribute("content") ?? "";
      const sent = this.saving = fetch(url, { method: "POST", body, keepalive: closing, headers: { "X-CSRF-Token": token, Accept: "application/json" } });
      const answer = await sent.finally(() => { if (this.saving === sent) this.saving = null; });
      if (!answer.ok) {
        const { ended } = [401, 403].includes(answer.status) ? await import("./form-ended.js") : {};
        const after = await ended?.(this);
        if (after) return after;
        throw new Error(String(answer.status));
      }
      const said = await answer.json();
      document.dispatchEvent(new CustomEvent("tb:drafted"));
      this.unread = new Map(said.problems.filter((/** @type {any} */ p) => p.level !== "warning").map((/** @type {any} */ p) => [this.near(p.at), p.text]));
      if (line) Object.assign(line, { textContent: line.dataset.words, className: "saved" });
      this.checks();
      return said;
    } catch {
      this.dirty = true;
      if (line) Object.assign(line, { textContent: line.dataset.failed, className: "saved is-failed" });
      return null;
    }
  }

  order() {
    return [...this.tree.pages.map((/** @type {any} */ p) => p.id).filter((/** @type {string} */ id) => !this.shape?.pages.has(id) && this.page(id)), "check"];
  }

  here() {
    return /** @type {HTMLInputElement | null} */ (this.root.querySelector('[name="_here"]'))?.value ?? "";
  }

  /** @param {string} id @returns {HTMLElement} */
  page(id) {
    return /** @type {HTMLElement} */ (this.root.querySelector(`[data-page="${CSS.escape(id)}"]`));
  }

  /** @param {SubmitEvent} event */
  pressed(event) {
    const button = /** @type {HTMLButtonElement | null} */ (event.submitter);
    if (event.defaultPrevented) return;
    const turns = button?.name === "_go", first = [...this.busy];
    if (!turns && button?.formNoValidate) {     // goes to the server as it stands: a draft that came after it would undo it
      clearTimeout(this.timer);
      this.dirty = false;
      if (this.saving) first.push(this.saving);
    }
    if (!turns && !first.length) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    if (first.length) Promise.allSettled(first).then(() => this.form.requestSubmit(button));
    else this.turn(/** @type {HTMLButtonElement} */ (button).value);
  }

  /** @template T @param {Promise<T>} work @returns {Promise<T>} */
  wait(work) {
    this.busy.add(work);
    return work.finally(() => this.busy.delete(work));
  }

  /** @param {string} to */
  async turn(to) {
    const here = this.here(), order = this.order();
    if (to !== "next") return this.go(to);
    const saved = this.save();
    if (this.missing(here)) return undefined;
    await Promise.race([saved, new Promise((done) => setTimeout(done, 1200))]);
    if (this.missing(here)) return undefined;
    return this.go(order[Math.min(order.indexOf(here) + 1, order.length - 1)]);
  }

  /** Tell what the page still needs, and go to the first. @param {string} id */
  missing(id) {
    const page = this.page(id), shape = /** @type {import("./form-shape.js").Shape} */ (this.shape), raw = this.raw();
    for (const place of /** @type {NodeListOf<HTMLElement>} */ (page.querySelectorAll(".q[data-at]:not([hidden])"))) {
      const at = place.dataset.at ?? "", keys = at.slice(1).split("/");
      if (keys.length > 1 && !full(raw[keys[0]]?.[keys[1]])) continue;        // a row nobody began
      this.left.add(at);
      this.needs.delete(at);
      const held = keys.reduce((part, key) => part?.[key], /** @type {any} */ (raw));
      const chosen = /** @type {HTMLInputElement | null} */ (place.querySelector("[data-attach]"))?.files?.length;     // goes with the form
      if (shape.required.has(at) && !full(held) && !chosen && !(keys[0] in this.tree.held)) this.needs.set(at, this.asks(at, place));
    }
    this.checks();
    const wrong = page.querySelector(".q-wrong:not([hidden])");
    if (wrong) focus(wrong);
    return wrong !== null;
  }

  /** @param {string} at @param {HTMLElement} place */
  asks(at, place) {
    const label = (place.querySelector(".q-label")?.firstChild?.textContent ?? "").trim();
    return (this.words[this.field(at)?.type ?? ""] ?? this.words.fill).replace("{label}", label);
  }

  /** @param {string} id @param {boolean} [push] @param {boolean} [look] */
  go(id, push = true, look = true) {
    if (!this.steps || !this.page(id)) return;
    const order = this.order(), n = order.indexOf(id), last = id === "check";
    for (const page of /** @type {NodeListOf<HTMLElement>} */ (this.root.querySelectorAll("[data-page]"))) page.hidden = page.dataset.page !== id;
    /** @type {HTMLInputElement} */ (this.root.querySelector('[name="_here"]')).value = id;
    const [back, next, ends] = ["[data-back]", "[data-next]", "[data-last]"].map((s) => /** @type {any} */ (this.root.querySelector(s)));
    back.hidden = n < 1;
    back.value = order[n - 1] ?? "";
    next.hidden = last;
    ends.hidden = !last;
    const step = /** @type {HTMLElement | null} */ (this.root.querySelector("[data-step]"));
    const title = this.page(id).querySelector(".page-title");
    if (step) step.textContent = last ? title?.textContent ?? "" : (step.dataset.words ?? "").replace("{n}", String(n + 1)).replace("{all}", String(order.length - 1));
    this.root.querySelector("[data-way] progress")?.setAttribute("value", String(n + 1));
    this.root.querySelector("[data-way]")?.removeAttribute("open");
    for (const button of this.root.querySelectorAll("[data-to] button")) {
      button.removeAttribute("aria-current");
      if (button.closest("[data-to]")?.getAttribute("data-to") === id) button.setAttribute("aria-current", "step");
    }
    if (last) this.review();
    const url = new URL(location.href);
    url.searchParams.set("page", id);
    if (push) history.pushState(null, "", url);
    if (look) { scrollTo(0, 0); /** @type {HTMLElement | null} */ (title)?.focus(); }
  }

  /** To the page that the address names. What the server sent shows it already; a copy on the device may show another. @param {boolean} [back] */
  where(back = false) {
    const asked = new URL(location.href).searchParams.get("page"), kept = document.documentElement.hasAttribute("data-kept");
    if (back || (kept && (asked ?? this.tree.pages[0].id) !== this.here())) this.go(asked ?? this.order()[0], false, back);
  }

  /** The answers to check, in the server's words; without a network as they stand in the controls. */
  async review() {
    this.root.dispatchEvent(new CustomEvent("tb:review", { bubbles: true, detail: this }));
    const place = /** @type {HTMLElement} */ (this.root.querySelector("[data-check]"));
    place.replaceChildren(...this.order().slice(0, -1).map((id) => told(this, id, place.dataset.change ?? "")));
    const said = await this.save();
    if (!said?.check || this.here() !== "check") return;
    const seen = document.createElement("template");
    seen.innerHTML = said.check;
    // Pictures that wait on the device to be sent with the form are shown from there.
    if (seen.content.querySelector("img")) await import("./photos-attach.js").then((kept) => kept.fill(seen.content)).catch(() => {});
    place.replaceChildren(seen.content);
  }

  /** @param {string} at @returns {Field | undefined} */
  field(at) {
    const [id, , column] = at.slice(1).split("/");
    const field = this.fields.get(id);
    return column ? field?.fields?.find((/** @type {Field} */ c) => c.id === column) : field;
  }

  /** @param {string} at */
  value(at) {
    return at.slice(1).split("/").reduce((held, key) => held?.[key] ?? null, /** @type {any} */ (this.shape).values);
  }
}

const quiet = globalThis.requestIdleCallback ?? setTimeout;

/** @param {Element | null | undefined} place */
function focus(place) {
  place?.scrollIntoView({ block: "center" });
  /** @type {HTMLElement | null | undefined} */ (place?.querySelector("input:not([type=hidden]):not([hidden]), select, textarea, [tabindex]"))?.focus({ preventScroll: true });
}

/** Forms that are here now; beside the inbox another one comes with each case that is opened. */
function begin() {
  for (const root of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("[data-form]:not([data-begun])"))) {
    root.dataset.begun = "";
    new Sheet(root).start();
  }
}

begin();
document.addEventListener("htmx:after:swap", begin);
