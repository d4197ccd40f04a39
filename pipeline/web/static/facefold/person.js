// The page of one person.
import { acts, choice, doing } from "./acts.js";
import { ask } from "./ask.js";
import { exporting } from "./exporting.js";
import { moveFaces, newPerson, setState } from "./faces.js";
import { pick } from "./picker.js";
import { fragment } from "./refresh.js";
import { sharing } from "./sharing.js";
import { clear } from "./tiles.js";
import { word } from "./words.js";

const person = () => fragment().dataset.person;
const pressed = (button) => button.getAttribute("aria-pressed") === "true";
const patch = (values) => doing("PATCH", `people/${person()}`, values);

async function name() {
  const value = fragment().dataset.name;
  const told = await pick({ title: word("nameTitle", { n: 1 }), go: word("nameGo"), apart: "nameApart", value, without: [person()] });
  if (!told) return;
  if (!told.person) return void (await patch({ name: told.name }));
  await doing("POST", "people/merge", { people: [person(), told.person.id], into: told.person.id });
  location.assign(`/people/${told.person.id}`);
}

async function apart() {
  const sure = await ask({ title: word("apartTitle"), text: word("apartText"), go: word("apartGo"), danger: true });
  if (sure) await doing("DELETE", `people/${person()}`);
}

const withFaces = (act) => async () => {
  const faces = choice();
  if (faces) await act(faces);
};

acts({
  name,
  apart,
  clear,
  favourite: (button) => patch({ favourite: !pressed(button) }),
  hide: (button) => patch({ hidden: !pressed(button) }),
  export: () => exporting([person()]),
  share: () => sharing({ person: person() }),
  reject: withFaces((faces) => doing("POST", "faces/reject", { faces, person: person() })),
  move: withFaces((faces) => moveFaces(faces, [person()])),
  new: withFaces(newPerson),
  confirm: withFaces((faces) => doing("POST", "faces/confirm", { faces })),
  ignored: withFaces((faces) => setState(faces, "ignored")),
  not_a_face: withFaces((faces) => setState(faces, "not_a_face")),
  cover: withFaces((faces) => patch({ cover: faces[0] })),
});
