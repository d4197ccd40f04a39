// The page of unknown faces, and of those set aside.
import { acts, choice } from "./acts.js";
import { moveFaces, newPerson, setState } from "./faces.js";
import { clear } from "./tiles.js";

const withFaces = (act) => async () => {
  const faces = choice();
  if (faces) await act(faces);
};

acts({
  clear,
  move: withFaces((faces) => moveFaces(faces)),
  new: withFaces(newPerson),
  ignored: withFaces((faces) => setState(faces, "ignored")),
  not_a_face: withFaces((faces) => setState(faces, "not_a_face")),
  shown: withFaces((faces) => setState(faces, "shown")),
});
