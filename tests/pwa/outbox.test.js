import assert from "node:assert/strict";
import { test } from "node:test";
import { all, currentAccount, get, openAccount, setCurrentAccount, wipe } from "../../pwa/js/db.js";
import { keyOf } from "../../pwa/js/crypt.js";
import { add, content, fileOf, keepFile, mark, openPhone, remove, rows, tidy, unsent } from "../../pwa/js/outbox.js";
import { dropDraft, drafts, loadDraft, saveDraft } from "../../pwa/js/drafts.js";
import { CONTENT, freshPhone } from "./phone.js";

const DRAFT = { url: "/u", title: "t", application: "n", id: "new:p", version: "v1", at: "2026-11-22T08:00:00Z", raw: { name: "半" }, files: [] };

test("a record is stored encrypted and read back whole", async () => {
  const phone = await freshPhone();
  const key = await add(phone, CONTENT);
  const [row] = await rows(phone);
  assert.equal(row.key, key);
  assert.equal(Buffer.from(row.box).includes(Buffer.from("青岛")), false);
  assert.deepEqual(await content(phone, row), CONTENT);
});

test("putting a record into the outbox takes its draft away in the same step", async () => {
  const phone = await freshPhone();
  await saveDraft(phone, DRAFT);
  await add(phone, CONTENT, { draft: DRAFT.id });
  assert.equal(await loadDraft(phone, DRAFT.id), null);
});

test("a record that names a photo which is not on the device is refused and its draft stays", async () => {
  const phone = await freshPhone();
  await saveDraft(phone, DRAFT);
  const files = [{ field: "photo", sha: "0".repeat(64), name: "a.jpg", type: "image/jpeg", size: 3 }];
  await assert.rejects(add(phone, { ...CONTENT, files }, { draft: DRAFT.id }));
  assert.equal((await rows(phone)).length, 0);
  assert.deepEqual(await loadDraft(phone, DRAFT.id), DRAFT);
});

test("the same photo is kept once and read back byte for byte", async () => {
  const phone = await freshPhone();
  const one = await keepFile(phone, new Blob(["abc"], { type: "image/jpeg" }));
  const two = await keepFile(phone, new Blob(["abc"], { type: "image/jpeg" }));
  assert.equal(one, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  assert.equal(one, two);
  assert.equal((await all(phone.db, "files")).length, 1);
  assert.equal(await (await fileOf(phone, one)).text(), "abc");
});

test("tidying keeps every file that an unsent record or a draft needs and drops the rest after an hour", async () => {
  const phone = await freshPhone();
  const [a, b, c, d] = await Promise.all(["a", "b", "c", "d"].map((t) => keepFile(phone, new Blob([t]))));
  const named = (sha) => [{ field: "f", sha, name: "n", type: "", size: 1 }];
  await add(phone, { ...CONTENT, files: named(a) });
  await saveDraft(phone, { ...DRAFT, files: [b] });
  const sent = await add(phone, { ...CONTENT, files: named(c) });
  await mark(phone, sent, { state: "sent" });
  await tidy(phone);
  assert.equal((await all(phone.db, "files")).length, 4);
  await tidy(phone, Date.now() + 2 * 3600e3);
  assert.deepEqual((await all(phone.db, "files")).map((f) => f.sha).sort(), [a, b].sort());
  assert.equal(await fileOf(phone, d), null);
});

test("receipts beyond the last thirty go, unsent records never", async () => {
  const phone = await freshPhone();
  for (let i = 0; i < 35; i++) await mark(phone, await add(phone, CONTENT), { state: "sent" });
  const kept = await add(phone, CONTENT);
  await mark(phone, kept, { state: "conflict", no: -1 });
  await tidy(phone);
  assert.equal((await rows(phone)).length, 31);
  assert.equal(await unsent(phone), 1);
  assert.ok(await get(phone.db, "records", kept));
});

test("marking a record that another tab removed does not bring it back", async () => {
  const phone = await freshPhone();
  const key = await add(phone, CONTENT);
  await remove(phone, key);
  await mark(phone, key, { state: "sent" }, { status: "received" });
  assert.equal((await rows(phone)).length, 0);
});

test("one account sees nothing of another, and its key opens nothing of another", async () => {
  const a = await freshPhone("a");
  await add(a, CONTENT);
  await saveDraft(a, DRAFT);
  const b = await openPhone("b");
  assert.deepEqual([await rows(b), await drafts(b)], [[], []]);
  const [row] = await rows(a);
  await assert.rejects(content(b, row));
});

test("signing out destroys the key and the data, and a new start begins with another key", async () => {
  const phone = await freshPhone();
  await setCurrentAccount("a");
  await add(phone, CONTENT);
  const [row] = await rows(phone);
  await wipe("a");
  assert.equal(await currentAccount(), null);
  const again = await openPhone("a");
  assert.equal((await rows(again)).length, 0);
  await assert.rejects(content(again, row));
});

test("two tabs that open a phone for the first time agree on one key", async () => {
  const first = await freshPhone();
  await new Promise((ok) => { const t = first.db.transaction("meta", "readwrite"); t.objectStore("meta").clear(); t.oncomplete = ok; });
  const [k1, k2] = await Promise.all([keyOf(first.db), keyOf(await openAccount("a"))]);
  const phone1 = { ...first, key: k1 };
  await add(phone1, CONTENT);
  assert.deepEqual(await content({ ...first, key: k2 }, (await rows(phone1))[0]), CONTENT);
});

test("a draft opens only under its own form", async () => {
  const phone = await freshPhone();
  await saveDraft(phone, DRAFT);
  assert.equal(await loadDraft(phone, "case:1:t1"), null);
  await dropDraft(phone, DRAFT.id);
  assert.equal(await loadDraft(phone, DRAFT.id), null);
});
