// @ts-check
/** Choices: "none of these" excludes the rest, long lists can be searched, long texts count down. */

/** @param {import("./form.js").Sheet} sheet */
export function start(sheet) {
  sheet.root.addEventListener("change", (event) => {
    const box = /** @type {HTMLInputElement} */ (event.target);
    if (box.type !== "checkbox" || !box.checked) return;
    const alone = box.hasAttribute("data-alone");
    for (const other of /** @type {NodeListOf<HTMLInputElement>} */ (box.closest(".picks")?.querySelectorAll("input:checked") ?? [])) {
      if (other !== box && (alone || other.hasAttribute("data-alone"))) other.checked = false;
    }
  }, { capture: true });
  for (const list of /** @type {NodeListOf<HTMLSelectElement>} */ (sheet.root.querySelectorAll("select[data-search]"))) search(list);
  for (const area of /** @type {NodeListOf<HTMLTextAreaElement>} */ (sheet.root.querySelectorAll("[data-count]"))) count(area, sheet);
}

/** @param {HTMLSelectElement} list */
function search(list) {
  const box = Object.assign(document.createElement("input"), { type: "search", className: "input find", placeholder: list.dataset.search ?? "" });
  box.setAttribute("aria-label", list.dataset.search ?? "");
  const all = [...list.options];
  box.addEventListener("input", () => {
    const wanted = box.value.trim().toLowerCase();
    list.replaceChildren(...all.filter((o) => !o.value || o.selected || o.text.toLowerCase().includes(wanted)));
    const found = [...list.options].filter((o) => o.value && o.text.toLowerCase().includes(wanted));
    if (wanted && found.length === 1) { list.value = found[0].value; list.dispatchEvent(new Event("change", { bubbles: true })); }
  });
  box.addEventListener("keydown", (e) => { if (e.key === "Enter" || e.key === "ArrowDown") { e.preventDefault(); list.focus(); } });
  list.before(box);
}

/** @param {HTMLTextAreaElement} area @param {import("./form.js").Sheet} sheet */
function count(area, sheet) {
  const most = Number(area.dataset.count), place = Object.assign(document.createElement("p"), { className: "left" });
  place.setAttribute("aria-live", "polite");
  area.after(place);
  const tell = () => {
    const left = most - Array.from(area.value.trim()).length;
    place.classList.toggle("is-over", left < 0);
    place.textContent = left > most / 4 && left > 20 ? "" : sheet.words[left < 0 ? "over" : "left"].replace("{n}", String(Math.abs(left)));
  };
  area.addEventListener("input", tell);
  tell();
}
