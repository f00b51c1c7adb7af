// @ts-check
// The JSON editor of the authoring pages: completion from the JSON Schema, findings of the proof at their lines.
// Without this file the text areas stand as they are and the findings are listed below them.
import * as cm from "../vendor/codemirror-6.min.js";
import { completer } from "./author-complete.js";

const form = /** @type {HTMLFormElement} */ (document.querySelector("form[data-author]"));
const nonce = form.dataset.nonce ?? "";
const words = { checking: form.dataset.checking ?? "", clean: form.dataset.clean ?? "" };
const told = /** @type {HTMLElement | null} */ (document.querySelector("[data-told]"));

const colours = cm.HighlightStyle.define([
  { tag: cm.tags.propertyName, color: "var(--pine)" },
  { tag: cm.tags.string, color: "var(--ink)" },
  { tag: [cm.tags.number, cm.tags.bool, cm.tags.null], color: "var(--amber)" },
  { tag: [cm.tags.brace, cm.tags.squareBracket, cm.tags.separator], color: "var(--ink-3)" },
]);
const look = cm.EditorView.theme({
  "&": { backgroundColor: "var(--paper)", color: "var(--ink)", border: "1px solid var(--edge)", borderRadius: "4px", fontSize: "0.8125rem" },
  "&.cm-focused": { outline: "3px solid var(--focus)", outlineOffset: "1px" },
  ".cm-scroller": { fontFamily: "var(--face-code)", lineHeight: "1.6", maxHeight: "70vh" },
  ".cm-gutters": { backgroundColor: "var(--tint)", color: "var(--ink-3)", borderRight: "1px solid var(--line)" },
  ".cm-activeLine, .cm-activeLineGutter": { backgroundColor: "var(--pine-soft)" },
  ".cm-cursor": { borderLeftColor: "var(--ink)" },
  "&.cm-focused .cm-selectionBackground, .cm-selectionBackground": { backgroundColor: "var(--pine-soft)" },
  ".cm-tooltip": { backgroundColor: "var(--paper)", color: "var(--ink)", border: "1px solid var(--line)", maxWidth: "36rem" },
  ".cm-tooltip-autocomplete ul li[aria-selected]": { backgroundColor: "var(--pine)", color: "var(--on-pine)" },
  ".cm-panels": { backgroundColor: "var(--tint)", color: "var(--ink)" },
});

/** Character range of a line of the document. @param {any} state @param {number} line */
function range(state, line) {
  const at = state.doc.line(Math.min(Math.max(line, 1), state.doc.lines));
  const text = at.text.trimStart();
  return { from: at.to - text.length, to: at.to };
}

/** The findings beside the editor, as they are now. @param {{file: string, line: number, level: string, text: string}[]} found */
function list(found) {
  const panel = document.querySelector("section[aria-labelledby=findings]");
  const heading = panel?.querySelector("h2");
  if (!panel || !heading) return;
  for (const old of panel.querySelectorAll("ul, p")) old.remove();
  const count = heading.querySelector("span");
  if (count) count.textContent = found.length ? String(found.length) : "";
  const rows = document.createElement("ul");
  rows.className = "findings";
  for (const one of found) {
    const kind = /** @type {HTMLTemplateElement | null} */ (panel.querySelector(`template[data-finding="${one.level}"]`) ?? panel.querySelector("template"));
    const row = /** @type {HTMLElement} */ (kind?.content.firstElementChild?.cloneNode(true));
    const link = /** @type {HTMLAnchorElement} */ (row.querySelector("a"));
    link.search = new URLSearchParams({ file: one.file }).toString();
    link.dataset.line = String(one.line);
    link.dataset.file = one.file;
    /** @type {HTMLElement} */ (row.querySelector("[data-words]")).textContent = one.text;
    /** @type {HTMLElement} */ (row.querySelector("[data-place]")).textContent = `${one.file} : ${(form.dataset.place ?? "").replace("{n}", String(one.line))}`;
    rows.append(row);
  }
  if (found.length) heading.after(rows);
}

/** Ask the proof about the text as it stands. @param {any} view @param {string} file */
async function findings(view, file) {
  if (told) told.textContent = words.checking;
  const body = new FormData(form);
  body.set(`text:${file}`, view.state.doc.toString());
  const answer = await fetch(form.dataset.check ?? "", { method: "POST", body, headers: { Accept: "application/json" } });
  if (!answer.ok) return [];
  /** @type {{file: string, line: number, level: string, text: string}[]} */
  const found = await answer.json();
  list(found);
  const here = found.filter((one) => one.file === file);
  const count = found.filter((one) => one.level === "error").length;
  if (told) told.textContent = count ? (form.dataset.wrong ?? "").replace("{n}", String(count)) : words.clean;
  return here.map((one) => ({ ...range(view.state, one.line), severity: one.level === "error" ? "error" : one.level === "warning" ? "warning" : "info", message: one.text }));
}

/** @param {HTMLTextAreaElement} area */
async function edit(area) {
  const file = area.name.replace(/^text:/, "");
  const schema = await fetch(area.dataset.schema ?? "").then((r) => (r.ok ? r.json() : {})).catch(() => ({}));
  const view = new cm.EditorView({
    state: cm.EditorState.create({
      doc: area.value,
      extensions: [
        cm.EditorView.cspNonce.of(nonce), cm.lineNumbers(), cm.highlightActiveLineGutter(), cm.foldGutter(), cm.lintGutter(),
        cm.history(), cm.drawSelection(), cm.indentOnInput(), cm.bracketMatching(), cm.closeBrackets(), cm.highlightActiveLine(),
        cm.highlightSelectionMatches(), cm.json(), cm.syntaxHighlighting(colours), look, cm.EditorView.lineWrapping,
        cm.autocompletion({ override: [completer(cm, schema)] }), cm.linter((/** @type {any} */ v) => findings(v, file), { delay: 600 }),
        cm.EditorState.readOnly.of(area.readOnly),
        cm.EditorView.contentAttributes.of({ tabindex: "0", "aria-label": area.getAttribute("aria-label") ?? file }),
        cm.keymap.of([...cm.closeBracketsKeymap, ...cm.defaultKeymap, ...cm.searchKeymap, ...cm.historyKeymap, ...cm.foldKeymap, ...cm.completionKeymap, ...cm.lintKeymap]),
        cm.EditorView.updateListener.of((/** @type {any} */ change) => { if (change.docChanged) area.value = change.state.doc.toString(); }),
      ],
    }),
  });
  area.hidden = true;
  area.after(view.dom);
  document.addEventListener("click", (event) => {
    const link = /** @type {HTMLElement} */ (event.target).closest?.("[data-line]");
    if (!link || link.getAttribute("data-file") !== file) return;
    event.preventDefault();
    const at = range(view.state, Number(link.getAttribute("data-line")));
    view.dispatch({ selection: { anchor: at.from, head: at.to }, effects: cm.EditorView.scrollIntoView(at.from, { y: "center" }) });
    view.focus();
  });
}

for (const area of /** @type {NodeListOf<HTMLTextAreaElement>} */ (document.querySelectorAll("textarea[data-schema]"))) edit(area);
