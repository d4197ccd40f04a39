// From fewer to more people, a panel for each embedding; nothing changes before a preview is accepted.
import { change, finished, get, wrong } from "./api.js";
import { acts } from "./acts.js";
import { facesRow } from "./faces_row.js";
import { say } from "./say.js";
import { word } from "./words.js";

const panels = new Map(); // panel: its levels, from fewer people to more
const part = (panel, name) => panel.querySelector(`[data-part=${name}]`);

async function levelsOf(panel) {
  const query = new URLSearchParams({ space: panel.dataset.space, clusterer: part(panel, "clusterer").value });
  for (;;) {
    const answer = await get(`levels?${query}`);
    if (!answer.job) return answer.levels.sort((one, two) => one.n_people - two.n_people);
    await finished(answer.job, (state) => show(panel, word(state.total ? "levelsSteps" : "levelsWaiting", state)));
  }
}

function show(panel, words) {
  part(panel, "words").textContent = words;
}

function showLevel(panel) {
  const level = panels.get(panel)[Number(part(panel, "slider").value)];
  const words = `${word("groups", { n: level.n_people })}, ${word("unknowns", { n: level.n_unknown })}`;
  part(panel, "slider").setAttribute("aria-valuetext", words);
  show(panel, words);
  part(panel, "examples").replaceChildren(facesRow(level.examples));
}

/** Where the slider stands at first: at the library's distance, or at the clusterer's own. */
function start(panel, levels) {
  const now = Number(panel.dataset.distance);
  if (!now) return Math.max(0, levels.findIndex((level) => level.is_own));
  const off = levels.map((level) => Math.abs(level.distance - now));
  return off.indexOf(Math.min(...off));
}

async function load(panel) {
  const slider = part(panel, "slider");
  const button = panel.querySelector("[data-act=preview]");
  slider.disabled = button.disabled = true;
  try {
    const levels = await levelsOf(panel);
    panels.set(panel, levels);
    if (!levels.length) return void show(panel, word("noLevels"));
    slider.max = String(levels.length - 1);
    slider.value = String(start(panel, levels));
    slider.disabled = levels.length < 2;
    button.disabled = false;
    showLevel(panel);
  } catch (error) {
    show(panel, word("noLevels"));
    wrong(error);
  }
}

/** Embeds all faces by another model, and shows what that would group beside what is there. */
async function embed(button) {
  const { job } = await change("POST", "models", { model: button.dataset.model });
  button.disabled = true;
  await finished(job, (state) => say(word("embedding", { done: state.done, total: state.total })));
  location.reload();
}

async function preview(button) {
  const panel = button.closest(".panel");
  const level = panels.get(panel)[Number(part(panel, "slider").value)];
  const asked = { clusterer: part(panel, "clusterer").value, space: panel.dataset.space };
  if (level.distance) asked.distance = level.distance;
  const { job, grouping } = await change("POST", "groupings", asked);
  await finished(job, (state) => say(word(state.total ? "groupingSteps" : "grouping", state)));
  location.assign(`/group?grouping=${grouping}`);
}

acts({ preview, embed });
for (const panel of document.querySelectorAll(".panel")) {
  part(panel, "slider").addEventListener("input", () => showLevel(panel));
  part(panel, "clusterer").addEventListener("change", () => load(panel));
  load(panel);
}
