// @ts-check
/**
 * A form while it is filled in: shows and hides, computes and checks by the rules in the page, turns its pages, keeps the
 * draft on the server. Without this file the server does all of that at every button.
 */
import { lines, review } from "./form-check.js";
import { find, turn, where } from "./form-pages.js";
import { full, readAll, show } from "./form-read.js";
import { checks, near, say } from "./form-say.js";
import { settle } from "./form-shape.js";

/** @typedef {Record<string, any>} Field */

const PARTS = /** @type {[string, string][]} */ ([
  ["[data-rows]", "rows"], ["[data-attach]", "file"], ["[data-sign]", "sign"], ["[data-place]", "place"], ["[data-scan]", "scan"],
  ["[data-search], [data-alone], [data-count]", "choice"], ["[data-regions], [data-levels], [data-names]", "region"], ["[data-capitals]", "money"],
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
    /** What the procedure's rules say already of the answers so far. @type {Map<string, string[]>} */ this.early = new Map();
    /** What of it somebody was shown. @type {Set<string>} */ this.shown = new Set();
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
    document.addEventListener("click", (e) => find(this, e));
    this.form.addEventListener("tb:told", (e) => /** @type {CustomEvent} */ (e).detail.push(...this.order().slice(0, -1).flatMap((id) => lines(this, this.page(id)))));
    addEventListener("popstate", () => where(this, true));
    where(this);
    addEventListener("pagehide", () => { if (this.dirty) this.save(true); });
    const parts = PARTS.filter(([selector]) => this.form.querySelector(selector)).map(([, name]) => import(`./field-${name}.js`).then((part) => part.start(this)));
    // What a phone kept goes into rows and lists of files, which their modules make: not before all have started.
    Promise.allSettled(parts).then(() => {
      this.root.dataset.live = "";
      document.dispatchEvent(new CustomEvent("tb:live"));
      // The page came as the rules want it: there is time, and what this device kept comes first.
      setTimeout(() => quiet(() => this.shape && quiet(() => { if (!this.drawn) this.draw(); })), 700);
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
    if (this.here() === "check") review(this);
  }

  refresh() {
    this.settled = null;
    this.draw();
  }

  draw() {
    this.drawn = true;
    for (const place of /** @type {NodeListOf<HTMLElement>} */ (this.root.querySelectorAll(".q[data-at]"))) this.apply(place);
    for (const line of /** @type {NodeListOf<HTMLElement>} */ (this.root.querySelectorAll("[data-line]"))) line.hidden = this.shape.hidden.has(line.dataset.line ?? "");
    for (const page of this.tree.pages) {
      const gone = this.shape.pages.has(page.id);
      this.page(page.id)?.toggleAttribute("data-skipped", gone);
      for (const part of /** @type {NodeListOf<HTMLElement>} */ (this.root.querySelectorAll(`[data-to="${page.id}"], [data-sum="${page.id}"]`))) part.hidden = gone;
      if (!this.steps) this.page(page.id).hidden = gone;
    }
    checks(this);
    this.root.dispatchEvent(new CustomEvent("tb:shape", { detail: this.shape }));
  }

  /** @param {HTMLElement} place */
  apply(place) {
    const at = place.dataset.at ?? "", shape = /** @type {import("./form-shape.js").Shape} */ (this.shape);
    place.hidden = shape.hidden.has(at);
    const field = this.field(at);
    const out = place.querySelector(":scope [data-out]");
    if (out && field?.computed && !(/** @type {HTMLElement} */ (out).dataset.names)) out.textContent = show(field, this.value(at), this.lang) || this.words.unknown;
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

  /** @param {any[]} problems */
  async tell(problems) {
    (await import("./form-problems.js")).tell(this, problems);
  }

  /** @param {Event} event @param {boolean} [done] */
  typed(event, done = false) {
    const place = /** @type {HTMLElement} */ (event.target).closest?.(".q[data-at]");
    const at = /** @type {HTMLElement | null} */ (place)?.dataset.at ?? "";
    if ([this.unread.delete(at), this.needs.delete(at)].includes(true)) say(this, at, "error", []);
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
    if (this.waiting) checks(this);
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
    else checks(this);
  }

  /** Keep the draft on the server; what it cannot read is told at fields that were left. @param {boolean} [closing] */
  async save(closing = false) {
    const url = this.form.dataset.draft;
    if (!url) return this.amiss();
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
        const after = await (await import("./form-refused.js")).refused(this, answer);
        if (after) return after;
        throw answer;
      }
      const said = await answer.json();
      document.dispatchEvent(new CustomEvent("tb:drafted"));
      this.unread = new Map(said.problems.filter((/** @type {any} */ p) => p.level !== "warning").map((/** @type {any} */ p) => [near(this, p.at), p.text]));
      if (line) Object.assign(line, { textContent: line.dataset.words, className: "saved" });
      checks(this);
      return said;
    } catch (/** @type {any} */ why) {
      this.dirty = true;
      if (line) Object.assign(line, { textContent: why.words ?? line.dataset.failed, className: `saved is-failed${why.words ? " is-told" : ""}` });
      return this.amiss();
    }
  }

  /** What the server does not say now. */
  amiss() {
    return import("./form-amiss.js").then((own) => own.tell(this)).catch(() => {});
  }

  here() {
    return /** @type {HTMLInputElement | null} */ (this.root.querySelector('[name="_here"]'))?.value ?? "";
  }

  /** The pages that are asked, in their order, and the one to check. @returns {string[]} */
  order() {
    return [...this.tree.pages.map((/** @type {any} */ p) => p.id).filter((/** @type {string} */ id) => !this.shape?.pages.has(id) && this.page(id)), "check"];
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
    else turn(this, /** @type {HTMLButtonElement} */ (button).value);
  }

  /** @template T @param {Promise<T>} work @returns {Promise<T>} */
  wait(work) {
    this.busy.add(work);
    return work.finally(() => this.busy.delete(work));
  }

  /** A question by its place. @param {string} at @returns {HTMLElement | null} */
  place(at) {
    return this.root.querySelector(`.q[data-at="${CSS.escape(at)}"]`);
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

/** Forms that are here now; beside the inbox another one comes with each case that is opened. */
function begin() {
  for (const root of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("[data-form]:not([data-begun])"))) {
    root.dataset.begun = "";
    new Sheet(root).start();
  }
}

begin();
document.addEventListener("htmx:after:swap", begin);
