// @ts-check
/** The position of the device, with its accuracy; typing it stays possible. */

/** @param {import("./form.js").Sheet} sheet */
export function start(sheet) {
  if (!navigator.geolocation) return;
  for (const place of /** @type {NodeListOf<HTMLElement>} */ (sheet.root.querySelectorAll("[data-place]"))) locate(place);
}

/** @param {HTMLElement} place */
function locate(place) {
  const button = /** @type {HTMLButtonElement} */ (place.querySelector("[data-locate]")), said = /** @type {HTMLElement} */ (place.querySelector("[data-said]"));
  const set = (/** @type {string} */ part, /** @type {string} */ value) => {
    const control = /** @type {HTMLInputElement} */ (place.querySelector(`[name$=".${part}"]`));
    control.value = value;
    control.dispatchEvent(new Event("input", { bubbles: true }));
  };
  button.hidden = false;
  button.addEventListener("click", () => {
    said.textContent = said.dataset.busy ?? "";
    navigator.geolocation.getCurrentPosition(({ coords, timestamp }) => {
      set("lat", coords.latitude.toFixed(6));
      set("lng", coords.longitude.toFixed(6));
      set("accuracy", String(Math.ceil(coords.accuracy)));
      set("at", `${new Date(timestamp).toISOString().slice(0, 19)}Z`);
      said.textContent = (said.dataset.got ?? "").replace("{n}", String(Math.ceil(coords.accuracy)));
    }, () => { said.textContent = said.dataset.refused ?? ""; }, { enableHighAccuracy: true, timeout: 20000, maximumAge: 30000 });
  });
}
