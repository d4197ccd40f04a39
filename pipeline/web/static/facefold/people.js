// The page of all people.
import { acts, choice, doing } from "./acts.js";
import { pick } from "./picker.js";
import { clear, tilesOf } from "./tiles.js";
import { word } from "./words.js";

async function name() {
  const people = choice();
  if (!people) return;
  const names = new Set(tilesOf(people).map((tile) => tile.dataset.name).filter(Boolean));
  const told = await pick({
    title: word("nameTitle", { n: people.length }),
    go: word("nameGo"),
    apart: "nameApart",
    value: names.size === 1 ? [...names][0] : "",
    without: people,
  });
  if (!told) return;
  if (told.person) await doing("POST", "people/merge", { people: [...people, told.person.id], into: told.person.id });
  else await doing("POST", "people/patch", { people, name: told.name });
}

async function merge() {
  const people = choice();
  if (!people) return;
  if (people.length > 1) return void (await doing("POST", "people/merge", { people }));
  const told = await pick({ title: word("mergeTitle"), go: word("mergeGo"), into: "mergeInto", fresh: false, without: people });
  if (told?.person) await doing("POST", "people/merge", { people: [...people, told.person.id], into: told.person.id });
}

async function patch(values) {
  const people = choice();
  if (people) await doing("POST", "people/patch", { people, ...values });
}

acts({
  name,
  merge,
  clear,
  hide: () => patch({ hidden: true }),
  unhide: () => patch({ hidden: false }),
  favourite: () => patch({ favourite: true }),
});
