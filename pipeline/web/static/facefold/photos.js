// The page of all photos: by date, by person, by a face that is looked for.
import { change, finished, wrong } from "./api.js";
import { acts } from "./acts.js";
import { pick } from "./picker.js";
import { fragment, refresh } from "./refresh.js";
import { say } from "./say.js";
import { word } from "./words.js";

const form = document.getElementById("by");
const file = document.getElementById("search-file");

async function person() {
  const told = await pick({ title: word("photosOf"), go: word("show"), into: "photosInto", fresh: false });
  if (!told?.person) return;
  form.elements.person.value = told.person.id;
  form.requestSubmit();
}

async function search() {
  const photo = file.files[0];
  if (!photo) return;
  const body = new FormData();
  body.append("photo", photo);
  say(word("searching"));
  const { job } = await change("POST", "search", body);
  location.assign(`/photos?search=${job}`);
}

form.addEventListener("change", (event) => {
  if (event.target.type === "date") form.requestSubmit();
});
file.addEventListener("change", () => search().catch(wrong));
acts({ person, search: () => file.click() });

const job = fragment().dataset.job;
if (job) finished(job).then(refresh, refresh);
