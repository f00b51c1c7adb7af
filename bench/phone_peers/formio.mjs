import { Formio } from "@formio/js";
import "@formio/js/dist/formio.form.css";
import { choices, fields, root } from "./fields.mjs";

const type = { text: "textfield", integer: "number", money: "number", date: "textfield", yesno: "checkbox", choice: "select", longtext: "textarea" };
const components = fields.map(({ id, kind, label }) => ({
  type: type[kind], key: id, label, input: true, validate: { required: true },
  ...(kind === "choice" ? { data: { values: choices.map((c) => ({ label: c, value: c })) } } : {}),
}));
Formio.createForm(root, { components });
