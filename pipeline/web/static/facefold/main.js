// What every page does.
import "./keys.js";
import "./news.js";
import { change, wrong } from "./api.js";
import { fragment, refresh } from "./refresh.js";
import { say } from "./say.js";

document.addEventListener("click", async (event) => {
  const button = event.target.closest?.("[data-undo]");
  if (!button || button.disabled) return;
  button.disabled = true;
  try {
    const answer = await change("POST", `edits/${button.dataset.undo}/undo`);
    if (fragment()) await refresh();
    else location.reload();
    document.dispatchEvent(new CustomEvent("undone"));
    say(answer.summary);
  } catch (error) {
    button.disabled = false;
    wrong(error);
  }
});

/** The number of questions is found when the page has nothing else to do. */
function countQuestions() {
  const place = document.getElementById("n-questions");
  if (!place || !("wanted" in place.dataset)) return;
  delete place.dataset.wanted;
  setTimeout(async () => {
    const answer = await fetch("/questions/number");
    const { n } = answer.ok ? await answer.json() : { n: 0 };
    document.getElementById("n-questions").textContent = n ? n.toLocaleString("en") : "";
  }, 800);
}

/** Where places stand in a row, the page's own is in sight. */
function showPlace() {
  document.querySelector("#aside [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center", behavior: "instant" });
}

// A row that is scrolled sideways shows whole what gets the focus.
document.addEventListener("focusin", ({ target }) => {
  if (!target.closest?.(".selection .buttons, .tabs, #aside ul")) return;
  target.scrollIntoView({ block: "nearest", inline: "nearest", behavior: "instant" });
});

for (const act of [countQuestions, showPlace]) {
  document.addEventListener("fetched", act);
  act();
}

// What a page that was left has to say.
const left = sessionStorage.getItem("said") || document.getElementById("said").textContent;
sessionStorage.removeItem("said");
if (left) say(left);
