// What every page does with the outbox (offline.js), in a page that has nothing but events.
import assert from "node:assert/strict";
import { test } from "node:test";
import { put } from "../../pwa/js/db.js";
import { add, rows } from "../../pwa/js/outbox.js";
import { CONTENT, Server, freshPhone } from "./phone.js";

const until = async (true_) => { while (!await true_()) await new Promise((ok) => setTimeout(ok, 20)); };

test("the network is back while another try is still at it: sent soon after, and not at the end of a long wait", { timeout: 20e3 }, async () => {
  const phone = await freshPhone(), server = new Server(), page = new EventTarget();
  await add(phone, CONTENT);
  for (const row of await rows(phone)) await put(phone.db, "records", { ...row, tries: 9 });      // after its next failure it waits five minutes
  const asked = [];
  Object.assign(globalThis, {
    BroadcastChannel: undefined, matchMedia: () => ({}), localStorage: { getItem: () => null }, navigator: {},
    addEventListener: page.addEventListener.bind(page),
    document: Object.assign(new EventTarget(), { readyState: "complete", body: { dataset: { person: "a" } }, querySelector: () => null, querySelectorAll: () => [] }),
    fetch: (...one) => (asked.push(one) > 1 ? server.fetch(...one) : new Promise((_, fail) => { page.addEventListener("hang-up", () => fail(new TypeError("Failed to fetch"))); })),
  });
  delete globalThis.BroadcastChannel;
  const { send } = await import("../../pwa/js/offline.js");
  await until(() => asked.length);                  // the page's own try, before the network is back
  assert.equal(await send(true), "busy");           // as when the browser says "online"
  page.dispatchEvent(new Event("hang-up"));
  await until(() => server.records.size);
  await until(async () => (await rows(phone))[0].state === "sent");
  assert.equal(server.posts, 1);
});
