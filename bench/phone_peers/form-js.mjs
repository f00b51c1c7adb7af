import { Form } from "@bpmn-io/form-js-viewer";
import "@bpmn-io/form-js-viewer/dist/assets/form-js.css";
import { choices, fields, root } from "./fields.mjs";

const type = { text: "textfield", integer: "number", money: "number", date: "datetime", yesno: "checkbox", choice: "select", longtext: "textarea" };
const components = fields.map(({ id, kind, label }) => ({
  type: type[kind], key: id, id, label, validate: { required: true },
  ...(kind === "date" ? { subtype: "date", dateLabel: label } : {}), ...(kind === "choice" ? { values: choices.map((c) => ({ label: c, value: c })) } : {}),
}));
new Form({ container: root }).importSchema({ type: "default", id: "f", components });
