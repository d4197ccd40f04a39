"use strict";
(() => {
  const data = JSON.parse(document.getElementById("faces").textContent);
  const card = document.getElementById("card");
  const perSheet = data.columns * 16;

  function line(tag, text) {
    const element = document.createElement(tag);
    element.textContent = text;
    card.append(element);
  }

  function show(face, left, top) {
    card.className = "card g" + data.group[face];
    card.replaceChildren();
    const slot = data.slot[face];
    if (slot >= 0) {
      const sheet = Math.floor(slot / perSheet);
      const tile = slot % perSheet;
      const picture = document.createElement("div");
      picture.className = "t s" + sheet;
      const x = data.columns > 1 ? (100 * (tile % data.columns)) / (data.columns - 1) : 0;
      const y = data.rows[sheet] > 1 ? (100 * Math.floor(tile / data.columns)) / (data.rows[sheet] - 1) : 0;
      picture.style.backgroundPosition = x + "% " + y + "%";
      card.append(picture);
    }
    line("b", data.groups[data.group[face]]);
    if (data.p[face] !== null) line("div", "probability " + data.p[face].toFixed(3));
    if (data.unknown[face]) line("div", "unknown: unlike what the model learned from, or far from any group");
    if (data.quality) line("div", "quality " + data.quality[face].toFixed(2) + ", lowest in: " + data.weakest[face]);
    if (data.label && data.label[face] !== null) line("div", "label " + data.label[face]);
    line("div", data.split[face] + " split");
    line("bdi", data.path[face]);
    card.hidden = false;
    const box = card.getBoundingClientRect();
    const right = left + 18 + box.width > innerWidth ? left - 18 - box.width : left + 18;
    card.style.left = Math.max(6, right) + "px";
    card.style.top = Math.max(6, Math.min(top - 40, innerHeight - box.height - 8)) + "px";
  }

  function hide() {
    card.hidden = true;
  }

  /* Faces in grids: pointing, tapping, and arrow keys within a list. */
  function over(event) {
    const tile = event.target.closest("[data-f]");
    if (!tile || tile.closest(".sea")) return;
    const box = tile.getBoundingClientRect();
    show(Number(tile.dataset.f), box.right - 12, box.top + 20);
  }
  document.addEventListener("pointerover", over);
  document.addEventListener("click", over);
  document.addEventListener("pointerout", (event) => {
    if (event.pointerType === "mouse" && event.target.closest("[data-f]")) hide();
  });
  for (const list of document.querySelectorAll(".strip, .portraits")) {
    if (list.firstElementChild) list.firstElementChild.tabIndex = 0;
  }
  document.addEventListener("focusin", (event) => {
    if (event.target.matches("li[data-f]:focus-visible")) over(event);
  });
  document.addEventListener("focusout", hide);
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") return hide();
    const step = { ArrowRight: "nextElementSibling", ArrowLeft: "previousElementSibling" }[event.key];
    const next = step && event.target.matches("li[data-f]") && event.target[step];
    if (!next) return;
    event.preventDefault();
    next.tabIndex = 0;
    event.target.tabIndex = -1;
    next.focus();
  });
  addEventListener("scroll", hide, { passive: true });

  addEventListener("beforeprint", () => {
    for (const part of document.querySelectorAll("details")) part.open = true;
  });

  /* The map. */
  const sea = document.getElementById("sea");
  if (!sea) return;
  const map = sea.querySelector(".map");
  const here = sea.querySelector(".here");
  const chips = [...document.querySelectorAll(".chips button")];
  const byGroup = new Map();
  data.points.forEach(([face], i) => {
    const rank = data.group[face];
    if (!byGroup.has(rank)) byGroup.set(rank, []);
    byGroup.get(rank).push(i);
  });
  const ranks = [...byGroup.keys()].sort((a, b) => a - b);
  let at = -1;
  let pressed = -1;

  function mark(rank) {
    map.classList.toggle("marked", rank >= 0);
    for (const part of map.querySelectorAll("[data-g]")) part.classList.toggle("on", Number(part.dataset.g) === rank);
  }

  function goTo(point) {
    at = point;
    const [face, x, y] = data.points[point];
    here.setAttribute("cx", x);
    here.setAttribute("cy", y);
    const box = sea.getBoundingClientRect();
    show(face, box.left + (x / 640) * box.width, box.top + (y / 640) * box.height);
  }

  function leave() {
    here.setAttribute("cx", -20);
    hide();
  }

  function nearest(event) {
    const box = sea.getBoundingClientRect();
    const x = ((event.clientX - box.left) / box.width) * 640;
    const y = ((event.clientY - box.top) / box.height) * 640;
    let best = -1;
    let least = event.pointerType === "mouse" ? 900 : 2500;
    data.points.forEach(([face, px, py], i) => {
      const far = (px - x) ** 2 + (py - y) ** 2;
      if (far < least && (pressed < 0 || data.group[face] === pressed)) [best, least] = [i, far];
    });
    if (best >= 0) goTo(best);
    else leave();
  }

  sea.addEventListener("pointermove", (event) => event.pointerType === "mouse" && nearest(event));
  sea.addEventListener("click", nearest);
  sea.addEventListener("pointerleave", (event) => event.pointerType === "mouse" && leave());
  sea.addEventListener("blur", leave);
  sea.addEventListener("keydown", (event) => {
    const [across, down] = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowDown: [0, 1], ArrowUp: [0, -1] }[event.key] || [0, 0];
    if (!across && !down) return;
    event.preventDefault();
    if (at < 0) return goTo(byGroup.get(ranks[0])[0]);
    const rank = data.group[data.points[at][0]];
    if (down) return goTo(byGroup.get(ranks[(ranks.indexOf(rank) + down + ranks.length) % ranks.length])[0]);
    const mine = byGroup.get(rank);
    goTo(mine[(mine.indexOf(at) + across + mine.length) % mine.length]);
  });
  for (const chip of chips) {
    const rank = Number(chip.dataset.g);
    chip.addEventListener("pointerenter", () => mark(rank));
    chip.addEventListener("pointerleave", () => mark(pressed));
    chip.addEventListener("click", () => {
      pressed = pressed === rank ? -1 : rank;
      for (const other of chips) other.setAttribute("aria-pressed", String(other === chip && pressed >= 0));
      mark(pressed);
    });
  }
})();
