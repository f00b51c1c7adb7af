// @ts-check
// What every page does beyond plain HTML: send the form token with htmx, put the focus where the trouble is,
// open cases beside the inbox, keep a button from being pressed twice. All of it works without this file too.

/** This script runs as soon as it is here, while the rest of the page may still come. @type {Promise<any>} */
export const parsed = new Promise((done) => { if (document.readyState === "loading") document.addEventListener("readystatechange", done); else done(0); });
const wide = matchMedia("(min-width: 1200px)");
const token = () => document.querySelector('meta[name="csrf"]')?.getAttribute("content") ?? "";

document.addEventListener("htmx:config:request", (event) => {
  const { ctx } = /** @type {CustomEvent} */ (event).detail;
  if (ctx.request.method.toUpperCase() !== "GET") ctx.request.headers["X-CSRF-Token"] = token();
});
document.addEventListener("htmx:after:swap", () => settle(document));

/** Put the focus on a summary of problems, so that it is read out first. @param {ParentNode} root */
function settle(root) {
  const trouble = /** @type {HTMLElement | null} */ (root.querySelector("[data-focus]"));
  if (trouble && !trouble.dataset.seen) { trouble.dataset.seen = "1"; trouble.focus(); }
  count();
}

/** A form is sent once; the button says so until the answer comes. */
document.addEventListener("submit", (event) => {
  const form = /** @type {HTMLFormElement} */ (event.target);
  if (form.method !== "post" || event.defaultPrevented) return;
  if (form.dataset.sent) { event.preventDefault(); return; }
  form.dataset.sent = "1";
  setTimeout(() => delete form.dataset.sent, 8000);
});
addEventListener("pageshow", () => document.querySelectorAll("form[data-sent]").forEach((form) => form.removeAttribute("data-sent")));

/** On a wide desk a row opens beside the list. */
document.addEventListener("click", (event) => {
  const link = /** @type {HTMLElement} */ (event.target).closest?.("[data-desk] .list a.item");
  const mouse = /** @type {MouseEvent} */ (event);
  if (!link || !wide.matches || mouse.ctrlKey || mouse.metaKey || mouse.shiftKey || mouse.button) return;
  event.preventDefault();
  const href = /** @type {HTMLAnchorElement} */ (link).href;
  document.querySelectorAll("[data-desk] a.item[aria-current]").forEach((row) => row.removeAttribute("aria-current"));
  link.setAttribute("aria-current", "true");
  // @ts-ignore htmx is global
  htmx.ajax("GET", href, { target: "#pane", swap: "innerHTML show:none" });
  const here = new URL(location.href);
  here.searchParams.set("case", new URL(href).pathname.split("/").pop() ?? "");
  history.replaceState(history.state, "", here);
});

/** How many rows are ticked. */
function count() {
  const place = document.querySelector("[data-picked]");
  if (!place) return;
  const ticked = document.querySelectorAll('#many input[name="row"]:checked').length;
  if (!place.getAttribute("data-none")) place.setAttribute("data-none", place.textContent ?? "");
  place.textContent = ticked ? `✓ ${ticked}` : place.getAttribute("data-none");
}
document.addEventListener("change", (event) => {
  if (/** @type {HTMLInputElement} */ (event.target).name === "row") count();
});

/** An open menu closes on a click outside and on Escape. */
document.addEventListener("click", (event) => {
  document.querySelectorAll("details.menu[open]").forEach((menu) => {
    if (!menu.contains(/** @type {Node} */ (event.target))) menu.removeAttribute("open");
  });
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  document.querySelectorAll("details.menu[open]").forEach((menu) => {
    menu.removeAttribute("open");
    /** @type {HTMLElement | null} */ (menu.querySelector("summary"))?.focus();
  });
});

parsed.then(() => settle(document));
