// What the worker, or another page of the same account, did meanwhile.
import { made } from "./api.js";
import { refresh } from "./refresh.js";
import { ticking } from "./tiles.js";

const button = document.getElementById("fresh");
const quiet = new Set(["/upload", "/questions", "/group"]);
let stream = null;
let timer = 0;

async function show() {
  button.hidden = true;
  await refresh();
}

function news() {
  const working = ticking() || document.activeElement?.closest?.("#fragment") || document.querySelector("dialog[open]");
  if (working || window.scrollY > 200) button.hidden = false;
  else show();
}

function heard(kind, event) {
  const data = JSON.parse(event.data);
  document.dispatchEvent(new CustomEvent(`news:${kind}`, { detail: data }));
  const own = kind === "edit" && made.has(data.edit);
  if (own || kind === "batch" || kind === "job" || quiet.has(location.pathname) || location.pathname.endsWith("/split")) return;
  clearTimeout(timer);
  timer = setTimeout(news, 1500);
}

function listen() {
  if (document.hidden || stream) return;
  stream = new EventSource("/api/events");
  for (const kind of ["edit", "batch", "job", "people"]) stream.addEventListener(kind, (event) => heard(kind, event));
}

// A browser opens six connections to a server: pages that nobody looks at hold none.
document.addEventListener("visibilitychange", () => {
  if (!document.hidden) return listen();
  stream?.close();
  stream = null;
});
button.addEventListener("click", show);
listen();
