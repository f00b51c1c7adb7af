// @ts-check
/**
 * What a control holds becomes the value that rules see, as server/tongban/engine/answers does it: the same forgiving
 * input, the same scaled numbers. What cannot be read is null here; the server says in words what is wrong with it.
 *
 * @typedef {Record<string, any>} Field
 */

const INVISIBLE = /[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\u00ad]/g;
const CONTROL = /[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]/;
const UNITS = /** @type {Record<string, number>} */ ({ 亿: 8, 千万: 7, 百万: 6, 万: 4, 千: 3 });
const TAILS = /** @type {Record<string, RegExp>} */ ({
  integer: /^[人名个件次户家台套份天年月岁]?$/, decimal: /^$/, rate: /^[%％]?$/, money: /^((元|块|圆)(整|正)?|rmb|cny)?$/,
});

/** @param {any} raw */
const text = (raw) => (raw === null || raw === undefined ? "" : String(raw));
/** @param {any} raw */
const narrow = (raw) => text(raw).replace(INVISIBLE, "").normalize("NFKC").trim();
/** @param {any} raw */
const code = (raw) => narrow(raw).replace(/[\s\-‐-―−_.·]+/g, "").toUpperCase();
/** @param {any} raw */
const line = (raw) => text(raw).normalize("NFC").replace(INVISIBLE, "").replace(/\s+/g, " ").trim();
/** @param {string} value @param {Field} field @param {number} most */
const bounded = (value, field, most) => {
  const length = Array.from(value).length;
  return value && !CONTROL.test(value) && length <= (field.max ?? most) && length >= (field.min ?? 0) ? value : null;
};

/** @param {bigint} big */
const safe = (big) => (big >= Number.MIN_SAFE_INTEGER && big <= Number.MAX_SAFE_INTEGER ? Number(big) : big);

/** 1,234.50 · １２３４ · 3万 -> an int scaled by the field. @param {Field} field @param {any} raw */
export function number(field, raw) {
  let typed = narrow(raw).replace(/\s/g, "").toLowerCase().replace(/，/g, ",").replace(/。/g, ".").replace(/−/g, "-");
  typed = typed.replace(/^([+-]?)(人民币|rmb|cny|[¥￥])/, "$1");
  const found = /^([+-]?)(\d+(?:,\d+)*(?:\.\d*)?|\.\d+)(亿|千万|百万|万|千)?(.*)$/.exec(typed);
  if (!found || !TAILS[field.type].test(found[4])) return null;
  const whole = found[2].split(".")[0];
  if (whole.includes(",") && !/^(\d{1,3}(,\d{3})+|\d{1,4}(,\d{4})+)$/.test(whole)) return null;
  const [left, right = ""] = found[2].replace(/,/g, "").split(".");
  let shift = (field.scale ?? 0) + (UNITS[found[3]] ?? 0);
  if (field.unit === "万元" && !/[亿万千百元块]/.test(typed)) shift += 4;
  const digits = right.replace(/0+$/, "");
  if (digits.length > shift) return null;
  const big = BigInt(`${left}${digits}`.padEnd(left.length + shift, "0").slice(0, left.length + shift) || "0");
  const value = found[1] === "-" ? -big : big;
  if (big >= 10n ** 18n || (field.min !== undefined && value < BigInt(field.min)) || (field.max !== undefined && value > BigInt(field.max))) return null;
  return safe(value);
}

/** @param {any} raw @returns {number[] | null} */
function parts(raw) {
  let typed = narrow(raw).replace(/\s+/g, "").replace(/[日号]+$/, "");
  if (/[一二三四五六七八九]/.test(typed) && !typed.includes("十")) typed = typed.replace(/[〇零○一二三四五六七八九]/g, (c) => String(Math.max(0, "零一二三四五六七八九".indexOf(c))));
  typed = typed.replace(/[./、,_年月\-‐-―−]+/g, "-").replace(/^-+|-+$/g, "");
  if (/^(\d{6}|\d{8})$/.test(typed)) typed = [typed.slice(0, 4), typed.slice(4, 6), typed.slice(6)].join("-").replace(/-+$/, "");
  const all = typed.split("-");
  return typed && all.every((n) => /^\d{1,4}$/.test(n)) && all[0].length === 4 ? all.map(Number) : null;
}

/** @param {number} n */
const two = (n) => String(n).padStart(2, "0");

/** @param {Field} field @param {any} raw @param {number} [count] */
function day(field, raw, count = 3) {
  const found = parts(raw);
  if (!found || found.length !== count) return null;
  const [y, m, d = 1] = found;
  const made = new Date(Date.UTC(y, m - 1, d));
  if (y < 1000 || made.getUTCMonth() !== m - 1 || made.getUTCDate() !== d) return null;
  const value = [String(y), two(m), two(d)].slice(0, count).join("-");
  return (/^\d/.test(field.min ?? "") && value < field.min) || (/^\d/.test(field.max ?? "") && value > field.max) ? null : value;
}

