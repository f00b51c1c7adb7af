// @ts-check
/** A long list of regions becomes two short ones: first the region above, then what lies in it. */

/** @param {import("./form.js").Sheet} sheet */
export function start(sheet) {
  for (const list of /** @type {NodeListOf<HTMLSelectElement>} */ (sheet.root.querySelectorAll("select[data-regions]"))) cascade(list);
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
