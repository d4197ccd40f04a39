// The page that photos are handed in at.
import { change, get, wrong } from "./api.js";
import { acts } from "./acts.js";
import { ofDrop, ofList } from "./reading.js";
import { fragment, refresh } from "./refresh.js";
import { say } from "./say.js";
import { Sending } from "./sending.js";
import { word } from "./words.js";

const by = (name) => document.getElementById(name);
const drop = by("drop");
const sending = new Sending(progress);
const open = new Map(); // batch: the state whose lines are shown
let ended = false;

function progress(now) {
  by("sending").hidden = !now.total;
  by("sending-bar").max = Math.max(1, now.total);
  by("sending-bar").value = now.sent;
  const words = word("sent", { n: now.sent, total: now.total });
  by("sending-words").textContent = now.failed.length ? `${words} ${word("notSent", { n: now.failed.length, reason: now.failed.at(-1).reason })}` : words;
  if (now.busy) ended = false;
  else if (now.total && !ended) {
    ended = true;
    say(word("allSent", { n: now.sent }));
    refetch();
  }
}

async function refetch() {
  await refresh();
  for (const [batch, state] of open) if (by(`b-${batch}`)) list(batch, state);
}

async function take(files) {
  if (!files.length) return void say(word("noFiles"));
  say(word("announcing", { n: files.length }));
  await sending.add(files);
  if (!sending.busy && !sending.queue.length) say(word("allThere"));
  await refetch();
}

/** Shows the files of a batch that are in one state, a part at a time. */
async function list(batch, state, after = "") {
  const section = by(`b-${batch}`);
  const lines = section.querySelector(".lines");
  const rows = lines.querySelector("ul");
  open.set(batch, state);
  for (const button of section.querySelectorAll("[data-state]")) button.setAttribute("aria-expanded", String(button.dataset.state === state));
  const query = new URLSearchParams({ state, ...(after && { after }) });
  const answer = await get(`batches/${batch}?${query}`);
  const made = answer.items.map(line);
  if (after) rows.lastElementChild?.remove();
  if (after) rows.append(...made);
  else rows.replaceChildren(...made);
  if (answer.next) rows.append(more(batch, state, answer.next));
  lines.hidden = false;
}

function more(batch, state, next) {
  const item = document.createElement("li");
  const button = document.createElement("button");
  button.className = "plain";
  button.textContent = word("more");
  button.addEventListener("click", () => list(batch, state, next).catch(wrong));
  item.append(button);
  return item;
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
  if (open.get(batch) !== button.dataset.state) return list(batch, button.dataset.state);
  open.delete(batch);
  button.setAttribute("aria-expanded", "false");
  section.querySelector(".lines").hidden = true;
  return null;
}

async function retry(button) {
  const { batch, folder } = button.closest("[data-batch]").dataset;
  const { again, missing } = await change("POST", `batches/${batch}/retry`);
  const here = folder || sending.again(batch, missing);
  await refetch();
  say(word(here ? "retried" : "pickAgain", { n: again }));
}

/** Counts that the server tells of go into the page as it stands; no line is drawn anew for them. */
document.addEventListener("news:batch", (event) => {
  const { batch, counts } = event.detail;
  const section = by(`b-${batch}`);
  if (!section) return void (sending.busy || refetch());
  for (const [state, n] of Object.entries(counts)) {
    const number = section.querySelector(`[data-count="${state}"]`);
    if (!number) continue;
    number.textContent = n.toLocaleString("en");
    number.closest("button").disabled = !n;
  }
  section.querySelector('[data-act="retry"]').hidden = !counts.rejected;
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

by("allowed")?.addEventListener("submit", async (event) => {
  event.preventDefault();
  try {
    const answer = await change("POST", "imports", { folder: by("path").value });
    say(word("reading", { n: answer.counts.all }));
    await refetch();
  } catch (error) {
    wrong(error);
  }
});

acts({
  retry,
  list: toggle,
  files: () => by("files").click(),
  folder: () => by("folder").click(),
  pause: (button) => {
    sending.pause(!sending.paused);
    button.textContent = word(sending.paused ? "goOn" : "pause");
  },
});