/** @param {Field} field @param {any} raw */
function time(field, raw) {
  let typed = narrow(raw).replace(/\s/g, "").toLowerCase();
  if (/^\d{4}$/.test(typed)) typed = `${typed.slice(0, 2)}:${typed.slice(2)}`;
  const found = /^(上午|下午|晚上|中午|凌晨|am|pm)?(\d{1,2})(?:[:.时点](\d{1,2}|半)?)?(?::\d{2}|分)?(am|pm)?$/.exec(typed);
  if (!found) return null;
  const half = found[1] ?? found[4] ?? "";
  let hour = Number(found[2]);
  const minute = found[3] === "半" ? 30 : Number(found[3] ?? 0);
  if (["下午", "晚上", "pm"].includes(half) && hour < 12) hour += 12;
  if (["am", "凌晨"].includes(half) && hour === 12) hour = 0;
  return hour > 23 || minute > 59 ? null : `${two(hour)}:${two(minute)}`;
}

/** @param {string} value @param {number[]} weights */
const weighed = (value, weights) => weights.reduce((sum, w, i) => sum + w * Number(value[i]), 0);

/** @param {Field} field @param {any} raw */
function citizen(field, raw) {
  const value = code(raw);
  if (!/^\d{17}[\dX]$/.test(value) || !day({}, value.slice(6, 14))) return null;
  return "10X98765432"[weighed(value, [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]) % 11] === value[17] ? value : null;
}

const CREDIT = "0123456789ABCDEFGHJKLMNPQRTUWXY";
/** @param {Field} field @param {any} raw */
function credit(field, raw) {
  const value = code(raw);
  if (!/^[1-9ANY][0-9A-HJ-NPQRTUWXY]\d{6}[0-9A-HJ-NPQRTUWXY]{10}$/.test(value)) return null;
  let sum = 0;
  for (let i = 0, w = 1; i < 17; i += 1, w = (w * 3) % 31) sum += CREDIT.indexOf(value[i]) * w;
  return CREDIT[(31 - (sum % 31)) % 31] === value[17] && (!field.kinds || field.kinds.includes(value.slice(0, 2))) ? value : null;
}

/** @param {Field} field @param {any} raw */
function mobile(field, raw) {
  const value = code(raw).replace(/[()（）[\]/]/g, "").replace(/^(\+86|0086|86(?=1[3-9]\d{9}$))/, "");
  return /^1[3-9]\d{9}$/.test(value) ? value : null;
}

/** Blanks come before boxes and radios, so that none chosen is sent too: the last one counts. @param {any} raw */
const single = (raw) => (Array.isArray(raw) ? raw[raw.length - 1] : raw);

/** @param {Field} field @param {any} raw @returns {string[] | null} */
function several(field, raw) {
  const chosen = new Set([raw ?? []].flat().filter((v) => v !== ""));
  const alone = (field.alone ?? []).filter((/** @type {string} */ v) => chosen.has(v));
  if (!chosen.size || (alone.length && chosen.size > 1)) return null;
  if (chosen.size < (field.min ?? 0) || chosen.size > (field.max ?? 200)) return null;
  const order = field.values ?? [];
  if (order.length && [...chosen].some((v) => !order.includes(v))) return null;
  return [...chosen].sort((a, b) => order.indexOf(a) - order.indexOf(b));
}

/** @param {any} raw */
function json(raw) {
  return [raw ?? []].flat().filter((v) => v !== "").flatMap((v) => {
    try { return typeof v === "string" ? [JSON.parse(v)].flat() : [v]; } catch { return []; }
  });
}

/** @type {Record<string, (field: Field, raw: any) => any>} */
const READERS = {
  integer: number, decimal: number, rate: number, money: number, date: day, time, citizen_id: citizen, uscc: credit, mobile,
  month: (f, raw) => day(f, raw, 2),
  year: (f, raw) => {
    const typed = narrow(raw).replace(/\s|年度?$/g, "");
    return /^[12]\d{3}$/.test(typed) && Number(typed) >= (f.min ?? 0) && Number(typed) <= (f.max ?? 9999) ? Number(typed) : null;
  },
  date_range: (f, raw) => {
    const [from, to] = [day(f, raw?.from), day(f, raw?.to)];
    return from && to && from <= to ? { from, to } : null;
  },
  text: (f, raw) => bounded(line(raw), f, 200), name: (f, raw) => bounded(line(raw), f, 50),
  longtext: (f, raw) => bounded(text(raw).normalize("NFC").replace(INVISIBLE, "").replace(/\r\n?/g, "\n").split("\n").map((l) => l.trimEnd()).join("\n").trim(), f, 2000),
  yesno: (f, raw) => ({ true: true, false: false }[text(single(raw))] ?? null),
  choice: (f, raw) => text(single(raw)) || null, choices: several,
  bank_account: (f, raw) => (/^\d{8,32}$/.test(code(raw)) ? code(raw) : null),
  address: (f, raw) => (raw?.region && line(raw.detail).length > 2 ? { region: raw.region, detail: line(raw.detail) } : null),
  position: (f, raw) => {
    const [lat, lng] = [raw?.lat, raw?.lng].map((one) => number({ type: "decimal", scale: 6 }, narrow(one).replace(/(\.\d{6})\d+/, "$1")));
    return lat === null || lng === null ? null : { lat, lng, accuracy: Math.trunc(Number(raw.accuracy)) || null, at: raw.at || null };
  },
  file: (f, raw) => (json(raw).length ? json(raw) : null), photo: (f, raw) => (json(raw).length ? json(raw) : null),
  signature: (f, raw) => (raw?.image || line(raw?.typed) ? { image: raw.image || null, typed: line(raw.typed) || null, at: raw.at || null } : null),
  declaration: (f, raw) => (text(single(raw?.agreed)) === "true" ? { agreed: true, signature: READERS.signature({}, raw.signature) } : null),
};

