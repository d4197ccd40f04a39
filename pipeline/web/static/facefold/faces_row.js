// A row of small faces.

/** Faces as pictures in a row, of which `most` are shown; ids, or objects with one. */
export function facesRow(faces, most = 12) {
  const row = document.createElement("div");
  row.className = "row-of-faces";
  for (const face of faces.slice(0, most)) {
    const picture = document.createElement("img");
    picture.src = `/files/faces/${face.id ?? face}.jpg`;
    picture.width = picture.height = 192;
    picture.alt = "";
    picture.loading = "lazy";
    picture.decoding = "async";
    row.append(picture);
  }
  return row;
}
