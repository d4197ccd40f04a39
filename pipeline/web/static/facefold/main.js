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

// What a page that was left has to say.
const left = sessionStorage.getItem("said") || document.getElementById("said").textContent;
sessionStorage.removeItem("said");
if (left) say(left);
