// @ts-check
/** A long list of regions becomes two short ones: first the region above, then what lies in it. */

/** @param {import("./form.js").Sheet} sheet */
export function start(sheet) {
  for (const list of /** @type {NodeListOf<HTMLSelectElement>} */ (sheet.root.querySelectorAll("select[data-regions]"))) cascade(list);
}

/** @param {HTMLSelectElement} list */
function cascade(list) {
  const groups = /** @type {HTMLOptGroupElement[]} */ ([...list.querySelectorAll("optgroup")]);
  if (groups.length < 2) return;
  const blank = list.options[0], above = document.createElement("select");
  above.className = "input find";
  above.setAttribute("aria-label", list.labels?.[0]?.textContent?.trim() ?? list.closest("[data-field]")?.querySelector(".q-label")?.textContent?.trim() ?? "");
  above.append(new Option(blank.text, ""), ...groups.map((group, i) => new Option(group.label, String(i))));
  const held = groups.findIndex((group) => [...group.children].some((o) => /** @type {HTMLOptionElement} */ (o).selected));
  above.value = held < 0 ? "" : String(held);
  const narrow = () => {
    const group = groups[Number(above.value)], was = list.value;
    list.replaceChildren(blank, ...(above.value ? [...group.children] : []));
    list.value = [...list.options].some((o) => o.value === was) ? was : "";
    list.disabled = !above.value;
  };
  above.addEventListener("change", () => { narrow(); list.dispatchEvent(new Event("change", { bubbles: true })); });
  document.addEventListener("tb:filled", () => { above.value = ""; });
  list.before(above);
  narrow();
}
