// The page of one photo: names at its boxes, a box drawn by hand, comments.
import { change, finished } from "./api.js";
import { acts, doing, forms } from "./acts.js";
import { ask } from "./ask.js";
import { drawing } from "./drawing.js";
import { moveFaces, setState } from "./faces.js";
import { pick } from "./picker.js";
import { fragment, refresh } from "./refresh.js";
import { say } from "./say.js";
import { sharing } from "./sharing.js";
import { word } from "./words.js";

const photo = () => fragment().dataset.photo;
const svg = () => document.getElementById("photo");
const face = (button) => button.closest("[data-face]").dataset.face;

/** Names keep one size on the screen, however large the photo is shown: --unit is photo pixels a screen pixel.
 *
 * It is set on the page and not on the photo: htmx copies the attributes of what it swaps, and the page's
 * policy allows no style attribute.
 */
function scale() {
  const matrix = svg()?.getScreenCTM();
  if (matrix?.a) document.documentElement.style.setProperty("--unit", String(1 / matrix.a));
}

async function draw(button) {
  button.setAttribute("aria-pressed", "true");
  say(word("drawHow"));
  const box = await drawing(svg());
  button.setAttribute("aria-pressed", "false");
  say("");
  if (!box) return;
  const told = await pick({ title: word("drawTitle"), go: word("nameGo"), into: "moveInto" });
  if (!told) return;
  const who = told.person ? { person: told.person.id } : { name: told.name };
  const { job, summary } = await change("POST", `photos/${photo()}/faces`, { box, ...who });
  say(word("drawn"));
  if (job) await finished(job);
  await refresh();
  if (summary) say(summary);
}

async function remove() {
  const sure = await ask({ title: word("deleteTitle"), text: word("deleteText"), go: word("deleteGo"), danger: true });
  if (!sure) return;
  await change("DELETE", `photos/${photo()}`);
  location.assign("/photos");
}

async function uncomment(button) {
  await change("DELETE", `comments/${button.dataset.comment}`);
  await refresh();
}

acts({
  draw,
  uncomment,
  delete: remove,
  share: () => sharing({ photo: photo() }),
  move: (button) => moveFaces([face(button)]),
  reject: (button) => doing("POST", "faces/reject", { faces: [face(button)], person: button.closest("[data-face]").dataset.person }),
  not_a_face: (button) => setState([face(button)], "not_a_face"),
  shown: (button) => setState([face(button)], "shown"),
});

forms({ comment: (form) => doing("POST", `photos/${photo()}/comments`, { text: form.elements.text.value }) });

/** A row that is pointed at lights its box up. */
function light(event) {
  for (const box of document.querySelectorAll(".box.lit")) box.classList.remove("lit");
  const row = event.target.closest?.("[data-face]");
  if (row) document.getElementById(`f-${row.dataset.face}`)?.classList.add("lit");
}

document.addEventListener("pointerover", light);
document.addEventListener("focusin", light);
document.addEventListener("fetched", scale);
window.addEventListener("resize", scale);
scale();
