// @ts-check
/** A record that met a case which had moved on: both sides beside each other, and the person decides. */
import { answer, content, remove, rows } from "./outbox.js";
import { saveDraft } from "./drafts.js";
import { changed, phone } from "./offline.js";
import { beside, draw, moment, named, show, when } from "./queue-dom.js";
import { saveFile } from "./queue-file.js";

/** @param {string} name @param {string | undefined} text */
function write(name, text) {
  for (const place of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll(`[data-write="${name}"]`))) place.textContent = text ?? "";
}

async function paint() {
  const here = await phone;
  const row = here && (await rows(here)).find((r) => r.key === location.hash.slice(1));
  show("[data-gone]", !row);
  show("[data-both]", Boolean(row));
  if (!here || !row) return;
  const what = await content(here, row);
  const said = await answer(here, row) ?? {};
  const { title, what: doing } = named(what.title);
  write("title", title);
  write("what", doing ?? "");
  write("made", moment(what.captured_at));
  write("state", said.state);
  show("[data-moved]", !["version", "gone"].includes(said.reason));
  show("[data-version]", said.reason === "version");
  show("[data-gone-on]", said.reason === "gone");
  show("[data-again]", Boolean(said.url_form));
  show("[data-closed]", !said.url_form && said.reason !== "gone");
  const alone = !said.answers?.length;        // nobody has filled in this form: there is one side to look at
  show("[data-beside]", !alone);
  show("[data-alone]", alone);
  show("[data-untouched]", alone && Boolean(said.url_form) && said.reason !== "version");
  const table = /** @type {HTMLElement} */ (document.querySelector("#sides"));
  const lines = beside(what.show, said.answers ?? []);
  table.replaceChildren(...lines.map((l) => {
    const node = draw("side", { label: l.label, mine: l.mine || "—", theirs: l.theirs || "—" });
    node.classList.toggle("differs", !l.same && !alone);
    node.classList.toggle("only", alone);
    return node;
  }));
  const since = /** @type {HTMLElement} */ (document.querySelector("#since"));
  since.replaceChildren(...(said.since ?? []).map((/** @type {any} */ s) => draw("event", { at: s.at, who: s.who, what: s.what, why: s.why })));
  show("[data-since]", Boolean(said.since?.length));
  when(document.body, "again", () => again(here, row, what, said));
  when(document.body, "export", () => saveFile(here, [row.key]));
  when(document.body, "remove", () => /** @type {HTMLDialogElement} */ (document.querySelector("#remove-dialog")).showModal());
  document.querySelector("#remove-dialog")?.addEventListener("close", async (e) => {
    if (/** @type {HTMLDialogElement} */ (e.target).returnValue !== "remove") return;
    await remove(here, row.key);
    await changed();
    location.assign("/phone/queue");
  });
}

/**
 * The person's answers go into the form as it is now; they look and submit again. The record goes only when its answers
 * stand as a draft.
 * @param {import("./outbox.js").Phone} here @param {import("./outbox.js").Row} row @param {any} what @param {any} said
 */
async function again(here, row, what, said) {
  await saveDraft(here, { id: said.draft, version: said.version ?? "", at: new Date().toISOString(), files: what.files.map((/** @type {any} */ f) => f.sha),
    raw: what.raw, application: what.application ?? "", url: said.url_form, title: what.title });
  await remove(here, row.key);
  await changed();
  location.assign(said.url_form);
}

await paint();
