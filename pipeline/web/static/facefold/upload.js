// The page that photos are handed in at.
import { change, get, wrong } from "./api.js";
import { acts, forms } from "./acts.js";
import { ofDrop, ofList } from "./reading.js";
import { fragment, refresh } from "./refresh.js";
import { say } from "./say.js";
import { Sending } from "./sending.js";
import { word } from "./words.js";

const by = (name) => document.getElementById(name);
const drop = by("drop");
const sending = new Sending(progress);
const open = new Map(); // batch: the state whose lines are shown, and how many parts of them
let ended = false;
let timer = 0;

function progress(now) {
  by("sending").hidden = !now.total;
  by("full").hidden = !now.full;
  by("full").textContent = now.full;
  by("sending-bar").max = Math.max(1, now.total);
  by("sending-bar").value = now.sent;
  const words = word("sent", { n: now.sent, total: now.total });
  by("sending-words").textContent = now.failed.length ? `${words} ${word("notSent", { n: now.failed.length, reason: now.failed.at(-1).reason })}` : words;
  if (now.busy) ended = false;
  else if (now.total && !ended) {
    ended = true;
    say(word("allSent", { n: now.sent }));
    refetch().catch(wrong);
  }
}

async function refetch() {
  await refresh();
  firstOpen();
  for (const [batch, { state, parts }] of open) if (by(`b-${batch}`)) await list(batch, state, parts);
}

async function take(files) {
  if (!files.length) return void say(word("noFiles"));
  say(word("announcing", { n: files.length }));
  await sending.add(files);
  if (!sending.busy && !sending.queue.length) say(word("allThere"));
  await refetch();
}

/** Shows the files of a batch that are in one state, as many parts as were shown of it before. */
async function list(batch, state, parts = 1) {
  const section = by(`b-${batch}`);
  const lines = section.querySelector(".lines");
  open.set(batch, { state, parts });
  for (const button of section.querySelectorAll("[data-state]")) button.setAttribute("aria-expanded", String(button.dataset.state === state));
  const made = [];
  let next = null;
  for (let part = 0; part < parts && (part === 0 || next !== null); part += 1) {
    const query = new URLSearchParams({ ...(state && { state }), ...(next !== null && { after: next }) });
    const answer = await get(`batches/${batch}?${query}`);
    made.push(...answer.items.map(line));
    next = answer.next;
  }
  if (next !== null) made.push(further());
  lines.querySelector("ul").replaceChildren(...made);
  lines.hidden = false;
}

function further() {
  const item = document.createElement("li");
  const button = document.createElement("button");
  button.className = "plain";
  button.dataset.act = "further";
  button.textContent = word("more");
  item.append(button);
  return item;
}

function more(button) {
  const { batch } = button.closest("[data-batch]").dataset;
  const { state, parts } = open.get(batch);
  return list(batch, state, parts + 1);
}

/** Lists that are open are fetched anew, at most every two seconds. */
function relist() {
  if (timer) return;
  timer = setTimeout(async () => {
    for (const [batch, { state, parts }] of open) if (by(`b-${batch}`)) await list(batch, state, parts).catch(wrong);
    timer = 0;
  }, 2000);
}

function line(item) {
  const row = document.createElement("li");
  const name = document.createElement(item.photo ? "a" : "span");
  name.className = "path";
  name.textContent = item.name;
  if (item.photo) name.href = `/photos/${item.photo}`;
  const state = document.createElement("span");
  const words = item.state === "faces" ? word("faces", { n: item.n_faces }) : word(`state_${item.state}`);
  state.textContent = item.reason ? `${words}: ${item.reason}` : words;
  state.className = item.state === "rejected" ? "bad" : "soft";
  row.append(name, state);
  return row;
}

function toggle(button) {
  const section = button.closest("[data-batch]");
  const { batch } = section.dataset;
  if (open.get(batch)?.state !== button.dataset.state) return list(batch, button.dataset.state);
  open.delete(batch);
  button.setAttribute("aria-expanded", "false");
  section.querySelector(".lines").hidden = true;
  return null;
}

async function retry(button) {
  const { batch, folder } = button.closest("[data-batch]").dataset;
  const { again, missing } = await change("POST", `batches/${batch}/retry`);
  const here = folder || !missing.length || sending.again(batch, missing);
  await refetch();
  say(here ? word("retried", { n: again }) : word("pickAgain", { n: missing.length }));
}

/** Counts that the server tells of go into the page as it stands; no line is drawn anew for them. */
document.addEventListener("news:batch", (event) => {
  const { batch, counts } = event.detail;
  const section = by(`b-${batch}`);
  if (!section) return void (sending.busy || refetch().catch(wrong));
  for (const [state, n] of Object.entries(counts)) {
    const number = section.querySelector(`[data-count="${state}"]`);
    if (!number) continue;
    number.textContent = n.toLocaleString("en");
    number.closest("button").disabled = !n;
  }
  section.querySelector('[data-act="retry"]').hidden = !counts.rejected;
  relist();
  const unfinished = section.querySelector(".unfinished");
  if (unfinished) unfinished.hidden = !counts.waiting || sending.busy || section.dataset.folder;
});

for (const [name, folder] of [["files", false], ["folder", true]]) {
  by(name).addEventListener("change", (event) => {
    const files = ofList(event.target.files, folder);
    event.target.value = "";
    take(files).catch(wrong);
  });
}
for (const name of ["dragover", "drop"]) window.addEventListener(name, (event) => event.preventDefault());
window.addEventListener("dragover", () => drop.classList.add("over"));
window.addEventListener("dragleave", (event) => event.relatedTarget || drop.classList.remove("over"));
window.addEventListener("drop", (event) => {
  drop.classList.remove("over");
  ofDrop(event.dataTransfer).then(take).catch(wrong);
});
window.addEventListener("beforeunload", (event) => sending.busy && event.preventDefault());

async function allowed() {
  const answer = await change("POST", "imports", { folder: by("path").value });
  say(word("reading", { n: answer.counts.all }));
  await refetch();
}

forms({ allowed });

/** The newest batch comes with its lines. */
function firstOpen() {
  const newest = document.querySelector("[data-batch]");
  if (newest && !open.has(newest.dataset.batch)) open.set(newest.dataset.batch, { state: "", parts: 1 });
}

firstOpen();
acts({
  retry,
  list: toggle,
  further: more,
  files: () => by("files").click(),
  folder: () => by("folder").click(),
  pause: (button) => {
    sending.pause(!sending.paused);
    button.textContent = word(sending.paused ? "goOn" : "pause");
  },
});
