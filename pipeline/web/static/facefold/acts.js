// Buttons with data-act do what a page has under that name.
import { change, wrong } from "./api.js";
import { refresh } from "./refresh.js";
import { say } from "./say.js";
import { chosen, clear } from "./tiles.js";
import { word } from "./words.js";

let busy = false;
const underway = new WeakSet(); // forms that are being sent

/** Gives the page's buttons their meaning: a function by the name in data-act, which gets the button. */
export function acts(table) {
  document.addEventListener("click", async (event) => {
    const button = event.target.closest?.("[data-act]");
    const act = button && table[button.dataset.act];
    if (!act || busy) return;
    busy = true;
    await patiently(act, button);
    busy = false;
  });
}

/** Gives the page's forms their meaning: a function by the form's id, which gets the form.
 *
 * Such a form has the method "dialog", so that a browser that has no script yet sends nothing and keeps what was written.
 */
export function forms(table) {
  document.addEventListener("submit", async (event) => {
    const form = event.target;
    const act = table[form.id];
    if (!act) return;
    event.preventDefault();
    if (underway.has(form)) return; // a second click means nothing
    underway.add(form);
    await patiently(act, form);
    underway.delete(form);
  });
}

/** Does something, says so where it takes its time, and says what went wrong. */
async function patiently(act, ...told) {
  const moment = word("moment");
  const timer = setTimeout(() => document.querySelector("dialog[open]") || say(moment), 700);
  try {
    await act(...told);
  } catch (error) {
    wrong(error);
  } finally {
    clearTimeout(timer);
    if (document.getElementById("said").textContent === moment) say("");
  }
}

/** What is chosen; says so where nothing is, and answers null. */
export function choice() {
  const ids = chosen();
  if (!ids.length) say(word("nothing"));
  return ids.length ? ids : null;
}

/** Makes a change, says what it did, and fetches the page's matter anew. */
export async function doing(method, path, body) {
  const answer = await change(method, path, body);
  clear();
  await refresh();
  if (answer?.summary) say(answer.summary);
  return answer;
}
