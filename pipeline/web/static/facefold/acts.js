// Buttons with data-act do what a page has under that name.
import { change, wrong } from "./api.js";
import { refresh } from "./refresh.js";
import { say } from "./say.js";
import { chosen, clear } from "./tiles.js";
import { word } from "./words.js";

let busy = false;

/** Gives the page's buttons their meaning: a function by the name in data-act, which gets the button. */
export function acts(table) {
  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("[data-act]");
    const act = button && table[button.dataset.act];
    if (act) alone(act, button);
  });
}

/** Gives the page's forms their meaning: a function by the form's id, which gets the form.
 *
 * Such a form has the method "dialog", so that a browser that has no script yet sends nothing and keeps what was written.
 */
export function forms(table) {
  document.addEventListener("submit", (event) => {
    const act = table[event.target.id];
    if (!act) return;
    event.preventDefault();
    alone(act, event.target);
  });
}

/** Does something unless something else is being done: a second click means nothing. */
async function alone(act, ...told) {
  if (busy) return;
  busy = true;
  await patiently(act, ...told);
  busy = false;
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
