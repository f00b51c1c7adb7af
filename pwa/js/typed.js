// @ts-check
// Choosing another language or light draws the page anew: what was typed and not sent yet is put back, and what a
// browser may not put back (passwords, files) is said. Forms that keep drafts look after themselves.

/** @typedef {HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement} Control */
const KEY = "tb-typed";
const LOST = ["password", "file"], NEVER = ["hidden", "submit", "button"];

/** Everything that somebody may have typed into, each by a name of its own. @returns {Map<string, Control>} */
function controls() {
  const found = new Map(), all = document.querySelectorAll("main form:not([data-outbox]) :is(input, select, textarea)");
  for (const one of /** @type {NodeListOf<Control>} */ (all)) {
    if (!one.name || NEVER.includes(one.type)) continue;
    let name = [one.form?.getAttribute("action"), one.name, ticks(one) ? one.value : ""].join("|");
    while (found.has(name)) name += "+";
    found.set(name, one);
  }
  return found;
}

/** @param {Control} one @returns {one is HTMLInputElement} */
const ticks = (one) => one.type === "checkbox" || one.type === "radio";

/** What stands in a control. @param {Control} one */
const held = (one) => ticks(one) ? one.checked : one.value;

document.addEventListener("submit", (event) => {
  const form = /** @type {HTMLFormElement} */ (event.target);
  if (form.getAttribute("action") !== "/preferences") return;
  const all = [...controls()];
  const kept = all.filter(([, one]) => !LOST.includes(one.type)).map(([name, one]) => [name, held(one)]);
  const lost = all.some(([, one]) => LOST.includes(one.type) && one.value);
  const next = /** @type {HTMLInputElement} */ (form.elements.namedItem("next")).value;
  try { sessionStorage.setItem(KEY, JSON.stringify({ next, kept, lost })); } catch { /* no room, or not allowed here */ }
});

/** Put back what was typed, where the same page is drawn again. */
function restore() {
  const text = sessionStorage.getItem(KEY);
  if (!text) return;
  sessionStorage.removeItem(KEY);
  const { next, kept, lost } = JSON.parse(text), now = controls();
  if (next !== location.pathname + location.search) return;
  for (const [name, value] of kept) {
    const one = now.get(name);
    if (!one || held(one) === value) continue;
    if (ticks(one)) one.checked = value; else one.value = value;
    one.closest("details")?.setAttribute("open", "");
    one.dispatchEvent(new Event("change", { bubbles: true }));
  }
  if (lost) document.querySelector("[data-typed-lost]")?.removeAttribute("hidden");
}

try { restore(); } catch { /* no store, or of an older page: nothing to put back */ }
