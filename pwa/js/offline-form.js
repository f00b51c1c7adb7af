// @ts-check
/**
 * A form page: what is typed is kept as it is typed, and what is submitted goes through the outbox, with a network or
 * without. The form says what it is: data-outbox, data-title, data-version and either data-procedure (a new application)
 * or data-case, data-task and data-expected.
 */
import { dropDraft, fillForm, loadDraft, readForm, saveDraft } from "./drafts.js";
import { answer, content, openPhone, rows } from "./outbox-rows.js";
import { changed, phone, send } from "./offline.js";

const form = /** @type {HTMLFormElement} */ (document.querySelector("form[data-outbox]"));
const about = form.dataset;
const editing = new URLSearchParams(location.search).get("record");
const id = editing ? `record:${editing}` : about.case ? `${about.case}:${about.task}` : `new:${about.procedure}`;
/** What the page came with. */ let empty = "";
/** One number for this application from the first keystroke on, so that starting it twice is starting it once. */
/** @type {string} */ let application = crypto.randomUUID();
let kept = "";
/** @type {ReturnType<typeof setTimeout>} */ let timer;
let busy = false;
/** Names of what was typed before the device's store was open: it goes before the draft. @type {Set<string> | null} */
let early = new Set();

/** @type {import("./outbox.js").Phone} */ let here;
/** Looked for while the fields start. @type {Promise<import("./drafts.js").Draft | null>} */ let found;

/** @param {string} what @param {Record<string, string>} [words] */
function tell(what, words = {}) {
  for (const place of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("[data-tell]"))) {
    place.hidden = place.dataset.tell !== what;
    for (const slot of /** @type {NodeListOf<HTMLElement>} */ (place.querySelectorAll("[data-slot]"))) slot.textContent = words[slot.dataset.slot ?? ""] ?? "";
  }
  const told = /** @type {HTMLElement | null} */ (document.querySelector(`[data-tell="${what}"]`));
  if (told?.hasAttribute("tabindex")) told.focus();
}

const clock = (/** @type {string | number} */ at) => new Intl.DateTimeFormat(document.documentElement.lang, { month: "long", day: "numeric", hour: "2-digit", minute: "2-digit", timeZone: "Asia/Shanghai" }).format(new Date(at));

/** What it is and whom it is about: two new applications of one kind are told apart by that. */
function title() {
  const whom = about.subject && /** @type {any} */ (form.elements.namedItem(about.subject))?.value;
  return [about.title ?? document.title, whom].filter(Boolean).join(" · ");
}

/** @param {boolean} [synced] the server has it too */
async function save(synced = false) {
  clearTimeout(timer);
  const raw = readForm(form);
  const now = JSON.stringify(raw);
  if (busy || early || (now === kept && !synced) || (synced && now === empty)) return;
  const files = [...new Set(now.match(/\b[0-9a-f]{64}\b/g) ?? [])];
  await saveDraft(here, { id, version: about.version ?? "", at: new Date().toISOString(), raw, files, synced,
    application, url: location.pathname, title: title() });
  kept = now;
  if (!synced) tell("saved", { at: clock(Date.now()) });
}

/** @param {Event} [event] */
function soon(event) {
  if (early && event?.isTrusted) early.add(/** @type {any} */ (event.target).name ?? "");
  clearTimeout(timer);
  timer = setTimeout(() => save().catch(full), 400);
}

/** @param {any} e */
function full(e) {
  if (gone(e)) return over();
  if (e?.name !== "QuotaExceededError") throw e;
  tell("full");
}

/** Signed out in another tab, which took everything of this person off the device. @param {any} e */
const gone = (e) => e?.name === "InvalidStateError";

/** A form of a case says so itself, because the server takes no more drafts of it. */
async function over() {
  tell("nothing");
  const root = form.querySelector("[data-form]");
  if (about.draft || !root) return;
  const { ended } = await import("./form-ended.js");
  const page = () => /** @type {HTMLElement | null} */ (root.querySelector("[data-page]:not([hidden])"))?.dataset.page ?? "";
  await ended(/** @type {any} */ ({ form, root, here: page, save: async () => {
    Object.assign(here, await openPhone(here.account));
    await save();
    // What was chosen meanwhile waits in its control.
    for (const chosen of /** @type {NodeListOf<HTMLInputElement>} */ (form.querySelectorAll("[data-attach]"))) if (chosen.value) chosen.dispatchEvent(new Event("change", { bubbles: true }));
  } }));
}

async function restore() {
  const record = editing && (await rows(here)).find((r) => r.key === editing && !r.asked && r.state !== "sent");
  if (record) {
    const was = await content(here, record);
    application = /** @type {any} */ (was).application ?? application;
    putBack((await found ?? was).raw);
    const said = await answer(here, record);
    if (said) document.dispatchEvent(new CustomEvent("tb:problems", { detail: said }));
    return tell("editing", { at: clock(was.captured_at) });
  }
  if (about.case && await waits()) {
    form.hidden = true;
    return;
  }
  if ("answered" in about) return undefined;       // made of what was sent just now: nothing is newer
  const draft = await found;
  // The server has the same or something newer, from another device: what it shows counts.
  if (!draft || (draft.synced && !document.documentElement.hasAttribute("data-kept"))) return undefined;
  application = draft.application || application;
  const now = readForm(form), typed = [...early ?? []].map((name) => [name, now[name] ?? []]);
  putBack({ ...draft.raw, ...Object.fromEntries(typed) });
  kept = JSON.stringify(readForm(form));
  return tell(draft.version === (about.version ?? "") ? "restored" : "other-version", { at: clock(draft.at) });
}

