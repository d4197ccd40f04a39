// The files of what was picked or dropped, folders and all.
// Pictures, and the sidecars in which other programs keep names.
const PICTURES = /\.(jpe?g|png|webp|gif|bmp|tiff?|hei[cf]|avif|xmp)$/i;

/** A file as it is announced: its name with the folders above it, and what tells it from others. */
function told(file, path) {
  return { file, name: path || file.webkitRelativePath || file.name, size: file.size, mtime: file.lastModified };
}

/** The files of a picked list. */
export function ofList(list, folder) {
  const files = [...list].map((file) => told(file, ""));
  return folder ? files.filter((item) => PICTURES.test(item.name)) : files;
}

/** The files of a drop: files as they are, of folders what looks like a picture. */
export async function ofDrop(transfer) {
  const entries = [...transfer.items].filter((item) => item.kind === "file").map((item) => item.webkitGetAsEntry?.() ?? item.getAsFile());
  const found = [];
  for (const entry of entries) {
    if (entry instanceof File) found.push(told(entry, ""));
    else if (entry) await walk(entry, found, false);
  }
  return found;
}

async function walk(entry, found, inside) {
  if (entry.isFile) {
    const file = await new Promise((done, failed) => entry.file(done, failed));
    if (!inside || PICTURES.test(file.name)) found.push(told(file, entry.fullPath.replace(/^\//, "")));
    return;
  }
  const reader = entry.createReader();
  for (;;) {
    // A reader gives a hundred entries at most, and none at the end.
    const some = await new Promise((done, failed) => reader.readEntries(done, failed));
    if (!some.length) return;
    for (const next of some) await walk(next, found, true);
  }
}
