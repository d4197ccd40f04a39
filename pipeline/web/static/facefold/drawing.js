// A box on a photo, drawn with a pointer or by keys.
import { word } from "./words.js";

function at(svg, event) {
  const point = new DOMPoint(event.clientX, event.clientY).matrixTransform(svg.getScreenCTM().inverse());
  const { width, height } = svg.viewBox.baseVal;
  return [Math.max(0, Math.min(width, point.x)), Math.max(0, Math.min(height, point.y))];
}

function show(rect, [left, top, width, height]) {
  for (const [name, value] of Object.entries({ x: left, y: top, width, height })) rect.setAttribute(name, String(value));
}

/** Where a key moves a box; with Shift its lower right corner. */
function moved([left, top, width, height], event, size) {
  const step = Math.max(2, Math.round(size.width / 80));
  const [x, y] = { ArrowLeft: [-step, 0], ArrowRight: [step, 0], ArrowUp: [0, -step], ArrowDown: [0, step] }[event.key];
  const held = (value, most) => Math.max(0, Math.min(most, value));
  if (event.shiftKey) {
    return [left, top, Math.max(step, held(width + x, size.width - left)), Math.max(step, held(height + y, size.height - top))];
  }
  return [held(left + x, size.width - width), held(top + y, size.height - height), width, height];
}

/** Lets a box be drawn; left, top, width, height in pixels of the photo, or null if it was left. */
export function drawing(svg) {
  const size = svg.viewBox.baseVal;
  const side = Math.round(Math.min(size.width, size.height) / 4);
  let box = [Math.round((size.width - side) / 2), Math.round((size.height - side) / 2), side, side];
  let start = null;
  const group = document.createElementNS(svg.namespaceURI, "g");
  group.setAttribute("class", "box new");
  group.setAttribute("tabindex", "0");
  group.setAttribute("role", "img");
  group.setAttribute("aria-label", word("drawHow"));
  const rect = document.createElementNS(svg.namespaceURI, "rect");
  group.append(rect);
  svg.append(group);
  svg.classList.add("drawing");
  show(rect, box);
  svg.scrollIntoView({ block: "nearest" });
  group.focus({ preventScroll: true });
  return new Promise((done) => {
    const stop = new AbortController();
    const end = (told) => {
      stop.abort();
      group.remove();
      svg.classList.remove("drawing");
      done(told && told.map(Math.round));
    };
    const listen = (target, name, act) => target.addEventListener(name, act, { signal: stop.signal, capture: true });
    listen(svg, "click", (event) => event.preventDefault());
    listen(svg, "pointerdown", (event) => {
      event.preventDefault();
      start = at(svg, event);
      svg.setPointerCapture(event.pointerId);
    });
    listen(svg, "pointermove", (event) => {
      if (!start) return;
      const [x, y] = at(svg, event);
      box = [Math.min(x, start[0]), Math.min(y, start[1]), Math.abs(x - start[0]), Math.abs(y - start[1])];
      show(rect, box);
    });
    listen(svg, "pointerup", () => {
      start = null;
      const least = Math.min(size.width, size.height) / 100;
      if (box[2] > least && box[3] > least) end(box);
    });
    listen(document, "keydown", (event) => {
      if (event.key.startsWith("Arrow")) {
        box = moved(box, event, size);
        show(rect, box);
      } else if (event.key === "Enter") end(box);
      else if (event.key === "Escape") end(null);
      else return;
      event.preventDefault();
      event.stopPropagation();
    });
  });
}
