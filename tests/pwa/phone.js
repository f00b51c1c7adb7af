// A phone without a browser: IndexedDB in memory, and a server that keeps what it was sent, loses answers and dies when told.
import "fake-indexeddb/auto";
import { IDBFactory } from "fake-indexeddb";
import { openPhone } from "../../pwa/js/outbox.js";
import { sha256 } from "../../pwa/js/crypt.js";

export async function freshPhone(account = "a") {
  globalThis.indexedDB = new IDBFactory();
  return openPhone(account);
}

export const CONTENT = { procedure: "p", version: "v1", action: "submit", raw: { name: "青岛" }, files: [],
  captured_at: "2026-11-22T08:00:00.000Z", title: "t", url: "/u", show: [] };

export class Server {
  constructor(account = "a") {
    this.account = account;
    this.up = true;
    this.loseNext = 0;          // this many answers of /phone/sync are lost after the commit
    this.records = new Map();
    this.files = new Map();
    this.posts = 0;
    this.pieces = 0;
    this.say = null;            // (record) -> result, instead of receiving it
    this.fetch = this.fetch.bind(this);
  }

  async fetch(url, init = {}) {
    await null;
    if (!this.up) throw new TypeError("Failed to fetch");
    if (url === "/phone/me") return Response.json({ account: this.account, csrf: "c" });
    if (this.account === null) return new Response(null, { status: 401 });
    if (url === "/files") return this.begin(JSON.parse(init.body));
    if (url.startsWith("/files/")) return this.append(url.slice(7), init);
    return this.sync(JSON.parse(init.body));
  }

  begin({ sha256: sha, size }) {
    if (!this.files.has(sha)) this.files.set(sha, { size, bytes: new Uint8Array(0), begun: 0 });
    const file = this.files.get(sha);
    file.begun += 1;
    return new Response(null, { status: 200, headers: { "Upload-Offset": String(file.bytes.length) } });
  }

  async append(sha, init) {
    const file = this.files.get(sha);
    this.pieces += 1;
    if (Number(init.headers["Upload-Offset"]) !== file.bytes.length) {
      return new Response(null, { status: 409, headers: { "Upload-Offset": String(file.bytes.length) } });
    }
    file.bytes = new Uint8Array([...file.bytes, ...new Uint8Array(init.body)]);
    if (file.bytes.length === file.size && await sha256(file.bytes) !== sha) throw new Error("other bytes");
    if (this.dieAfterPieces && this.pieces >= this.dieAfterPieces) { this.up = false; throw new TypeError("Failed to fetch"); }
    return new Response(null, { status: 204, headers: { "Upload-Offset": String(file.bytes.length) } });
  }

  sync({ records }) {
    this.posts += 1;
    const results = records.map((r) => {
      const told = this.say?.(r);
      if (told) return { key: r.key, ...told };
      const repeated = this.records.has(r.key);
      if (!repeated) this.records.set(r.key, r);
      return { key: r.key, status: "received", repeated };
    });
    if (this.loseNext > 0) { this.loseNext -= 1; throw new TypeError("Failed to fetch"); }
    return Response.json({ results });
  }
}
