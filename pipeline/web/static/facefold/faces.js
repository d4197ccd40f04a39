// What can be done with faces, on every page that shows them.
import { doing } from "./acts.js";
import { pick } from "./picker.js";
import { word } from "./words.js";

/** Moves faces to a person that typing finds, or to a new one. */
export async function moveFaces(faces, without = []) {
  const told = await pick({ title: word("moveTitle", { n: faces.length }), go: word("moveGo"), into: "moveInto", without });
  if (!told) return null;
  return doing("POST", "faces/move", told.person ? { faces, person: told.person.id } : { faces, name: told.name });
}

/** Makes a new person of faces, without a name yet. */
export const newPerson = (faces) => doing("POST", "faces/move", { faces, name: "" });

/** Shows faces, ignores them, or says that they are none. */
export const setState = (faces, state) => doing("POST", "faces/state", { faces, state });
