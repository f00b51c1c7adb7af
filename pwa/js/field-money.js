// @ts-check
/** Amounts in capitals 大写, as server/tongban/engine/answers/capitals.py writes them. */

const DIGITS = "零壹贰叁肆伍陆柒捌玖", PLACES = ["", "拾", "佰", "仟"], GROUPS = ["", "万", "亿", "万亿"];

/** @param {number | bigint} amount in fen @returns {string} */
export function capitals(amount) {
  const fen = BigInt(amount);
  if (fen < 0n) return `负${capitals(-fen)}`;
  if (fen >= 10n ** 18n) return "";
  const yuan = fen / 100n, part = Number(fen % 100n), jiao = Math.trunc(part / 10), cent = part % 10;
  const whole = yuan ? `${spell(yuan)}元` : "";
  if (!part) return `${whole || "零元"}整`;
  return whole + (jiao ? `${DIGITS[jiao]}角` : yuan ? "零" : "") + (cent ? `${DIGITS[cent]}分` : "整");
}

/** @param {bigint} yuan */
function spell(yuan) {
  const groups = [0, 1, 2, 3].map((i) => Number((yuan / 10000n ** BigInt(i)) % 10000n));
  let said = "", gap = false;
  for (const i of [3, 2, 1, 0]) {
    if (!groups[i]) { gap ||= said !== ""; continue; }
    if (said && (gap || groups[i] < 1000)) said += "零";
    said += four(groups[i]) + (i === 3 && groups[2] ? "万" : GROUPS[i]);
    gap = false;
  }
  return said;
}

/** @param {number} number */
function four(number) {
  let said = "", gap = false;
  for (const place of [3, 2, 1, 0]) {
    const digit = Math.trunc(number / 10 ** place) % 10;
    if (!digit) { gap = said !== ""; continue; }
    said += (gap ? "零" : "") + DIGITS[digit] + PLACES[place];
    gap = false;
  }
  return said;
}

/** @param {import("./form.js").Sheet} sheet */
export function start(sheet) {
  const write = () => {
    for (const out of sheet.root.querySelectorAll("[data-capitals]")) {
      const value = sheet.value(/** @type {HTMLElement} */ (out.closest("[data-at]")).dataset.at ?? "");
      out.textContent = value === null ? "" : capitals(value);
    }
  };
  sheet.root.addEventListener("tb:shape", write);
}
