// Grids of tiles: which are ticked, and moving among them by keys.
import { fragment } from "./refresh.js";
import { word } from "./words.js";

const ticks = new Set();
let last = null;

const tiles = () => [...document.querySelectorAll("#fragment .tile")];
const box = (tile) => tile.querySelector(".tick input");
const focused = () => document.activeElement?.closest?.(".tile") ?? null;

/** The names of what is ticked; where nothing is, of the tile that has the focus. */
export function chosen() {
  if (ticks.size) return tiles().map((tile) => tile.dataset.id).filter((id) => ticks.has(id));
  return focused() ? [focused().dataset.id] : [];
}

/** The tiles of these names. */
export const tilesOf = (ids) => tiles().filter((tile) => ids.includes(tile.dataset.id));

/** Whether something is ticked. */
export const ticking = () => ticks.size > 0;

/** Takes all ticks away. */
export function clear() {
  ticks.clear();
  last = null;
  show();
}

function show() {
  const held = tiles();
  const there = new Set(held.map((tile) => tile.dataset.id));
  for (const id of ticks) if (!there.has(id)) ticks.delete(id);
  for (const tile of held) if (box(tile)) box(tile).checked = ticks.has(tile.dataset.id);
  fragment()?.classList.toggle("ticking", ticks.size > 0);
  const bar = document.getElementById("selection");
  if (!bar) return;
  bar.hidden = !ticks.size;
  document.getElementById("ticked").textContent = ticks.size ? word("ticked", { n: ticks.size }) : "";
  for (const button of bar.querySelectorAll("[data-one]")) button.disabled = ticks.size > 1;
}

function tick(tile, range) {
  if (!box(tile)) return;
  const all = tiles();
  const from = range && last ? all.findIndex((item) => item.dataset.id === last) : -1;
  const to = all.indexOf(tile);
  if (from >= 0) {
    for (const item of all.slice(Math.min(from, to), Math.max(from, to) + 1)) ticks.add(item.dataset.id);
  } else if (!ticks.delete(tile.dataset.id)) ticks.add(tile.dataset.id);
  last = tile.dataset.id;
  show();
}

/** Moves the focus to another tile; `range` ticks on the way. */
function move(step, range) {
  const all = tiles();
  const now = focused();
  const first = all.findIndex((tile) => tile.getBoundingClientRect().bottom > 60);
  const to = now ? all.indexOf(now) + step : Math.max(0, first);
  const next = all[Math.max(0, Math.min(all.length - 1, to))];
  if (!next) return;
  if (range && now && !last) tick(now, false);
  next.querySelector("a").focus();
  next.scrollIntoView({ block: "nearest" });
  if (range) tick(next, true);
}

function across() {
  const list = focused()?.parentElement;
  return list ? getComputedStyle(list).gridTemplateColumns.split(" ").length : 1;
}

const steps = { j: () => 1, k: () => -1, ArrowRight: () => 1, ArrowLeft: () => -1, ArrowDown: across, ArrowUp: () => -across() };

/** Handles a key among tiles; true if it was one of theirs. */
export function tileKey(event) {
  const name = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  if (name in steps && tiles().length && (focused() || name === "j" || name === "k")) {
    move(steps[name](), event.shiftKey);
    return true;
  }
  const onBox = event.target.matches?.("input");
  if (focused() && (name === "x" || (name === " " && !onBox))) {
    tick(focused(), event.shiftKey);
    return true;
  }
  return false;
}

document.addEventListener("click", (event) => {
  const tile = event.target.closest?.("#fragment .tile");
  if (!tile || !box(tile)) return;
  if (event.target === box(tile)) {
    tick(tile, event.shiftKey);
  } else if (event.target.closest("a") && (ticks.size || event.shiftKey) && event.detail && !event.ctrlKey && !event.metaKey) {
    event.preventDefault();
    tick(tile, event.shiftKey);
  }
});
document.addEventListener("fetched", show);
document.addEventListener("htmx:afterSettle", show);
