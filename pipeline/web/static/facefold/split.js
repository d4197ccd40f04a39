// Columns of faces that one person may be parted into; faces move across by drag or key.
import { change, finished, wrong } from "./api.js";
import { acts } from "./acts.js";
import { fragment } from "./refresh.js";
import { say } from "./say.js";
import { chosen, clear, tilesOf } from "./tiles.js";
import { word } from "./words.js";

const MOST = 6;
const person = fragment().dataset.person;
const parts = document.getElementById("parts");
const columns = () => [...document.querySelectorAll(".column")];
const list = (column) => column.querySelector(".tiles");

async function propose() {
  const size = parts.value;
  const { job } = await change("POST", `people/${person}/split`, size ? { parts: Number(size) } : {});
  location.replace(`?job=${job}&parts=${size}`);
}

function count() {
  for (const column of columns()) {
    column.querySelector("[data-n]").textContent = word("faces", { n: list(column).children.length });
  }
}

function put(ids, column) {
  if (!column || !ids.length) return;
  const moved = tilesOf(ids);
  const next = moved.at(-1)?.nextElementSibling ?? moved[0]?.previousElementSibling;
  const focus = moved.some((tile) => tile.contains(document.activeElement));
  list(column).prepend(...moved);
  if (focus) next?.querySelector("a")?.focus({ preventScroll: true });
  clear();
  count();
  say(word("splitMoved", { n: ids.length, column: columns().indexOf(column) + 1 }));
}

function step(by) {
  const ids = chosen();
  const from = columns().indexOf(tilesOf(ids)[0]?.closest(".column"));
  put(ids, columns()[from + by]);
}

function add() {
  const held = columns();
  if (held.length === MOST) return void say(word("splitMost"));
  const made = held[1].cloneNode(true);
  const number = held.length + 1;
  made.dataset.column = String(held.length);
  list(made).replaceChildren();
  made.querySelector("input").value = "";
  const title = made.querySelector("h2");
  title.id = `column-${number}`;
  made.setAttribute("aria-labelledby", title.id);
  title.firstChild.textContent = `${number} `;
  const button = made.querySelector("[data-act=here]");
  button.dataset.key = String(number);
  for (const item of made.querySelectorAll("[aria-label]")) {
    item.setAttribute("aria-label", item.getAttribute("aria-label").replace(/\d+/, String(number)));
  }
  button.dataset.says = button.getAttribute("aria-label");
  held.at(-1).after(made);
  count();
}

async function apply() {
  const told = columns().map((column) => ({
    faces: [...list(column).children].map((tile) => tile.dataset.id),
    name: column.querySelector("input")?.value.trim() ?? "",
  }));
  const [own, ...others] = told;
  const filled = others.filter((column) => column.faces.length);
  if (!filled.length) return void say(word("splitOne"));
  const asked = [{ faces: own.faces }, ...filled.map(({ faces, name }) => (name ? { faces, name } : { faces }))];
  const { summary } = await change("POST", `people/${person}/split/apply`, { columns: asked });
  sessionStorage.setItem("said", summary);
  location.assign("/");
}

acts({
  apply,
  clear,
  column: add,
  left: () => step(-1),
  right: () => step(1),
  here: (button) => put(chosen(), button.closest(".column")),
});

document.addEventListener("dragstart", (event) => {
  const tile = event.target.closest?.(".tile[draggable]");
  if (!tile) return;
  const ticked = chosen();
  const ids = ticked.includes(tile.dataset.id) ? ticked : [tile.dataset.id];
  event.dataTransfer.setData("text/x-faces", ids.join(" "));
  event.dataTransfer.effectAllowed = "move";
});
document.addEventListener("dragover", (event) => {
  const column = event.target.closest?.(".column");
  for (const one of columns()) one.classList.toggle("over", one === column);
  if (column) event.preventDefault();
});
document.addEventListener("drop", (event) => {
  const column = event.target.closest?.(".column");
  for (const one of columns()) one.classList.remove("over");
  const ids = event.dataTransfer.getData("text/x-faces");
  if (!column || !ids) return;
  event.preventDefault();
  put(ids.split(" "), column);
});

parts.addEventListener("change", () => propose().catch(wrong));
const { job, state } = fragment().dataset;
if (!job) propose().catch(wrong);
else if (state !== "done" && state !== "failed") finished(job).then(() => location.reload(), () => location.reload());
