import assert from "node:assert/strict";
import { test } from "node:test";
import { amiss } from "../../pwa/js/form-amiss.js";

// The server's own table of wrong answers (tests/engine/answers/test_types.py) says the same of each.
test("without a network a wrong answer is told in the sentence of the server", () => {
  for (const [field, raw, said] of [
    [{ type: "citizen_id" }, "370215198001010010", ["citizen_id.check"]],
    [{ type: "citizen_id" }, "3702151980", ["citizen_id.length", { have: 10 }]],
    [{ type: "mobile" }, "138 0013 80001", ["mobile.length", { have: 12 }]],
    [{ type: "mobile" }, "12800138000", ["mobile.prefix"]],
    [{ type: "uscc" }, "91370200MA3C1B2D30", ["uscc.check"]],
    [{ type: "email" }, "li.qingdao.cn", ["email.form"]],
    [{ type: "name" }, "王小明2", ["name.letters"]],
    [{ type: "integer", scale: 0 }, "十二", ["number.form_whole"]],
    [{ type: "integer", scale: 0 }, "12.5", ["number.whole"]],
    [{ type: "integer", scale: 0, max: 1000 }, "1001", ["number.high", { max: "1,000" }]],
    [{ type: "integer", scale: 0, min: 0 }, "-1", ["number.negative"]],
    [{ type: "money", scale: 2, max: 3000000000 }, "3000.01万", ["number.high", { max: "30,000,000.00" }]],
    [{ type: "money", scale: 2 }, "五百元", ["number.form"]],
    [{ type: "decimal", scale: 2 }, "1.005", ["number.places", { places: 2 }]],
    [{ type: "date" }, "2026-3", ["date.form"]],
    [{ type: "date", max: "2026-01-01" }, "2026-01-02", ["date.late", { max: "2026年1月1日" }]],
    [{ type: "date_range" }, { from: "2026-02-01", to: "2026-01-01" }, ["range.order"]],
    [{ type: "text", max: 5 }, "一二三四五六七", ["text.long", { max: 5, have: 7, over: 2 }]],
    [{ type: "address" }, { region: "370202", detail: "" }, ["address.detail"]],
    [{ type: "address" }, { region: "370202", detail: "长".repeat(203) }, ["text.long", { max: 200, have: 203, over: 3 }]],
    [{ type: "mobile" }, "+1 415 555 0100", ["mobile.foreign"]],
    [{ type: "phone" }, "85012345", ["phone.area"]],
    [{ type: "phone" }, "85012345 转 801", ["phone.area"]],
    [{ type: "phone" }, "电话", ["phone.form"]],
    [{ type: "position" }, { lat: "三十六", lng: "120.38" }, ["position.form"]],
    [{ type: "position" }, { lat: "91", lng: "0" }, ["position.form"]],
    [{ type: "position", accuracy: 100 }, { lat: "36", lng: "120", accuracy: "2000" }, ["position.rough", { max: 100, have: 2000 }]],
    [{ type: "position", accuracy: 100 }, { lat: "36", lng: "120", accuracy: "" }, ["position.rough", { max: 100, have: "?" }]],
  ]) assert.deepEqual(amiss(field, raw), said, `${field.type} ${raw}`);
});

test("nothing is told of what is blank, right, or the server's alone to judge", () => {
  for (const [type, raw] of [["mobile", ""], ["mobile", "+86 138-0013-8000"], ["citizen_id", "370203198811213182"], ["name", "王小明"], ["email", "li@qd.cn"],
    ["phone", "0532-123"], ["phone", "（0532）8501 2345"], ["phone", "0532–85012345-801"], ["phone", "+86 532 85012345 转 801"], ["phone", "400-820-8820"], ["region", "1"],
    ["position", { lat: "36.067123456", lng: "120.3826", accuracy: "2000" }], ["address", { region: "", detail: "" }]]) assert.equal(amiss({ type }, raw), null, `${type} ${raw}`);
});
