// Two faces: one person, or two? Those come first whose answer settles most.
import { change, get, wrong } from "./api.js";
import { acts } from "./acts.js";
import { refresh } from "./refresh.js";
import { say } from "./say.js";
import { word } from "./words.js";

const by = (name) => document.getElementById(name);
const picture = (face) => `/files/faces/${face.id}.jpg`;
let waiting = [];
let asked = new Set();

const name = (pair) => `${pair.first.id} ${pair.second.id}`;

async function more() {
  const { items } = await get("pairs?limit=20");
  const held = new Set(waiting.map(name));
  waiting.push(...items.filter((pair) => !asked.has(name(pair)) && !held.has(name(pair))));
  for (const pair of waiting.slice(1, 4)) for (const face of [pair.first, pair.second]) new Image().src = picture(face);
}

function show() {
  const pair = waiting[0];
  for (const button of document.querySelectorAll("#answers button")) button.disabled = !pair;
  by("settles").textContent = pair ? word("settles", { n: pair.settles ?? 2 }) : word("noQuestions");
  if (!pair) return;
  for (const side of ["first", "second"]) {
    const face = pair[side];
    by(side).src = picture(face);
    by(`${side}-link`).href = face.person ? `/people/${face.person.id}` : `/photos/${face.photo}`;
    by(`${side}-name`).textContent = face.person ? face.person.name || word("noName") : word("nobody");
  }
}

async function answer(same) {
  const pair = waiting[0];
  if (!pair) return;
  const told = await change("POST", "pairs", { first: pair.first.id, second: pair.second.id, same });
  asked.add(name(pair));
  waiting.shift();
  if (waiting.length < 5) await more();
  show();
  if (told?.summary) say(told.summary);
  await refresh();
}

async function start() {
  waiting = [];
  await more();
  show();
}

acts({ yes: () => answer(true), no: () => answer(false), skip: () => answer(null) });
// What was undone may be asked again.
document.addEventListener("undone", () => {
  asked = new Set();
  start().catch(wrong);
});
start().catch(wrong);
