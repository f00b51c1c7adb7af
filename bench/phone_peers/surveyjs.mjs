import { Model } from "survey-core";
import "survey-core/survey-core.css";
import { renderSurvey } from "survey-js-ui";
import { choices, fields, root } from "./fields.mjs";

const kinds = {
  text: { type: "text" }, integer: { type: "text", inputType: "number" }, money: { type: "text", inputType: "number" }, date: { type: "text", inputType: "date" },
  yesno: { type: "boolean" }, choice: { type: "dropdown", choices }, longtext: { type: "comment" },
};
renderSurvey(new Model({ elements: fields.map((f) => ({ ...kinds[f.kind], name: f.id, title: f.label, isRequired: true })) }), root);
