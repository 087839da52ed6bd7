// The map: names under the pointer, classes to show, a node to choose, and all of it by keyboard.

const map = byId("map-plot");
const marks = map ? [...byId("map-points").children] : [];
const overlay = svg("g");
const hidden = new Set();
let under = -1;
let mapClass = classOf;

/** Whether a node has a mark that is shown now. */
const isShown = (i) => data.x[i] !== null && !marks[i].classList.contains("off");

function shownClasses() {
  const classes = new Set();
  marks.forEach((_, i) => { if (isShown(i)) classes.add(mapClass(i)); });
  return [...classes].sort((a, b) => a - b);
}

/** Shows the marks that the legend and the controls leave. */
function filterMap() {
  const part = byId("map-part").value;
  const wrong = byId("map-wrong").checked;
  marks.forEach((mark, i) => {
    const out = hidden.has(mapClass(i)) || (part !== "" && data.part[i] !== Number(part)) || (wrong && !isWrong(i));
    mark.classList.toggle("off", out);
  });
  if (under >= 0 && !isShown(under)) point(-1);
}

/** The shown node nearest to a place, no further than `reach`. */
function nearest(x, y, reach) {
  let [best, least] = [-1, reach * reach];
  for (let i = 0; i < marks.length; i++) {
    if (!isShown(i)) continue;
    const distance = (data.x[i] - x) ** 2 + (data.y[i] - y) ** 2;
    if (distance <= least) [best, least] = [i, distance];
  }
  return best;
}

/** The shown node that lies most nearly in a direction; -1 where there is none. */
function towards(from, dx, dy) {
  let [best, least] = [-1, Infinity];
  for (let i = 0; i < marks.length; i++) {
    if (i === from || !isShown(i)) continue;
    const [x, y] = [data.x[i] - data.x[from], data.y[i] - data.y[from]];
    const along = x * dx + y * dy;
    const aside = Math.abs(x * dy - y * dx);
    // Ahead and within 45 degrees; what lies aside counts twice.
    if (along <= 0 || aside > along) continue;
    const distance = along + 2 * aside;
    if (distance < least) [best, least] = [i, distance];
  }
  return best;
}

function halo(i, kind) {
  return data.x[i] === null ? "" : svg("circle", { class: `halo ${kind}`, cx: data.x[i], cy: data.y[i], r: data.radius + 3.5 });
}

function drawOverlay() {
  overlay.replaceChildren(...[chosen, under].map((i, k) => (i >= 0 ? halo(i, k ? "at" : "") : "")));
}

/** Points at a node, or with -1 at none. */
function point(i) {
  under = i;
  drawOverlay();
  if (i < 0) return hideTip();
  const place = new DOMPoint(data.x[i], data.y[i]).matrixTransform(map.getScreenCTM());
  showTip(place.x, place.y, data.ids[i], describe(i));
}

/** Marks the chosen node, and draws its edges among the shown nodes. */
function markChosen(i, peers) {
  const ends = data.x[i] === null ? [] : peers.filter((j) => data.x[j] !== null);
  byId("map-edges").replaceChildren(...ends.slice(0, 400).map((j) =>
    svg("line", { x1: data.x[i], y1: data.y[i], x2: data.x[j], y2: data.y[j] })));
  byId("map-status").replaceChildren("Chosen: ", html("strong", {}, data.ids[i]), " · ",
    html("a", { href: "#neighbours-section" }, "its neighbours"));
  drawOverlay();
}

const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

function steer(event) {
  const arrow = ARROWS[event.key];
  if (arrow) {
    event.preventDefault();
    const from = under >= 0 ? under : chosen;
    const next = from >= 0 && isShown(from) ? towards(from, ...arrow) : marks.findIndex((_, i) => isShown(i));
    if (next >= 0) {
      point(next);
      say(`${data.ids[next]}, ${describe(next)}`);
    }
  } else if ((event.key === "Enter" || event.key === " ") && under >= 0) {
    event.preventDefault();
    choose(under);
  } else if (event.key === "Escape") {
    point(-1);
  }
}

function startMap() {
  map.append(overlay);
  map.setAttribute("tabindex", "0");
  map.setAttribute("role", "application");
  map.setAttribute("aria-roledescription", "scatter plot");
  map.setAttribute("aria-describedby", "map-help");
  for (const id of ["map-controls", "map-status", "map-all"]) byId(id).hidden = false;

  const reach = (event) => {
    // So many pixels of the screen, in the drawing's units.
    const pixels = event.pointerType === "touch" ? 22 : 12;
    return pixels / map.getScreenCTM().a;
  };
  const at = (event) => nearest(...placeIn(map, event), reach(event));
  map.addEventListener("pointermove", (event) => {
    const i = at(event);
    if (i !== under) point(i);
  });
  map.addEventListener("pointerleave", (event) => { if (event.pointerType !== "touch") point(-1); });
  map.addEventListener("click", (event) => {
    const i = at(event);
    if (i < 0) return point(-1);
    point(i);
    choose(i);
  });
  map.addEventListener("keydown", steer);
  map.addEventListener("blur", () => point(-1));

  const keys = [...document.querySelectorAll(".key")];
  const press = (key, on) => {
    key.setAttribute("aria-pressed", on);
    hidden[on ? "delete" : "add"](Number(key.dataset.class));
  };
  const light = (c) => {
    byId("map-points").classList.toggle("dim", c !== null);
    marks.forEach((mark, i) => mark.classList.toggle("lit", c !== null && mapClass(i) === c));
  };
  for (const key of keys) {
    key.disabled = false;
    key.addEventListener("click", () => {
      press(key, key.getAttribute("aria-pressed") === "false");
      filterMap();
    });
    key.addEventListener("pointerenter", (event) => {
      if (event.pointerType === "mouse" && key.getAttribute("aria-pressed") === "true") light(Number(key.dataset.class));
    });
    key.addEventListener("pointerleave", () => light(null));
  }
  for (const button of document.querySelectorAll("[data-all]")) {
    button.addEventListener("click", () => {
      keys.forEach((key) => press(key, button.dataset.all === "true"));
      filterMap();
    });
  }
  byId("map-controls").addEventListener("submit", (event) => event.preventDefault());
  byId("map-part").addEventListener("change", filterMap);
  byId("map-wrong").addEventListener("change", filterMap);
  byId("map-colour").addEventListener("change", () => {
    const before = mapClass;
    mapClass = byId("map-colour").value === "predicted" ? (i) => data.predicted[i] : classOf;
    marks.forEach((mark, i) => mark.classList.replace(`k${before(i)}`, `k${mapClass(i)}`));
    for (const key of keys) {
      const many = marks.filter((_, i) => mapClass(i) === Number(key.dataset.class)).length;
      key.querySelector(".many").textContent = many.toLocaleString("en");
    }
    filterMap();
  });
}
