// @ts-check
// Completion from a JSON Schema: what keys and values may stand at the cursor, with the words that describe them.

/** The schema behind references. @param {any} schema @param {any} root @returns {any} */
function solve(schema, root) {
  let found = schema;
  for (let hops = 0; found?.$ref && hops < 20; hops += 1) {
    found = found.$ref.replace(/^#\/?/, "").split("/").filter(Boolean)
      .reduce((/** @type {any} */ at, /** @type {string} */ key) => at?.[key.replace(/~1/g, "/").replace(/~0/g, "~")], root);
  }
  return found ?? {};
}

/** Every alternative of a schema. @param {any} schema @param {any} root @returns {any[]} */
function branches(schema, root, depth = 0) {
  const here = solve(schema, root);
  if (depth > 6) return [here];
  const more = [...(here.oneOf ?? []), ...(here.anyOf ?? []), ...(here.allOf ?? [])];
  return more.length ? [here, ...more.flatMap((one) => branches(one, root, depth + 1))] : [here];
}

/** Schemas of the value at a path. @param {any} root @param {(string | number)[]} path */
function at(root, path) {
  let found = branches(root, root);
  for (const step of path) {
    found = found.flatMap((one) => {
      const next = typeof step === "number" ? one.items : one.properties?.[step] ?? one.additionalProperties;
      return next && typeof next === "object" ? branches(next, root) : [];
    });
  }
  return found;
}

/** Path of keys and indexes down to a node of the syntax tree. @param {any} node @param {any} doc */
function pathTo(node, doc) {
  /** @type {(string | number)[]} */ const path = [];
  for (let here = node; here?.parent; here = here.parent) {
    const above = here.parent;
    if (above.name === "Property" && here.name !== "PropertyName") {
      const name = above.getChild("PropertyName");
      if (name) path.unshift(doc.sliceString(name.from + 1, name.to - 1));
    } else if (above.name === "Array") {
      let index = 0;
      for (let one = above.firstChild; one && one.from < here.from; one = one.nextSibling) if (!"[],".includes(one.name)) index += 1;
      path.unshift(index);
    }
  }
  return path;
}

/** Puts a word in, over a closing quote that stands there already; a key gets its colon. @param {string} text */
function writing(text, key = false) {
  return (/** @type {any} */ view, /** @type {unknown} */ _chosen, /** @type {number} */ from, /** @type {number} */ to) => {
    const after = view.state.sliceDoc(to, to + 40);
    const over = after.startsWith('"') && text.endsWith('"') ? 1 : 0;
    const insert = text + (key && !/^\s*:/.test(after.slice(over)) ? ": " : "");
    view.dispatch({ changes: { from, to: to + over, insert }, selection: { anchor: from + insert.length } });
  };
}

/** A completion source for CodeMirror. @param {any} cm @param {any} root */
export function completer(cm, root) {
  return (/** @type {any} */ context) => {
    const word = context.matchBefore(/"[^"\n]*/) ?? context.matchBefore(/[\w-]*/);
    if (!word || (word.from === word.to && !context.explicit)) return null;
    const node = cm.syntaxTree(context.state).resolveInner(context.pos, -1);
    const key = node.name === "PropertyName" || node.name === "Object" || (node.name === "⚠" && node.parent?.name === "Object");
    const doc = context.state.doc;
    const quoted = word.text.startsWith('"');
    const container = key ? (node.name === "Object" ? node : node.parent?.name === "Property" ? node.parent.parent : node.parent) : node;
    const options = key
      ? at(root, pathTo(container, doc)).flatMap((one) => Object.entries(one.properties ?? {})).map(([name, schema]) => ({ label: name, apply: writing(`${quoted ? "" : '"'}${name}"`, true), type: "property", info: solve(schema, root).description }))
      : at(root, pathTo(node, doc)).flatMap((one) => one.enum ?? (one.const === undefined ? [] : [one.const])).map((value) => ({ label: String(value), apply: writing(typeof value === "string" ? `${quoted ? "" : '"'}${value}"` : String(value)), type: "enum" }));
    const seen = new Set();
    const unique = options.filter((one) => !seen.has(one.label) && seen.add(one.label));
    return unique.length ? { from: word.from + (quoted ? 1 : 0), options: unique, filter: true, validFor: /^[\w-]*$/ } : null;
  };
}
