// The same 25 fields for every peer: [{id, kind, label}].
import counts from "./fields.json";

export const fields = counts.flatMap(([kind, n]) => Array.from({ length: n }, (_, i) => ({ id: `${kind}${i}`, kind, label: `栏目 ${kind} ${i}` })));
export const choices = ["甲", "乙", "丙"];
export const root = document.getElementById("root");
