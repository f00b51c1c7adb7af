// @ts-check
/**
 * What is wrong with answers that cannot be read, where the server does not say it: there is no network, or the form
 * keeps no draft there. The same sentences, from a file that the device keeps; what is not known here the server says.
 */
import { full, read, show } from "./form-read.js";
import { checks } from "./form-say.js";

/** @typedef {import("./form-read.js").Field} Field */
/** @typedef {[string, Record<string, any>?]} Found a sentence of the catalogue and what it names */

/** The sentences by language. @type {Promise<Record<string, Record<string, string>>> | undefined} */
let known;
const words = () => (known ??= fetch(new URL("./answers.json", import.meta.url)).then((answer) => answer.json()).catch((e) => { known = undefined; throw e; }));

/** @param {any} raw */
const bare = (raw) => String(raw ?? "").normalize("NFKC").replace(/[\s\-‐-―−_.·()[\]/\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\u00ad]+/g, "");
/** @param {any} raw */
const length = (raw) => Array.from(String(raw ?? "").trim()).length;

/** @param {Field} field @param {any} raw @returns {Found} */
function number(field, raw) {
  const free = { ...field, min: undefined, max: undefined }, value = read(free, raw), whole = !field.scale;
  const bound = (/** @type {any} */ limit) => show({ type: "decimal", scale: field.scale }, limit, "zh");
  if (value !== null) return field.min !== undefined && value < field.min ? (field.min ? ["number.low", { min: bound(field.min) }] : ["number.negative"]) : ["number.high", { max: bound(field.max) }];
  if (read({ ...free, scale: (field.scale ?? 0) + 9 }, raw) !== null) return whole ? ["number.whole"] : ["number.places", { places: field.scale }];
  return [whole ? "number.form_whole" : "number.form"];
}

/** @param {Field} field @param {any} raw @param {string} lang @returns {Found} */
function day(field, raw, lang) {
  const value = read({ ...field, min: undefined, max: undefined }, raw);
  if (value === null) return [`${field.type}.form`];
  const early = value < field.min, limit = early ? field.min : field.max;
  return [early ? "date.early" : "date.late", early ? { min: show(field, limit, lang) } : { max: show(field, limit, lang) }];
}

/** @param {Field} field @param {any} raw @returns {Found} */
function text(field, raw) {
  const have = length(raw), most = field.max ?? (field.type === "name" ? 50 : field.type === "longtext" ? 2000 : 200);
  if (have > most) return ["text.long", { max: most, have, over: have - most }];
  return have < (field.min ?? 0) ? ["text.short", { min: field.min, have }] : ["text.control"];
}

/** @type {Record<string, (field: Field, raw: any, lang: string) => Found>} */
const AMISS = {
  integer: number, decimal: number, money: number, rate: number, date: day, month: day, text, name: text, longtext: text,
  year: (f, raw) => {
    const value = read({ type: "year" }, raw);
    return value === null ? ["year.form"] : value < f.min ? ["year.early", { min: f.min }] : ["year.late", { max: f.max }];
  },
  date_range: (f, raw) => [raw?.from && raw?.to ? "range.order" : "range.half"],
  time: () => ["time.form"],
  citizen_id: (f, raw) => {
    const have = bare(raw).length;
    return have !== 18 ? ["citizen_id.length", { have }] : [/^\d{17}[\dXx]$/.test(bare(raw)) ? "citizen_id.check" : "citizen_id.form"];
  },
  uscc: (f, raw) => (bare(raw).length !== 18 ? ["uscc.length", { have: bare(raw).length }] : ["uscc.check"]),
  mobile: (f, raw) => {
    const digits = bare(raw).replace(/^\+?(00)?86(?=1)/, "");
    return digits.startsWith("+") ? ["mobile.foreign"] : !/^\d+$/.test(digits) ? ["mobile.form"] : digits.length !== 11 ? ["mobile.length", { have: digits.length }] : ["mobile.prefix"];
  },
  bank_account: (f, raw) => (/^\d+$/.test(bare(raw)) ? ["bank_account.length", { have: bare(raw).length }] : ["bank_account.form"]),
  address: (f, raw) => [raw?.region ? "address.detail" : "address.region"],
  position: () => ["position.form"],
  choices: (f, raw) => {
    const have = [raw].flat().filter((v) => v !== "").length;
    return have < (f.min ?? 0) ? ["choices.few", { min: f.min, have }] : ["choices.many", { max: f.max }];
  },
};

/** A telephone and the extension after it. */
const EXTENSION = /^(.*?\d{7,8})\s*(?:转|分机|ext\.?|x|-)\s*\d{1,6}$/i;

/** What the rules do not need to read more closely is looked at here. @type {Record<string, (raw: any, field: Field) => Found | null>} */
const ODD = {
  email: (raw) => (/^[^@\s]+@[^@\s]+\.[^@\s.]+$/.test(raw.normalize("NFKC").trim()) ? null : ["email.form"]),
  name: (raw) => (/[\d@#$%]/.test(raw.normalize("NFKC")) ? ["name.letters"] : null),
  phone: (raw) => {
    const digits = bare(raw.normalize("NFKC").trim().replace(EXTENSION, "$1"));
    return /^\+?\d+$/.test(digits) ? /^[2-9]\d{6,7}$/.test(digits) ? ["phone.area"] : null : ["phone.form"];
  },
  address: ({ detail }) => (length(detail) > 200 ? ["text.long", { max: 200, have: length(detail), over: length(detail) - 200 }] : null),
  position: (raw, field) => {
    const { lat, lng, accuracy } = read(field, raw), most = field.accuracy ?? Infinity;
    if (Math.abs(lat) > 90e6 || Math.abs(lng) > 180e6) return ["position.form"];
    return accuracy === null && field.accuracy || accuracy > most ? ["position.rough", { max: most, have: accuracy ?? "?" }] : null;
  },
};

/** What is wrong with one answer, null where nothing is or only the server knows. @param {Field} field @param {any} raw @param {string} [lang] @returns {Found | null} */
export function amiss(field, raw, lang = "zh") {
  if (!full(raw)) return null;
  if (read(field, raw) === null) return AMISS[field.type]?.(field, raw, lang) ?? null;
  return ODD[field.type]?.(Array.isArray(raw) ? raw[raw.length - 1] : raw, field) ?? null;
}

/** Tell it at the questions that were left, and on the page to check. @param {import("./form.js").Sheet} sheet */
export async function tell(sheet) {
  const said = (await words())[sheet.lang], raw = sheet.raw();
  for (const place of /** @type {NodeListOf<HTMLElement>} */ (sheet.root.querySelectorAll(".q[data-at]:not([hidden])"))) {
    const at = place.dataset.at ?? "", field = sheet.field(at), held = at.slice(1).split("/").reduce((part, key) => part?.[key], raw);
    if (!field || field.type === "group") continue;
    const [code, names] = amiss(field, held, sheet.lang) ?? [];
    if (!code || !said[code]) continue;
    const label = place.querySelector(".q-label")?.firstChild?.textContent?.trim() ?? "";
    sheet.unread.set(at, said[code].replace(/\{(\w+)\}/g, (/** @type {string} */ all, /** @type {string} */ name) => (name === "label" ? label : String(names?.[name] ?? all))));
  }
  checks(sheet);
  if (sheet.here() === "check") sheet.root.dispatchEvent(new CustomEvent("tb:review", { bubbles: true, detail: sheet }));
}
