// What a proposed grouping would change: by kind, by name, face by face.
import { change, get, wrong } from "./api.js";
import { acts } from "./acts.js";
import { facesRow } from "./faces_row.js";
import { fragment } from "./refresh.js";
import { word } from "./words.js";

const KINDS = ["splits", "joins", "loses", "grows", "new", "gone", "stays"];
const by = (name) => document.getElementById(name);
const grouping = fragment().dataset.grouping;
const facesOf = new Map(); // the box of a change: its faces

const make = (name, className, ...children) => {
  const made = document.createElement(name);
  if (className) made.className = className;
  made.append(...children);
  return made;
};

/** Faces that come or go, a dozen of them, and the rest on demand. */
function faces(label, held) {
  if (!held?.length) return "";
  const box = make("div", "", make("p", "soft", word(label, { n: held.length })), facesRow(held));
  if (held.length > 12) {
    const all = make("button", "small", word("allFaces", { n: held.length }));
    all.type = "button";
    all.addEventListener("click", () => {
      box.querySelector(".row-of-faces").replaceWith(facesRow(held, held.length));
      all.remove();
    });
    box.append(all);
  }
  return box;
}

function line(item, index) {
  const [name, other] = item.people.map((person) => person.name || word("noName"));
  const row = make("li", "change");
  const kind = item.kind === "joins" && other ? "joinsOther" : item.kind;
  const words = word(`change_${kind}`, { name, other, faces: word("faces", { n: item.n }) });
  if (item.kind === "stays") row.append(words);
  else {
    const box = document.createElement("input");
    box.type = "checkbox";
    box.value = String(index);
    box.checked = true;
    facesOf.set(box, new Set([...item.faces_in, ...item.faces_out]));
    row.append(make("label", "check", box, make("strong", "", words)));
  }
  row.append(faces("facesIn", item.faces_in), faces("facesOut", item.faces_out));
  return row;
}

function kindOf(kind, lines) {
  const list = make("ul", "rows", ...lines);
  const title = word(`kind_${kind}`, { n: lines.length });
  if (kind !== "stays") return make("section", "card", make("h2", "", title), list);
  return make("details", "card", make("summary", "", title), list);
}

const ticked = () => [...document.querySelectorAll("#changes input:checked")].map((box) => Number(box.value));

/** A face that leaves one person for another is in two changes, which are ticked together. */
function tickAlike(box) {
  const own = [...facesOf.get(box)];
  for (const [other, held] of facesOf) if (own.some((face) => held.has(face))) other.checked = box.checked;
}

function count() {
  const boxes = document.querySelectorAll("#changes input").length;
  by("some").disabled = !ticked().length || ticked().length === boxes;
  by("all").disabled = !boxes;
}

async function show() {
  let { state, changes } = await get(`groupings/${grouping}`);
  for (let tries = 0; state === "waiting"; tries += 1) {
    await new Promise((done) => setTimeout(done, Math.min(2000, 300 * 1.4 ** tries)));
    ({ state, changes } = await get(`groupings/${grouping}`));
  }
  if (state !== "proposed") return void (by("summary").textContent = word(`grouping_${state}`));
  const kinds = [...new Set([...KINDS, ...changes.map((item) => item.kind)])];
  const sections = kinds.map((kind) => {
    const lines = changes.flatMap((item, index) => (item.kind === kind ? [line(item, index)] : []));
    return lines.length ? kindOf(kind, lines) : "";
  });
  by("changes").replaceChildren(...sections);
  const moving = changes.filter((item) => item.kind !== "stays").length;
  by("summary").textContent = moving ? word("changes", { n: moving }) : word("noChanges");
  count();
}

async function apply(changes) {
  const { summary } = await change("POST", `groupings/${grouping}/apply`, changes ? { changes } : {});
  sessionStorage.setItem("said", summary);
  location.assign("/");
}

async function drop() {
  await change("DELETE", `groupings/${grouping}`);
  location.assign("/group");
}

by("changes").addEventListener("change", (event) => {
  tickAlike(event.target);
  count();
});
acts({ drop, all: () => apply(null), some: () => apply(ticked()) });
show().catch(wrong);
