import assert from "node:assert/strict";
import { test } from "node:test";
import { alone } from "../../pwa/js/form-alone.js";
import { early } from "../../pwa/js/form-foretell.js";

const sheet = (name) => ({ shape: { required: [], failed: [], env: { "application.name": name } }, fields: new Map([["name", {}]]),
  tree: { prefix: "application.", held: {} }, lang: "zh", root: { querySelector: () => null } });
const only = { id: "visit/0", key: [["name", "application.name"]], names: ["application.name"], say: { zh: "已有一份" }, held: { "甲": "2026-1" } };
const told = { words: { alone: "是否已有", waits: "本机" }, unique: [only] };
const wrong = (name, more = told, waiting = {}) => alone(sheet(name), more, waiting).wrong.map((line) => line.text);

test("a second one is told where a case of one's own side or a record on the device is in the way", () => {
  assert.deepEqual(wrong("甲"), ["已有一份（2026-1）"]);
  assert.deepEqual(wrong("乙", told, { "visit/0": { "乙": "本机" } }), ["已有一份（本机）"]);
  assert.deepEqual(wrong("乙"), []);
  assert.deepEqual(alone(sheet("乙"), told).later.map((line) => line.text), ["是否已有"]);
});

test("what is made of several parts, or not answered, or not asked in this form, is left to the server", () => {
  const two = { ...told, unique: [{ ...only, key: [only.key[0], only.key[0]] }] };
  assert.deepEqual(wrong("甲", two), []);
  assert.deepEqual(wrong(null), []);
  assert.deepEqual(alone({ ...sheet("乙"), fields: new Map() }, told).later, []);
});

test("a rule that fails already is told at the last question that was left of those it reads, and no sooner", () => {
  const few = { test: [">=", ["name", "application.staff", "int"], ["lit", 10]], names: ["application.name", "application.staff"], say: { zh: "只有 {staff} 人" }, label: { zh: "人数" }, clause: "二.2" };
  const filling = (staff, ...left) => ({ ...sheet("甲"), shape: { env: { "application.name": "甲", "application.staff": staff } }, left: new Set(left),
    fields: new Map([["name", {}], ["staff", { id: "staff", type: "integer" }], ["more", {}]]) });
  const said = (...of) => [...early(filling(...of), { words: { hard: "不符合：{text}" }, rules: { few } })];
  assert.deepEqual(said(7n, "/name", "/staff", "/more"), [["/staff", ["不符合：只有 7 人（二.2）"]]]);
  assert.deepEqual(said(7n, "/name"), [["/name", ["不符合：只有 7 人（二.2）"]]]);
  assert.deepEqual(said(7n), []);
  assert.deepEqual(said(10n, "/staff"), []);
  assert.deepEqual(said(null, "/staff"), []);
});
