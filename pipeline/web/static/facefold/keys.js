// Keys press the buttons that carry them (data-key); "?" lists those of the page.
import { tileKey } from "./tiles.js";

const list = document.getElementById("keys");
const on = document.getElementById("keys-on");
const writes = "input:not([type=checkbox],[type=radio],[type=range],[type=file]),textarea,select,[contenteditable]";
const names = { Escape: "Esc", ArrowLeft: "←", ArrowRight: "→", " ": "Space" };

on.checked = localStorage.getItem("keys") !== "off";
on.addEventListener("change", () => localStorage.setItem("keys", on.checked ? "on" : "off"));

const label = (item) => item.getAttribute("aria-label") || item.dataset.says || item.textContent.trim();

function showKeys() {
  const rows = list.querySelector("dl");
  for (const row of rows.querySelectorAll(".here")) row.remove();
  for (const row of rows.querySelectorAll("[data-with]")) row.hidden = !document.querySelector(`.${row.dataset.with}`);
  for (const item of document.querySelectorAll("[data-key]")) {
    const row = document.createElement("div");
    row.className = "here";
    const keys = document.createElement("dt");
    for (const key of item.dataset.key.split("|")) {
      const name = document.createElement("kbd");
      name.textContent = names[key] ?? key;
      keys.append(name, " ");
    }
    const what = document.createElement("dd");
    what.textContent = label(item);
    row.append(keys, what);
    rows.append(row);
  }
  list.showModal();
}

function press(event) {
  const held = [...document.querySelectorAll("[data-key]")];
  const item = held.find((one) => one.dataset.key.split("|").includes(event.key) && !one.disabled);
  if (!item || item.closest("dialog:not([open])")) return;
  event.preventDefault();
  if (item.matches(writes)) item.focus();
  else item.click();
}

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (event.target.matches?.(writes)) {
    if (event.key === "Escape" && !event.target.closest("dialog")) event.target.blur();
    return;
  }
  if (document.querySelector("dialog[open]")) return;
  const plain = event.key.length > 1 || event.key === " ";
  if (!plain && !on.checked) return;
  if (tileKey(event)) event.preventDefault();
  else press(event);
});
document.getElementById("help").addEventListener("click", showKeys);
document.addEventListener("click", (event) => event.target.closest?.("[data-close]")?.closest("dialog").close(""));
