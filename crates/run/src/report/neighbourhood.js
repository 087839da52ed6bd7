// The neighbourhood of a chosen node: a drawing, a table, and a search by id.

const MOST_DRAWN = 40;
const MOST_NAMED = 24;
const MOST_ROWS = 200;
const MOST_FAR = 90;
let chosen = -1;
let ringShown = [];

/** For each node, the nodes it has an edge to. */
const outgoing = data.ids.map(() => []);
for (let dst = 0; dst < data.ids.length; dst++) {
  for (let k = data.row_ptr[dst]; k < data.row_ptr[dst + 1]; k++) outgoing[data.src[k]].push(dst);
}

/** A node's neighbours with the direction of their edges and the attention it pays, the most first. */
function neighboursOf(i) {
  const peers = new Map();
  const peer = (j) => {
    if (!peers.has(j)) peers.set(j, { node: j, into: false, out: false, attention: null });
    return peers.get(j);
  };
  for (let k = data.row_ptr[i]; k < data.row_ptr[i + 1]; k++) {
    const found = peer(data.src[k]);
    found.into = true;
    const attention = data.attention[k] ?? -1;
    if (attention >= 0) found.attention = (found.attention ?? 0) + attention / 10000;
  }
  for (const j of outgoing[i]) peer(j).out = true;
  return [...peers.values()].sort((a, b) =>
    (b.attention ?? -1) - (a.attention ?? -1) || data.degree[b.node] - data.degree[a.node] || a.node - b.node);
}

const say = (text) => { byId("said").textContent = text; };
const short = (text, most) => (text.length > most ? `${text.slice(0, most - 1)}…` : text);
const ringClasses = () => [...new Set([chosen, ...ringShown].map(classOf))].sort((a, b) => a - b);

/** A node of the drawing, with a cross where the prediction is wrong. */
function dot(i, [x, y], radius, kind) {
  const hollow = data.label[i] < 0 ? "unlabelled" : "";
  const circle = svg("circle", { class: `${kind} ${hollow} k${classOf(i)}`, cx: x, cy: y, r: radius, "data-node": i });
  if (!isWrong(i)) return [circle];
  const small = kind === "far-node";
  const arm = radius * (small ? 0.8 : 0.5);
  const d = `M${x - arm} ${y - arm}l${2 * arm} ${2 * arm}m0 ${-2 * arm}l${-2 * arm} ${2 * arm}`;
  // A small one is a cross alone, as in the map.
  if (small) return [svg("path", { class: `x k${classOf(i)}`, d, "data-node": i })];
  return [circle, svg("path", { class: "miss", d })];
}

/** Places on a circle, by angle from the top. */
function around(count, radius, middle) {
  return Array.from({ length: count }, (_, k) => {
    const angle = (2 * Math.PI * (k + 0.5)) / count - Math.PI / 2;
    return [middle + radius * Math.cos(angle), middle + radius * Math.sin(angle), angle];
  });
}

function drawNeighbourhood(i, peers) {
  const middle = 210;
  // Classes stand together; the most attended come first where not all fit.
  const near = peers.filter((p) => p.node !== i).slice(0, MOST_DRAWN);
  near.sort((a, b) => classOf(a.node) - classOf(b.node) || (b.attention ?? 0) - (a.attention ?? 0));
  ringShown = near.map((p) => p.node);
  const far = byId("second-ring").checked ? secondRing(i, near) : [];
  if (!byId("second-ring").checked) byId("ring-hint").textContent = "";
  const inner = far.length ? 95 : 130;
  const places = around(near.length, inner, middle);
  const most = Math.max(...near.map((p) => p.attention ?? 0), 1e-9);
  const [links, dots, names] = [svg("g"), svg("g"), svg("g")];
  around(far.length, 190, middle).forEach((place, k) => {
    const [x, y] = place;
    for (const j of far[k].via) {
      const [x2, y2] = places[ringShown.indexOf(j)];
      links.append(svg("line", { class: "link far", x1: x, y1: y, x2, y2 }));
    }
    dots.append(...dot(far[k].node, place, 4, "far-node"));
  });
  near.forEach((p, k) => {
    const [x, y, angle] = places[k];
    const width = p.attention === null ? 1.2 : 0.8 + 6 * (p.attention / most);
    const out = p.into ? "" : "out";
    links.append(svg("line", { class: `link ${out}`, x1: middle, y1: middle, x2: x, y2: y, "stroke-width": width.toFixed(2) }));
    dots.append(...dot(p.node, [x, y], 7, "peer"));
    if (near.length > MOST_NAMED) return;
    const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
    const anchor = Math.abs(cos) < 0.25 ? "middle" : cos > 0 ? "start" : "end";
    const shift = anchor === "middle" ? (sin > 0 ? 14 : -6) : 4;
    names.append(svg("text", {
      class: "label", x: x + 12 * cos, y: y + 8 * sin + shift, "text-anchor": anchor,
    }, short(data.ids[p.node], 11)));
  });
  dots.append(...dot(i, [middle, middle], 11, "ego"));
  names.append(svg("text", { class: "label middle", x: middle, y: middle + 27, "text-anchor": "middle" }, short(data.ids[i], 24)));
  const drawing = byId("neighbourhood-plot");
  drawing.replaceChildren(links, dots, names);
  drawing.setAttribute("aria-label", `Node ${data.ids[i]} with ${near.length} of its neighbours`);
}

