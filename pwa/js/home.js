// @ts-check
/** The first page follows: when something was sent from this device, and when somebody looks at it again. */
import { rows } from "./outbox-rows.js";
import { phone } from "./offline.js";

const PARTS = "[data-fresh]";
/** How many records of this device had arrived. @type {number | undefined} */ let sent;
/** One after the other: the later answer counts. */
let turn = Promise.resolve();

async function anew() {
  try {
    const answer = await fetch("/", { cache: "no-store" });
    const there = new DOMParser().parseFromString(answer.ok ? await answer.text() : "", "text/html");
    const now = [...there.querySelectorAll(PARTS)], here = [...document.querySelectorAll(PARTS)];
    if (there.body.dataset.person !== document.body.dataset.person) { if (answer.ok) location.reload(); }
    // A part that is as it was stays: nobody loses their place in it, or the tap that they were about to make.
    else here.forEach((part, i) => { if (now[i] && part.innerHTML !== now[i].innerHTML) part.replaceChildren(...now[i].childNodes); });
  } catch { /* no network: this page stays as it is */ }
}

document.addEventListener("tb:outbox", async () => {
  const opened = await phone, before = sent;
  sent = opened ? (await rows(opened)).filter((row) => row.state === "sent").length : 0;
  if (before !== undefined && sent > before) turn = turn.then(anew);
});
document.addEventListener("visibilitychange", () => { if (!document.hidden) turn = turn.then(anew); });