/** @param {Field} field @param {any} raw */
export const read = (field, raw) => (READERS[field.type] ?? ((_, r) => narrow(single(r)) || null))(field, raw);

/** 2026年11月22日 / 22 Nov 2026, a month without its day. @param {string} value @param {string} lang */
function dated(value, lang) {
  const [y, m, d] = value.split("-").map(Number);
  return lang === "zh" ? `${y}年${m}月${d ? `${d}日` : ""}` : `${d ? `${d} ` : ""}${"Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ")[m - 1]} ${y}`;
}

/** What is written otherwise than it is kept. @type {Record<string, (value: any, lang: string) => string>} */
const WRITTEN = {
  date: dated, month: dated, year: (v, lang) => (lang === "zh" ? `${v}年` : String(v)),
  date_range: ({ from, to }, lang) => `${dated(from, lang)} ${lang === "zh" ? "至" : "to"} ${dated(to, lang)}`,
  mobile: (v) => `${v.slice(0, 3)} ${v.slice(3, 7)} ${v.slice(7)}`, bank_account: (v) => v.replace(/.{4}(?=.)/g, "$& "),
  position: ({ lat, lng, accuracy }, lang) => [lat, lng].map((n) => show({ type: "decimal", scale: 6 }, n, lang)).join(", ") +
    (accuracy ? (lang === "zh" ? `（精度 ${accuracy} 米）` : ` (±${accuracy} m)`) : ""),
};

/** Whether values of this field are written otherwise than they are typed. @param {Field} field */
export const written = (field) => field.type in WRITTEN || field.type in TAILS;

/** A value as people read it, in the words of the server. @param {Field} field @param {any} value @param {string} lang */
export function show(field, value, lang) {
  if (value === null || value === undefined) return "";
  if (field.type in WRITTEN) return WRITTEN[field.type](value, lang);
  if (!(field.type in TAILS)) return typeof value === "boolean" ? (lang === "zh" ? "是否"[value ? 0 : 1] : value ? "Yes" : "No") : String(value);
  const digits = String(value < 0 ? -BigInt(value) : value).padStart((field.scale ?? 0) + 1, "0");
  const at = digits.length - (field.scale ?? 0);
  const shown = `${value < 0 ? "-" : ""}${digits.slice(0, at).replace(/\B(?=(\d{3})+$)/g, ",")}${field.scale ? `.${digits.slice(at)}` : ""}`;
  if (field.type === "rate") return `${shown}%`;
  return field.type === "money" ? (lang === "zh" ? `${shown} 元` : `¥${shown}`) : shown;
}

/** Whether anything was typed or chosen. @param {any} raw @returns {boolean} */
export function full(raw) {
  if (raw && typeof raw === "object") return Object.values(raw).some(full);
  return raw !== undefined && raw !== null && String(raw).trim() !== "";
}

/** Rows of a group without those that are blank, as the server counts them. @param {Field} field @param {any} raw */
function rows(field, raw) {
  const held = Object.keys(raw ?? {}).sort((a, b) => Number(a) - Number(b)).map((i) => raw[i]).filter(full);
  return held.length ? held.map((row) => Object.fromEntries(field.fields.map((/** @type {Field} */ c) => [c.id, read(c, row[c.id])]))) : null;
}

/** Every value of a form: what its controls hold, and what none of them does. @param {any} tree @param {Record<string, any>} raw */
export function readAll(tree, raw) {
  /** @type {Record<string, any>} */ const out = {};
  for (const field of tree.pages.flatMap((/** @type {any} */ page) => page.fields ?? [])) {
    out[field.id] = field.id in tree.held ? tree.held[field.id] : field.type === "group" ? rows(field, raw[field.id]) : read(field, raw[field.id]);
  }
  return out;
}
