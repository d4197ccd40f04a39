"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const pairs = [...document.querySelectorAll(".pair")];
  const order = pairs.map((_, index) => index);
  const save = document.getElementById("save");
  const place = "facefold-duplicates-" + data.id;
  const made = new Map(); // number of a pair: left, right or both
  let current = -1;
  let saved = true;

  // The page's order of pairs is that of the data: groups follow each other in it.
  function remembered() {
    try {
      return JSON.parse(localStorage.getItem(place)) || [];
    } catch {
      return []; // no storage here: the page still works, and forgets when it is closed
    }
  }

  function remember() {
    try {
      localStorage.setItem(place, JSON.stringify([...made]));
    } catch {
      // as above
    }
  }

  function lines(except) {
    const here = [...made].filter(([index]) => index !== except);
    return [...data.before, ...here.map(([index, keep]) => [...data.pairs[index], keep])];
  }

  function reaches(over, start, end) {
    const seen = new Set([start]);
    const waiting = [start];
    while (waiting.length) {
      for (const next of over.get(waiting.pop()) || []) {
        if (next === end) return true;
        if (!seen.has(next)) {
          seen.add(next);
          waiting.push(next);
        }
      }
    }
    return false;
  }

  // Whether a choice can hold together with all others; the command refuses a file where it can't.
  function holds(index, keep) {
    const over = new Map();
    const both = [];
    for (const [left, right, kept] of [...lines(index), [...data.pairs[index], keep]]) {
      if (left === right) continue;
      if (kept === "both") both.push([left, right]);
      else {
        const [one, other] = kept === "left" ? [left, right] : [right, left];
        if (!over.has(one)) over.set(one, []);
        over.get(one).push(other);
      }
    }
    for (const one of over.keys()) if (reaches(over, one, one)) return false;
    return !both.some(([left, right]) => reaches(over, left, right) || reaches(over, right, left));
  }

  function show(index) {
    if (index in pairs) mark(pairs[index], made.get(index));
    const all = pairs.length;
    document.getElementById("filled").style.width = all ? (100 * made.size) / all + "%" : "0";
    document.getElementById("count").textContent = !all
      ? "Nothing to decide"
      : made.size + " of " + all + " decided" + (made.size && !saved ? ", not saved yet" : "");
    save.disabled = !made.size;
  }

  function mark(pair, keep) {
    pair.classList.toggle("keep-left", keep === "left");
    pair.classList.toggle("keep-right", keep === "right");
    for (const button of pair.querySelectorAll("[data-keep]")) {
      button.setAttribute("aria-pressed", String(button.dataset.keep === keep));
    }
  }

  function decide(index, keep) {
    const against = pairs[index].querySelector(".against");
    const can = keep === undefined || holds(index, keep);
    against.hidden = can;
    against.textContent = can
      ? ""
      : "This can't hold together with what was decided of the same photos. Undo one of those first.";
    if (!can) return false;
    if (keep === undefined) made.delete(index);
    else made.set(index, keep);
    saved = false;
    remember();
    show(index);
    return true;
  }

  function go(index) {
    if (!pairs.length) return;
    current = Math.max(0, Math.min(pairs.length - 1, index));
    pairs[current].focus({ preventScroll: true });
    pairs[current].scrollIntoView({ block: "start" });
  }

  function download() {
    if (!made.size) return;
    const text = lines()
      .map(([left, right, keep]) => JSON.stringify({ left, right, keep }) + "\n")
      .join("");
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([text], { type: "application/jsonl" }));
    link.download = "decisions.jsonl";
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
    saved = true;
    show(0);
  }

  for (const index of order) {
    pairs[index].addEventListener("click", (event) => {
      const button = event.target.closest("[data-keep]");
      current = index;
      if (button) decide(index, made.get(index) === button.dataset.keep ? undefined : button.dataset.keep);
    });
    pairs[index].addEventListener("focusin", () => (current = index));
  }
  save.addEventListener("click", download);
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("pre, summary")) return;
    const keeps = { ArrowLeft: "left", ArrowRight: "right", b: "both" };
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    if (key === "j") go(current + 1);
    else if (key === "k") go(current - 1);
    else if (key === "s") download();
    else if (key === "u" && current >= 0) decide(current, undefined);
    else if (key in keeps && current >= 0) {
      const one = pairs[current].querySelector('[data-keep="' + keeps[key] + '"]');
      if (one && decide(current, keeps[key])) go(current + 1);
    } else return;
    event.preventDefault();
  });
  window.addEventListener("beforeunload", (event) => {
    if (!saved) event.preventDefault();
  });
  for (const [index, keep] of remembered()) if (index in pairs) made.set(index, keep);
  if (made.size) saved = false;
  if (pairs.length) order.forEach(show);
  else show(-1);
})();
