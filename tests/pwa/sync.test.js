import assert from "node:assert/strict";
import { test } from "node:test";
import { put } from "../../pwa/js/db.js";
import { add, answer, content, keepFile, openPhone, rows } from "../../pwa/js/outbox.js";
import { alone } from "../../pwa/js/sync-lock.js";
import { backOff, due, flush } from "../../pwa/js/sync.js";
import { CONTENT, Server, freshPhone } from "./phone.js";

const states = async (phone) => (await rows(phone)).map((r) => r.state);
const withPhotos = async (phone, n) => ({ ...CONTENT, raw: { n: String(n) }, files: await Promise.all([0, 1].map(async (i) => {
  const bytes = new Uint8Array(700_000).fill(n * 2 + i);
  return { field: "photo", sha: await keepFile(phone, new Blob([bytes], { type: "image/jpeg" })), name: `${n}-${i}.jpg`, type: "image/jpeg", size: bytes.length };
})) });

test("ten records with twenty photos, two tabs, a dying server and lost answers arrive exactly once", async () => {
  const phone = await freshPhone();
  const server = new Server();
  for (let n = 0; n < 10; n++) await add(phone, await withPhotos(phone, n));
  server.dieAfterPieces = 13;
  server.loseNext = 1;
  const other = await openPhone("a");
  let clock = Date.now();
  const env = { fetch: server.fetch, now: () => clock, locks: null };
  for (let round = 0; round < 12 && (await states(phone)).includes("ready"); round++) {
    await Promise.all([flush(phone, env), flush(other, env)]);
    clock += 300e3;
    if (!server.up) { server.up = true; server.dieAfterPieces = 0; }
  }
  assert.deepEqual(await states(phone), Array(10).fill("sent"));
  assert.equal(server.records.size, 10);
  assert.equal(server.files.size, 20);
  for (const file of server.files.values()) assert.equal(file.bytes.length, 700_000);
});

test("a tab that comes second finds the flush taken, with Web Locks or the lease alike", async () => {
  const phone = await freshPhone();
  const held = new Map();
  const locks = { async request(name, _how, work) {
    if (held.get(name)) return work(null);
    held.set(name, true);
    try { return await work({}); } finally { held.delete(name); }
  } };
  for (const env of [{ locks }, { locks: null }]) {
    let runs = 0;
    const work = async () => { runs += 1; await new Promise((ok) => setTimeout(ok, 20)); };
    const got = await Promise.all([alone(phone, work, env), alone(phone, work, env)]);
    assert.deepEqual([got.sort(), runs], [[false, true], 1]);
    assert.equal(await alone(phone, work, env), true);
  }
});

test("a lease that a dead tab left, or that a wrong clock wrote, does not block for longer than a minute", async () => {
  const phone = await freshPhone();
  const now = 1_000_000_000;
  for (const [until, free] of [[now + 59e3, false], [now - 1, true], [now + 86_400e3, true]]) {
    await put(phone.db, "meta", { id: "lease", owner: "dead", until });
    assert.equal(await alone(phone, async () => {}, { locks: null, now: () => now }), free);
  }
});

test("waiting doubles from one second to five minutes", () => {
  assert.deepEqual([1, 2, 3, 9, 10, 40].map(backOff), [1000, 2000, 4000, 256000, 300000, 300000]);
});

test("a record is not stuck when the clock was a day ahead while it failed", () => {
  const row = { state: "ready", next: 86_400e3 };
  assert.equal(due(row, 0), true);
  assert.equal(due({ ...row, next: 200e3 }, 0), false);
});

test("one record's refused file stops that record only", async () => {
  const phone = await freshPhone();
  const server = new Server();
  await add(phone, await withPhotos(phone, 1));
  await add(phone, CONTENT);
  const bad = (url, init) => (url === "/files" ? Promise.resolve(Response.json({ detail: "太大" }, { status: 413 })) : server.fetch(url, init));
  await flush(phone, { fetch: bad, locks: null });
  assert.deepEqual(await states(phone), ["problem", "sent"]);
  assert.equal((await answer(phone, (await rows(phone))[0])).detail, "太大");
});

test("somebody else signed in, or nobody: everything stays and a sign-in is asked for", async () => {
  for (const account of ["b", null]) {
    const phone = await freshPhone("a");
    const server = new Server(account);
    await add(phone, CONTENT);
    assert.equal(await flush(phone, { fetch: server.fetch, locks: null }), "sign-in");
    assert.deepEqual([await states(phone), server.records.size], [["ready"], 0]);
    assert.equal((await rows(phone))[0].tries, 0);
  }
});

test("a conflict and a problem keep the record and what the server said", async () => {
  const phone = await freshPhone();
  const server = new Server();
  const told = { conflict: { status: "conflict", seq: 9 }, problem: { status: "problems", problems: [{ at: "/x" }] } };
  for (const kind of ["conflict", "problem"]) await add(phone, { ...CONTENT, raw: { kind } });
  server.say = (r) => told[r.raw.kind];
  await flush(phone, { fetch: server.fetch, locks: null });
  assert.deepEqual(await states(phone), ["conflict", "problem"]);
  const [row] = await rows(phone);
  assert.deepEqual([(await answer(phone, row)).seq, (await content(phone, row)).raw.kind, row.asked], [9, "conflict", false]);
});

test("while it is unknown whether a record arrived it is marked as asked", async () => {
  const phone = await freshPhone();
  const server = new Server();
  await add(phone, CONTENT);
  server.loseNext = 1;
  assert.equal(await flush(phone, { fetch: server.fetch, locks: null }), "later");
  const [row] = await rows(phone);
  assert.deepEqual([row.state, row.asked, row.tries], ["ready", true, 1]);
});

test("what is sent holds no display text and carries both clocks", async () => {
  const phone = await freshPhone();
  const server = new Server();
  let sent;
  const spy = (url, init) => { if (url === "/phone/sync") sent = JSON.parse(init.body); return server.fetch(url, init); };
  await add(phone, CONTENT);
  await flush(phone, { fetch: spy, locks: null, now: () => 0, force: true });
  assert.equal(sent.sent_at, "1970-01-01T00:00:00.000Z");
  assert.equal(sent.records[0].captured_at, CONTENT.captured_at);
  assert.deepEqual(["show", "title", "url"].filter((k) => k in sent.records[0]), []);
});

test("when the server has another part of a file than was thought, sending goes on from there", async () => {
  const phone = await freshPhone();
  const server = new Server();
  await add(phone, await withPhotos(phone, 1));
  let ahead = true;
  const between = async (url, init) => {
    const answer = await server.fetch(url, init);
    // The same piece came over another connection meanwhile, whose answer was lost.
    if (url === "/files" && ahead) { ahead = false; const [file] = server.files.values(); file.bytes = new Uint8Array(1000).fill(2); }
    return answer;
  };
  await flush(phone, { fetch: between, locks: null });
  assert.deepEqual(await states(phone), ["sent"]);
});
