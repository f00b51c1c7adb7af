// @ts-check
/** A long list of regions becomes two short ones: first the region above, then what lies in it. A country's regions come
 * level by level from a file that is fetched when somebody chooses, its streets from a file for each city. */

/** @param {import("./form.js").Sheet} sheet */
export function start(sheet) {
  const alive = new WeakSet();
  const wake = () => {
    for (const place of /** @type {NodeListOf<HTMLElement>} */ (sheet.root.querySelectorAll("select[data-regions], [data-levels]"))) {
      if (alive.has(place)) continue;
      alive.add(place);
      if (place instanceof HTMLSelectElement) cascade(place); else levels(place);
    }
  };
  sheet.root.addEventListener("tb:rows", wake);
  sheet.root.addEventListener("tb:shape", () => {
    for (const out of /** @type {NodeListOf<HTMLElement>} */ (sheet.root.querySelectorAll("[data-names]"))) name(sheet, out).catch(() => {});
  });
  wake();
}

/** A computed region by its name, as the server writes it; by its code without the file.
 * @param {import("./form.js").Sheet} sheet @param {HTMLElement} out */
async function name(sheet, out) {
  const held = sheet.value(/** @type {HTMLElement} */ (out.closest(".q[data-at]")).dataset.at ?? ""), code = held?.region ?? held;
  if (out.dataset.code === String(code)) return;
  out.dataset.code = String(code);
  const more = held?.detail ? ` ${held.detail}` : "";
  out.textContent = code ?? sheet.words.unknown;
  if (!code) return;
  const tree = out.dataset.names ?? "", above = [`${code.slice(0, 2)}0000`, `${code.slice(0, 4)}00`, code.slice(0, 6), code.slice(0, STREET)];
  const streets = code.length > 6 ? await load(tree.replace("regions.json", `streets/${code.slice(0, 4)}.json`)) : {};
  const known = new Map(Object.values({ ...await load(tree), ...streets }).flat());
  const parts = [...new Set(above)].map((one) => (FILLERS.has(known.get(one) ?? "") && one !== code ? "" : known.get(one)));
  if (out.dataset.code === code) out.textContent = [...new Set(parts)].join("") + more || code;
}

/** No part of addresses, as the server knows them. */
const FILLERS = new Set(["市辖区", "县", "省直辖县级行政区划", "自治区直辖县级行政区划"]);

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

/** @typedef {Record<string, [string, string][]>} Tree */
const STREET = 9;       // digits of a street's code
/** @type {Map<string, Promise<Tree>>} */ const known = new Map();

/** A file of regions; streets that were asked for once stay on the device. @param {string} url @returns {Promise<Tree>} */
function load(url) {
  const found = known.get(url) ?? kept(url).then((answer) => answer.json());
  known.set(url, found);
  found.catch(() => known.delete(url));
  return found;
}

/** @param {string} url */
async function kept(url) {
  const cache = url.includes("/streets/") ? await globalThis.caches?.open(`tongban-${url.split("/")[2]}`).catch(() => null) : null;
  const here = await cache?.match(url, { ignoreVary: true });
  if (here) return here;
  const answer = await fetch(url);
  if (!answer.ok) throw new Error(url);
  await cache?.put(url, answer.clone()).catch(() => {});      // no room: it is fetched again next time
  return answer;
}

/** @param {HTMLElement} place */
function levels(place) {
  const depth = Number(place.dataset.depth), lists = () => [...place.querySelectorAll("select")];
  const held = Object.assign(document.createElement("input"), { type: "hidden", name: place.dataset.name });
  const lost = Object.assign(document.createElement("p"), { className: "q-hint", hidden: true, textContent: place.dataset.lost });
  const tree = place.dataset.levels ?? "", first = lists()[0], blank = first.options[0].text;
  const stem = (/** @type {string} */ code) => (code.length > 6 ? code : code.replace(/(00)+$/, ""));
  lost.setAttribute("role", "status");

  /** What lies directly in a region. @param {string} code @returns {Promise<[string, string][]>} */
  async function inside(code) {
    const found = (await load(tree))[code];
    if (found || depth < STREET || code.length > 6) return found ?? [];
    return (await load(tree.replace("regions.json", `streets/${code.slice(0, 4)}.json`)))[code] ?? [];
  }
  const pick = (/** @type {HTMLSelectElement} */ list, /** @type {string} */ code) => {
    list.value = [...list.options].find((o) => o.value && code.startsWith(stem(o.value)))?.value ?? "";
  };
  const deep = (/** @type {string} */ code) => stem(code).length >= depth;

  /** The lists below one, as far as `code` chooses in them; whether the last choice has nothing in it.
   * @param {HTMLSelectElement} list @param {string} code */
  async function below(list, code) {
    for (const gone of lists().slice(lists().indexOf(list) + 1)) gone.remove();
    for (let at = list; at.value; ) {
      const chosen = at.value, found = deep(chosen) ? [] : await inside(chosen);
      if (at.value !== chosen || !at.isConnected) return false;       // chosen again meanwhile
      if (!found.length) return true;
      const next = document.createElement("select");
      next.className = "input";
      next.setAttribute("aria-label", at.selectedOptions[0].text);
      next.append(new Option(blank, ""), ...found.map(([value, text]) => new Option(text, value)));
      if (code !== chosen) pick(next, code);
      at.after(next);
      at = next;
    }
    return false;
  }
  /** @param {HTMLSelectElement} list @param {string} code */
  async function choose(list, code) {
    held.value = deep(code) ? code : "";
    lost.hidden = true;
    // A city without counties is the end of its branch.
    if (await below(list, code).catch(() => { lost.hidden = false; return false; })) held.value = lists().at(-1)?.value ?? "";
  }

  place.addEventListener("change", async (event) => {
    const list = /** @type {HTMLSelectElement} */ (event.target), before = held.value;
    await choose(list, list.value);
    if (held.value !== before) held.dispatchEvent(new Event("input", { bubbles: true }));
  });
  const put = (/** @type {string} */ code) => { pick(first, code); choose(first, code); };
  // A draft put back by the device names its region.
  document.addEventListener("tb:filled", (event) => {
    put([/** @type {CustomEvent} */ (event).detail?.[held.name] ?? ""].flat().filter(Boolean).pop() ?? "");
  });
  place.addEventListener("tb:choose", (event) => put(/** @type {CustomEvent} */ (event).detail));
  const last = lists().map((list) => list.value).filter(Boolean).pop() ?? "";
  held.value = deep(last) || lists().every((list) => list.value) ? last : "";
  for (const list of lists()) list.removeAttribute("name");
  place.querySelector("[data-deeper]")?.remove();
  place.prepend(held);
  place.append(lost);
}