/** @param {Record<string, any>} raw */
function putBack(raw) {
  fillForm(form, raw);
  const part = /** @type {HTMLDetailsElement | null} */ (form.querySelector("[data-on-behalf]"));
  if (part) part.open ||= Object.keys(raw).some((name) => name.startsWith("_behalf.") && raw[name]);      // whose name it is in is never out of sight
}

/** This task was done on this device and has not arrived yet: doing it a second time would be a conflict. */
async function waits() {
  for (const row of (await rows(here)).filter((r) => r.state !== "sent" && r.key !== editing)) {
    const was = await content(here, row);
    if (was.case !== about.case || was.task !== about.task) continue;
    tell("waiting", { at: clock(was.captured_at) });
    document.addEventListener("tb:outbox", async () => {        // it arrived while this was read: there is nothing to wait for
      const now = (await rows(here)).find((r) => r.key === row.key);
      if (now?.state === "sent") location.assign((await answer(here, now)).url);
    });
    return true;
  }
  return false;
}

/** @param {string} action @returns {Promise<import("./outbox.js").Content>} */
async function gather(action) {
  const { attached, onBehalf, shown } = await import("./offline-read.js");
  const raw = readForm(form);
  const target = about.case
    ? { case: about.case, task: about.task, expected: Number(about.expected) }
    : { procedure: about.procedure, application };
  return { ...target, version: about.version, action: raw.action ?? action, raw, files: await attached(here, raw, form), captured_at: new Date().toISOString(),
    ...onBehalf(form), keys: JSON.parse(about.keys ?? "{}"), title: title(), url: location.pathname, show: shown(form) };
}

/** Nothing goes out in somebody's name without their consent: asked for here, where they are still beside the phone. */
async function agreed() {
  const part = /** @type {HTMLDetailsElement | null} */ (form.querySelector("[data-on-behalf]"));
  const { on_behalf } = part ? (await import("./offline-read.js")).onBehalf(form) : {};
  const missing = Boolean(on_behalf && !on_behalf.consent), line = /** @type {HTMLElement | null | undefined} */ (part?.querySelector("[data-missing]"));
  if (line) line.hidden = !missing;
  if (missing && part) {
    part.open = true;
    line?.focus();
    part.addEventListener("input", () => { if (line) line.hidden = true; }, { once: true });
  }
  return !missing;
}

/** @param {SubmitEvent} event */
async function submit(event) {
  const button = /** @type {HTMLButtonElement | null} */ (event.submitter);
  if (event.defaultPrevented || button?.hasAttribute("formnovalidate")) return;
  event.preventDefault();
  if (busy || !await agreed()) return;
  busy = true;
  clearTimeout(timer);
  tell("sending");
  try {
    const { add, remove } = await import("./outbox.js");
    const key = await add(here, await gather(button?.value || about.action || "submit"), { draft: id });
    // A changed record is a new one: its forerunner goes once this one is safe.
    if (editing && editing !== key) await remove(here, editing);
    await changed();
    await send(true);
    await after(key);
  } catch (e) {
    busy = false;
    if (gone(e)) (await import("./form-ended.js")).plainly(form, button?.name ?? "", button?.value ?? "");
    full(e);
  }
}

/** @param {string} key */
async function after(key) {
  const row = (await rows(here)).find((r) => r.key === key);
  if (!row) return;
  const said = await answer(here, row);
  if (row.state === "sent") location.assign(said.url);
  else if (row.state === "conflict") location.assign(`/phone/conflict#${key}`);
  else if (row.state === "problem") {
    await back(row);
    document.dispatchEvent(new CustomEvent("tb:problems", { detail: said }));
    tell("problems", { why: said.detail ?? "" });
  } else {
    form.hidden = true;     // it is done as far as this person is concerned: nothing to press a second time
    tell("kept", { at: clock(row.made) });
  }
}

/** Refused while the person is still here: it becomes the draft again. @param {import("./outbox.js").Row} row */
async function back(row) {
  busy = false;
  kept = "";
  await save();
  await (await import("./outbox.js")).remove(here, row.key);
  await changed();
}

/** @param {import("./outbox.js").Phone} opened */
async function start(opened) {
  here = opened;
  found = loadDraft(here, id);
  found.catch(() => {});      // said where it is waited for
  /** The form's own script and its fields come first: they have the rows and files that kept answers go into. */
  const sheet = /** @type {HTMLElement | null} */ (form.querySelector("[data-form]"));
  if (sheet && !("live" in sheet.dataset)) {
    await Promise.race([new Promise((done) => { document.addEventListener("tb:live", done, { once: true }); }), new Promise((done) => { setTimeout(done, 3000); })]);
  }
  if (!early?.size) kept = empty = JSON.stringify(readForm(form));
  await restore();
  const waited = early?.size;
  early = null;
  if ("answered" in about) empty = "";
  if ("answered" in about) await save(true);
  else if (waited) soon();
  form.addEventListener("submit", submit);
  document.querySelector("[data-drop-draft]")?.addEventListener("click", async () => { await dropDraft(here, id); busy = true; location.reload(); });
  form.dataset.ready = "";
}

form.addEventListener("input", soon);
form.addEventListener("change", soon);
document.addEventListener("tb:attached", soon);
document.addEventListener("tb:full", () => tell("full"));
document.addEventListener("tb:gone", over);
document.addEventListener("tb:drafted", () => save(true).catch(full));
document.addEventListener("tb:before-reload", (e) => /** @type {any} */ (e).detail.push(save()));
document.addEventListener("visibilitychange", () => { if (document.hidden) save().catch(full); });
addEventListener("pagehide", () => { save().catch(() => {}); });
const opened = await phone;
if (opened) await start(opened);       // without a store the form goes to the server as any form does
