// Typing finds people by name; a name that nobody has makes a new person.
import { get } from "./api.js";
import { word } from "./words.js";

const dialog = document.getElementById("picker");
const part = (name) => document.getElementById(`picker-${name}`);
const input = part("name");
let found = [];
let active = -1;
let settings = {};
let asked = 0;
let looking = Promise.resolve(); // Enter may come before the answer does

const same = (one, two) => one.trim().toLocaleLowerCase() === two.trim().toLocaleLowerCase();
const exact = () => found.find((person) => same(person.name, input.value));

function mark(index) {
  active = index;
  const items = [...part("list").children];
  items.forEach((item, at) => item.setAttribute("aria-selected", String(at === index)));
  if (items[index]) {
    input.setAttribute("aria-activedescendant", items[index].id);
    items[index].scrollIntoView({ block: "nearest" });
  } else input.removeAttribute("aria-activedescendant");
  hint();
}

function hint() {
  const person = found[active] ?? exact();
  const typed = input.value.trim();
  part("go").textContent = person ? word(settings.into, { name: person.name }) : settings.go;
  part("go").disabled = !person && (!typed || !settings.fresh);
  part("apart").hidden = !(exact() && settings.apart);
  part("apart").textContent = settings.apart ? word(settings.apart, { name: person?.name }) : "";
  part("hint").textContent = person ? word("faces", { n: person.n_faces }) : typed && settings.fresh ? word("fresh", { name: typed }) : "";
}

function option(person, index) {
  const item = document.createElement("li");
  item.id = `picker-${index}`;
  item.setAttribute("role", "option");
  const picture = document.createElement("img");
  picture.alt = "";
  picture.width = picture.height = 40;
  if (person.cover) picture.src = `/files/faces/${person.cover}.jpg`;
  item.append(picture, person.name);
  item.addEventListener("click", () => {
    mark(index);
    dialog.close("go");
  });
  return item;
}

async function look() {
  const number = (asked += 1);
  const query = new URLSearchParams({ q: input.value.trim(), limit: "60" });
  const answer = await get(`people?${query}`).catch(() => ({ items: [] }));
  if (number !== asked) return;
  const named = answer.items.filter((person) => person.name && !settings.without?.includes(person.id));
  found = named.slice(0, 8);
  part("list").replaceChildren(...found.map(option));
  input.setAttribute("aria-expanded", String(found.length > 0));
  const typed = input.value.trim();
  mark(typed ? found.findIndex((person) => same(person.name, typed)) : -1);
}

input.addEventListener("input", () => {
  found = [];
  mark(-1);
  looking = look();
});
input.addEventListener("keydown", (event) => {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!step) return;
  event.preventDefault();
  mark(Math.max(-1, Math.min(found.length - 1, active + step)));
});

/** Asks for a person: {person}, {name} of a new one, {name, apart: true}, or null if it was left.
 *
 * `go` is the button's text for a new name (`fresh`), `into` names its text for a person who is there,
 * `apart` that of a second button, which keeps a new person of a name that is there.
 */
export function pick(told) {
  settings = { fresh: true, value: "", into: "into", ...told };
  part("title").textContent = settings.title;
  part("go").value = "go";
  part("apart").onclick = () => dialog.close("apart");
  input.value = settings.value;
  found = [];
  part("list").replaceChildren();
  mark(-1);
  dialog.returnValue = "";
  dialog.showModal();
  input.select();
  looking = look();
  return new Promise((done) => {
    const end = async () => {
      await looking;
      const person = found[active] ?? exact();
      const name = person && dialog.returnValue === "go" ? "" : (person?.name ?? input.value.trim());
      if (!["go", "apart"].includes(dialog.returnValue)) done(null);
      else if (dialog.returnValue === "apart") done({ name, apart: true });
      else if (person) done({ person });
      else done(name ? { name } : null);
    };
    dialog.addEventListener("close", end, { once: true });
  });
}
