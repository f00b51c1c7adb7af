import { Form } from "enketo-core";
import { choices, fields, root } from "./fields.mjs";

const kinds = { text: "string", integer: "int", money: "decimal", date: "date", yesno: "select1", choice: "select1", longtext: "string" };
const values = { yesno: ["是", "否"], choice: choices };
const label = (text) => `<span lang="" class="question-label active">${text}</span><span class="required">*</span>`;
const one = ({ id, kind, label: text }) => {
  const about = `name="/data/${id}" data-required="true()" data-type-xml="${kinds[kind]}"`;
  if (values[kind]) {
    const options = values[kind].map((value) => `<label><input type="radio" data-name="/data/${id}" value="${value}" ${about}><span lang="" class="option-label active">${value}</span></label>`).join("");
    return `<fieldset class="question simple-select"><fieldset><legend>${label(text)}</legend><div class="option-wrapper">${options}</div></fieldset></fieldset>`;
  }
  const type = { date: "date", integer: "number", money: "number" }[kind] ?? "text";
  return `<label class="question non-select">${label(text)}${kind === "longtext" ? `<textarea ${about} rows="3"></textarea>` : `<input type="${type}" ${about}>`}</label>`;
};
root.innerHTML = `<form autocomplete="off" novalidate class="or clearfix" dir="ltr" id="f"><h3 dir="auto" id="form-title">核查</h3>${fields.map(one).join("")}</form>`;
const model = `<model><instance><data id="f">${fields.map(({ id }) => `<${id}/>`).join("")}<meta><instanceID/></meta></data></instance></model>`;
const problems = new Form(root.firstElementChild, { modelStr: model, instanceStr: null, external: [] }, { language: "" }).init();
if (problems.length) throw new Error(problems.join("\n"));