/** The neighbours of neighbours, each with those it is reached through; none where they are too many. */
function secondRing(i, near) {
  const ring = new Map();
  for (const { node } of near) {
    for (const { node: far } of neighboursOf(node)) {
      if (far === i || ringShown.includes(far)) continue;
      if (!ring.has(far)) ring.set(far, []);
      ring.get(far).push(node);
    }
  }
  const hint = !ring.size ? "There are none." : ring.size > MOST_FAR ? `There are ${ring.size}, too many to draw.` : "";
  byId("ring-hint").textContent = hint;
  return hint ? [] : [...ring].map(([node, via]) => ({ node, via }));
}

function listNeighbours(i, peers) {
  const place = byId("neighbours");
  if (!peers.length) return place.replaceChildren(html("p", {}, "It has no edge to a node that is shown."));
  const directed = peers.some((p) => p.into !== p.out);
  const attended = data.attention.length > 0;
  const head = ["Neighbour", "Class", "Prediction"];
  if (attended) head.push("Attention");
  if (directed) head.push("Edge");
  const rows = peers.slice(0, MOST_ROWS).map((p) => {
    const j = p.node;
    const name = j === i ? "itself" : html("button", { type: "button", class: "go", "data-node": j }, data.ids[j]);
    const swatch = html("i", { class: `swatch k${classOf(j)}` });
    const predicted = `${className(data.predicted[j])}${isWrong(j) ? " ×" : ""}`;
    const cells = [html("td", {}, swatch, className(data.label[j])), html("td", {}, predicted)];
    if (attended) cells.push(html("td", {}, p.attention === null ? NONE : p.attention.toFixed(3)));
    if (directed) cells.push(html("td", {}, p.into && p.out ? "both" : p.into ? "from it" : "to it"));
    return html("tr", {}, html("th", { scope: "row" }, name), ...cells);
  });
  const table = html("table", {},
    html("caption", { class: "unseen" }, `Neighbours of ${data.ids[i]}`),
    html("thead", {}, html("tr", {}, ...head.map((name) => html("th", { scope: "col" }, name)))),
    html("tbody", {}, ...rows));
  const scroll = html("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Neighbours" }, table);
  const left = peers.length - rows.length;
  place.replaceChildren(scroll, left > 0 ? html("p", {}, `And ${left} more.`) : "");
}

function listFacts(i, peers) {
  const known = data.label[i] >= 0;
  const others = peers.filter((p) => p.node !== i);
  const verdict = !known ? "" : isWrong(i) ? " (wrong)" : " (right)";
  const facts = [
    ["Class", known ? className(data.label[i]) : "no label"],
    ["Prediction", `${className(data.predicted[i])}, ${probability(i)}${verdict}`],
    ["Part", PARTS[data.part[i]]],
    ["Degree", String(data.degree[i])],
    ["Neighbours shown", String(others.length)],
  ];
  const labelled = others.filter((p) => data.label[p.node] >= 0);
  const alike = labelled.filter((p) => data.label[p.node] === data.label[i]);
  if (known && labelled.length) facts.push(["Neighbours of its class", `${alike.length} of ${labelled.length} with a label`]);
  byId("chosen-facts").replaceChildren(...facts.map(([name, value]) =>
    html("div", {}, html("dt", {}, name), html("dd", {}, value))));
}

