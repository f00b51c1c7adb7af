// @ts-check
/** A long list of regions becomes two short ones: first the region above, then what lies in it. A country's regions come
 * level by level from a file that is fetched when somebody chooses. */

/** @param {import("./form.js").Sheet} sheet */
export function start(sheet) {
  for (const list of /** @type {NodeListOf<HTMLSelectElement>} */ (sheet.root.querySelectorAll("select[data-regions]"))) cascade(list);
  for (const place of /** @type {NodeListOf<HTMLElement>} */ (sheet.root.querySelectorAll("[data-levels]"))) levels(place);
}

/** @param {HTMLSelectElement} list */
function cascade(list) {
  const groups = [...list.querySelectorAll("optgroup")].map((group) => ({ label: group.label, options: /** @type {HTMLOptionElement[]} */ ([...group.children]) }));
  if (groups.length < 2) return;
  const blank = list.options[0], above = document.createElement("select");
  above.className = "input find";
  above.setAttribute("aria-label", list.closest("[data-field]")?.querySelector(".q-label")?.firstChild?.textContent?.trim() ?? "");
  above.append(new Option(blank.text, ""), ...groups.map((group, i) => new Option(group.label, String(i))));

  const narrow = (/** @type {string} */ wanted) => {
    list.replaceChildren(blank, ...(above.value ? groups[Number(above.value)].options : []));
    list.value = [...list.options].some((option) => option.value === wanted) ? wanted : "";
  };
  const put = (/** @type {string} */ code) => {
    const held = groups.findIndex((group) => group.options.some((option) => option.value === code));
    above.value = held < 0 ? "" : String(held);
    narrow(code);
  };
  above.addEventListener("change", () => { narrow(""); list.dispatchEvent(new Event("change", { bubbles: true })); });
  // A draft put back by the device names its region; the list that was narrowed could not take it.
  document.addEventListener("tb:filled", (event) => put([/** @type {CustomEvent} */ (event).detail?.[list.name] ?? ""].flat().pop()));
  list.before(above);
  put(list.value);
}

/** @type {Promise<Record<string, [string, string][]>> | undefined} */ let known;

/** @param {HTMLElement} place */
function levels(place) {
  const depth = Number(place.dataset.depth), lists = () => [...place.querySelectorAll("select")];
  const held = Object.assign(document.createElement("input"), { type: "hidden", name: place.dataset.name });
  const stem = (/** @type {string} */ code) => code.replace(/(00)+$/, ""), first = lists()[0], blank = first.options[0].text;
  const load = () => (known ??= fetch(place.dataset.levels ?? "").then((answer) => answer.json()).catch(() => { known = undefined; return {}; }));

  const pick = (/** @type {HTMLSelectElement} */ list, /** @type {string} */ code) => {
    list.value = [...list.options].find((o) => o.value && code.startsWith(stem(o.value)))?.value ?? "";
  };
  const done = (/** @type {string} */ code) => Boolean(code) && stem(code).length >= depth;

  /** The lists below one, as far as `code` chooses in them. @param {HTMLSelectElement} list @param {string} code */
  async function below(list, code) {
    const tree = list.value ? await load() : {};
    for (const gone of lists().slice(lists().indexOf(list) + 1)) gone.remove();
    for (let at = list; at.value && !done(at.value) && tree[at.value];) {
      const next = document.createElement("select");
      next.className = "input";
      next.setAttribute("aria-label", at.selectedOptions[0].text);
      next.append(new Option(blank, ""), ...tree[at.value].map(([value, text]) => new Option(text, value)));
      if (code !== at.value) pick(next, code);
      at.after(next);
      at = next;
    }
  }
  /** @param {string} code */
  const hold = (code) => { held.value = done(code) ? code : ""; };

  place.addEventListener("change", async (event) => {
    const list = /** @type {HTMLSelectElement} */ (event.target);
    hold(list.value);
    held.dispatchEvent(new Event("input", { bubbles: true }));
    await below(list, list.value);
  });
  // A draft put back by the device names its region.
  document.addEventListener("tb:filled", (event) => {
    const code = [/** @type {CustomEvent} */ (event).detail?.[held.name] ?? ""].flat().filter(Boolean).pop() ?? "";
    hold(code);
    pick(first, code);
    below(first, code);
  });
  hold(lists().map((list) => list.value).filter(Boolean).pop() ?? "");
  for (const list of lists()) list.removeAttribute("name");
  place.querySelector("[data-deeper]")?.remove();
  place.prepend(held);
}
