// Fetches the changing part of a page anew; place, ticks and focus stay.
const PART = 160; // as pipeline/web/pages/parts.py has it

/** The part of the page that is fetched. */
export const fragment = () => document.getElementById("fragment");

/** Fetches the fragment of the address that the page is at, with as many tiles as it holds now.
 *
 * A fragment with data-keep is the script's own: only the counts aside and the last edit are fetched.
 */
export async function refresh() {
  const old = fragment();
  if ("keep" in old.dataset) {
    await window.htmx.ajax("GET", location.pathname + location.search, { source: old, target: old, swap: "none" });
    return void document.dispatchEvent(new CustomEvent("fetched"));
  }
  const address = new URL(location.href);
  address.searchParams.delete("after");
  const held = old.querySelectorAll(".tile").length;
  if (held > PART) address.searchParams.set("n", String(held));
  const focus = document.activeElement;
  const tile = focus?.closest?.(".tile");
  const place = tile && { id: tile.id, at: [...old.querySelectorAll(".tile")].indexOf(tile) };
  const id = !tile && old.contains(focus) ? focus.id : "";
  const asked = { source: old, target: old, select: "#fragment", swap: "outerHTML show:none" };
  await window.htmx.ajax("GET", address.pathname + address.search, asked);
  if (place) refocus(place);
  else if (id) document.getElementById(id)?.focus({ preventScroll: true });
  document.dispatchEvent(new CustomEvent("fetched"));
}

function refocus(place) {
  const tiles = fragment().querySelectorAll(".tile");
  const next = document.getElementById(place.id) ?? tiles[Math.min(place.at, tiles.length - 1)];
  next?.querySelector("a")?.focus({ preventScroll: !!document.getElementById(place.id) });
}

document.addEventListener("htmx:responseError", (event) => {
  const gone = fragment()?.dataset.gone;
  if (event.detail.xhr.status === 404 && gone) location.assign(gone);
});
