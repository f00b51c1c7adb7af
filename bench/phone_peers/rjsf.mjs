import Form from "@rjsf/core";
import validator from "@rjsf/validator-ajv8";
import { createElement } from "react";
import { createRoot } from "react-dom/client";
import { choices, fields, root } from "./fields.mjs";

const kinds = {
  text: { type: "string" }, integer: { type: "integer" }, money: { type: "number" }, date: { type: "string", format: "date" },
  yesno: { type: "boolean" }, choice: { type: "string", enum: choices }, longtext: { type: "string" },
};
const schema = { type: "object", required: fields.map((f) => f.id), properties: Object.fromEntries(fields.map((f) => [f.id, { ...kinds[f.kind], title: f.label }])) };
const uiSchema = Object.fromEntries(fields.filter((f) => f.kind === "longtext").map((f) => [f.id, { "ui:widget": "textarea" }]));
createRoot(root).render(createElement(Form, { schema, uiSchema, validator }));
