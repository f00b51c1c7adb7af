import assert from "node:assert/strict";
import { test } from "node:test";
import { add, content, fileOf, keepFile, mark, openPhone, rows } from "../../pwa/js/outbox.js";
import { keepPage, mayKeep, pageOf, pages } from "../../pwa/js/offline-pages.js";
import { fit } from "../../pwa/js/photos.js";
import { beside, size } from "../../pwa/js/queue-dom.js";
import { exportFile, importFile } from "../../pwa/js/queue-file.js";
import { CONTENT, freshPhone } from "./phone.js";

const withFile = async (phone) => {
  const bytes = Uint8Array.from({ length: 100_001 }, (_, i) => i % 251);
  const sha = await keepFile(phone, new Blob([bytes], { type: "image/jpeg" }));
  return { sha, bytes, content: { ...CONTENT, files: [{ field: "photo", sha, name: "a.jpg", type: "image/jpeg", size: bytes.length }] } };
};

test("a file exported on one device brings records and photos whole to another, under the same keys", async () => {
  const phone = await freshPhone();
  const { sha, bytes, content: what } = await withFile(phone);
  const key = await add(phone, what);
  await mark(phone, await add(phone, CONTENT), { state: "sent" });
  const file = await exportFile(phone);
  const pc = await freshPhone();
  assert.deepEqual(await importFile(pc, file), { added: 1, known: 0 });
  assert.deepEqual(await importFile(pc, file), { added: 0, known: 1 });
  const [row] = await rows(pc);
  assert.deepEqual([row.key, await content(pc, row)], [key, what]);
  assert.deepEqual(new Uint8Array(await (await fileOf(pc, sha)).arrayBuffer()), bytes);
});

test("a file of another account, of another kind or with changed bytes imports nothing", async () => {
  const phone = await freshPhone();
  await add(phone, (await withFile(phone)).content);
  const text = await (await exportFile(phone)).text();
  const damaged = text.replace(/"data": "..../, '"data": "AAAA');
  assert.notEqual(damaged, text);
  for (const [given, name, account] of [[text, "account", "b"], ["{}", "format", "a"], ["no", "format", "a"], [damaged, "damaged", "a"]]) {
    globalThis.indexedDB = new (globalThis.indexedDB.constructor)();
    const pc = await openPhone(account);
    await assert.rejects(importFile(pc, new Blob([given])), { name });
    assert.equal((await rows(pc)).length, 0);
  }
});

test("only a form page that carries its person's name may be kept for that person", () => {
  const form = '<body data-person="a"><form method="post" data-outbox>';
  assert.equal(mayKeep(form, "a"), true);
  assert.equal(mayKeep(form, "b"), false);
  assert.equal(mayKeep('<body data-person="a"><form>', "a"), false);
});

test("kept pages are encrypted, a page taken along stays so, and only visited ones make room for others", async () => {
  const phone = await freshPhone();
  await keepPage(phone, "/t", '<title>表 · 通办</title><form data-outbox data-title="核查 &amp; 走访 · 海风">密', "taken");
  await keepPage(phone, "/t", '<title>表 · 通办</title><form data-outbox data-title="核查 &amp; 走访 · 海风">密');
  for (let i = 0; i < 40; i++) await keepPage(phone, `/v${i}`, "x");
  const kept = await pages(phone);
  assert.deepEqual(kept.filter((p) => p.url === "/t").map((p) => [p.how, p.title]), [["taken", "核查 & 走访 · 海风"]]);
  assert.equal(kept.filter((p) => p.how === "visited").length, 30);
  assert.ok((await pageOf(phone, "/t")).endsWith("密"));
  assert.equal(await pageOf(phone, "/v0"), null);
});

test("a conflict shows each field once with both sides and marks what differs", () => {
  assert.deepEqual(beside([["a", "甲", "1"], ["b", "乙", "2"]], [["b", "乙", "2"], ["c", "丙", "3"]]), [
    { label: "甲", mine: "1", theirs: "", same: false },
    { label: "乙", mine: "2", theirs: "2", same: true },
    { label: "丙", mine: "", theirs: "3", same: false },
  ]);
});

test("photos shrink to 1,600 on the long side and never grow", () => {
  assert.deepEqual([fit(4032, 3024), fit(3024, 4032), fit(800, 600), fit(16000, 1)], [[1600, 1200], [1200, 1600], [800, 600], [1600, 1]]);
});

test("sizes read as people say them", () => {
  assert.deepEqual([size(10), size(2048), size(3 * 1048576)], ["1 KB", "2 KB", "3.0 MB"]);
});