/** Shows a node and its neighbours. */
function choose(i, aloud = true) {
  chosen = i;
  const peers = neighboursOf(i);
  byId("chosen-id").textContent = data.ids[i];
  listFacts(i, peers);
  drawNeighbourhood(i, peers);
  listNeighbours(i, peers);
  markChosen(i, peers.map((p) => p.node));
  if (aloud) say(`Chosen: ${data.ids[i]}, ${peers.length} neighbours`);
}

/** The node that is worth a first look: the surest mistake on the test nodes, or else the one with the most neighbours. */
function firstChoice() {
  const degree = (i) => data.row_ptr[i + 1] - data.row_ptr[i];
  const worth = (i) => (data.part[i] === 2 && isWrong(i) && degree(i) > 1 ? 1e9 + data.probability[i] : degree(i));
  let best = 0;
  for (let i = 1; i < data.ids.length; i++) if (worth(i) > worth(best)) best = i;
  return best;
}

/** The first nodes whose id begins with the text, then those that hold it. */
function search(text, most) {
  const wanted = text.toLowerCase();
  const [begins, holds] = [[], []];
  data.ids.forEach((id, i) => {
    const place = id.toLowerCase().indexOf(wanted);
    if (place === 0) begins.push(i);
    else if (place > 0 && holds.length < most) holds.push(i);
  });
  begins.sort((a, b) => data.ids[a].length - data.ids[b].length);
  return [...begins, ...holds].slice(0, most);
}

function startSearch() {
  const [field, list] = [byId("find"), byId("found")];
  let [found, at] = [[], -1];
  const close = () => {
    list.hidden = true;
    field.setAttribute("aria-expanded", "false");
    field.removeAttribute("aria-activedescendant");
  };
  const mark = (next) => {
    at = next;
    [...list.children].forEach((item, k) => item.setAttribute("aria-selected", k === at));
    if (at >= 0) field.setAttribute("aria-activedescendant", `found-${at}`);
  };
  const take = (k) => {
    choose(found[k]);
    field.value = data.ids[found[k]];
    close();
  };
  const open = () => {
    if (!field.value) return close();
    found = search(field.value, 8);
    const items = found.map((i, k) => html("li", { role: "option", id: `found-${k}` },
      html("span", {}, data.ids[i]), html("span", {}, className(classOf(i)))));
    list.replaceChildren(...(items.length ? items : [html("li", { class: "none" }, "No such node is shown")]));
    list.hidden = false;
    field.setAttribute("aria-expanded", "true");
    if (items.length) mark(0);
  };
  field.addEventListener("input", open);
  field.addEventListener("keydown", (event) => {
    if (event.key === "Escape") return close();
    if (list.hidden || !found.length) return;
    if (event.key === "Enter") {
      take(at);
    } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      const step = event.key === "ArrowDown" ? 1 : found.length - 1;
      mark((at + step) % found.length);
    } else return;
    event.preventDefault();
  });
  field.addEventListener("blur", close);
  // Before the field loses the focus and the list goes.
  list.addEventListener("pointerdown", (event) => {
    event.preventDefault();
    const item = event.target.closest("[role=option]");
    if (item) take([...list.children].indexOf(item));
  });
}

function startNeighbourhood() {
  const section = byId("neighbours-section");
  const nodeOf = (target) => Number(target.closest("[data-node]")?.dataset.node ?? -1);
  section.addEventListener("click", (event) => {
    const i = nodeOf(event.target);
    if (i < 0 || i === chosen) return;
    const fromTable = event.target.closest(".go");
    hideTip();
    choose(i);
    if (fromTable) byId("chosen-id").focus();
  });
  const drawing = byId("neighbourhood-plot");
  drawing.addEventListener("pointermove", (event) => {
    const i = nodeOf(event.target);
    if (i < 0) return hideTip();
    showTip(event.clientX, event.clientY, data.ids[i], describe(i));
  });
  drawing.addEventListener("pointerleave", hideTip);
  byId("chosen-id").tabIndex = -1;
  byId("second-ring").addEventListener("change", () => choose(chosen));
  startSearch();
  choose(firstChoice(), false);
}

if (map) {
  startMap();
  startNeighbourhood();
}
