// What every section shares: the data, the theme, tooltips, saving, sorting.

const data = JSON.parse(document.getElementById("payload").textContent);
const svgSpace = "http://www.w3.org/2000/svg";
const byId = (id) => document.getElementById(id);
const PARTS = ["training", "validation", "test", "in no part"];
const NONE = "–";

/** An element of HTML with attributes and children; strings become text. */
function html(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

/** The same for SVG. */
function svg(tag, attributes = {}, ...children) {
  const element = document.createElementNS(svgSpace, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

const className = (c) => (c < 0 ? NONE : (data.classes[c] ?? `class ${c}`));
const percent = (share) => `${(share * 100).toFixed(1)}\u00a0%`;
const probability = (i) => (data.probability[i] === null ? NONE : percent(data.probability[i] / 1000));
const isWrong = (i) => data.label[i] >= 0 && data.label[i] !== data.predicted[i];
const classOf = (i) => (data.label[i] >= 0 ? data.label[i] : data.predicted[i]);

/** What a tooltip says about a node. */
function describe(i) {
  const known = data.label[i] >= 0 ? className(data.label[i]) : "no label";
  const verdict = data.label[i] < 0 ? "" : isWrong(i) ? " (wrong)" : " (right)";
  return `${known}\npredicted ${className(data.predicted[i])}, ${probability(i)}${verdict}\n${PARTS[data.part[i]]}, degree ${data.degree[i]}`;
}

// What needs the script appears now that it runs.
for (const element of document.querySelectorAll(".needs-script, [data-save]")) element.hidden = false;

// The theme is kept in this page alone.
const theme = byId("theme");
const dark = () => getComputedStyle(document.documentElement).colorScheme === "dark"
  || (!document.documentElement.dataset.theme && matchMedia("(prefers-color-scheme: dark)").matches);
const nameTheme = () => { theme.textContent = dark() ? "Light" : "Dark"; };
theme.hidden = false;
theme.addEventListener("click", () => {
  document.documentElement.dataset.theme = dark() ? "light" : "dark";
  nameTheme();
});
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", nameTheme);
nameTheme();

/** Shows a tooltip at a place of the window, within it. */
function showTip(x, y, title, text) {
  const tip = byId("tip");
  tip.replaceChildren(html("strong", {}, title), text);
  tip.hidden = false;
  const room = document.documentElement.clientWidth;
  const left = Math.max(4, Math.min(x + 14, room - tip.offsetWidth - 4));
  const above = y - tip.offsetHeight - 12;
  tip.style.transform = `translate(${left + scrollX}px, ${(above > 0 ? above : y + 18) + scrollY}px)`;
}
const hideTip = () => { byId("tip").hidden = true; };
addEventListener("keydown", (event) => { if (event.key === "Escape") hideTip(); });

/** The pointer's place in a drawing's own units. */
function placeIn(drawing, event) {
  const point = new DOMPoint(event.clientX, event.clientY).matrixTransform(drawing.getScreenCTM().inverse());
  return [point.x, point.y];
}

// The confusion matrix says what a cell holds.
const cells = byId("cells");
if (cells) {
  const drawing = cells.ownerSVGElement;
  const { left, top, cell } = cells.dataset;
  drawing.addEventListener("pointermove", (event) => {
    const [x, y] = placeIn(drawing, event);
    const [row, column] = [Math.floor((y - top) / cell), Math.floor((x - left) / cell)];
    const here = data.confusion[row]?.[column];
    if (here === undefined) return hideTip();
    const of = data.confusion[row].reduce((sum, n) => sum + n, 0);
    const share = of ? percent(here / of) : NONE;
    showTip(event.clientX, event.clientY, `${here} of ${of}, ${share}`,
      `true ${className(row)}\npredicted ${className(column)}`);
  });
  drawing.addEventListener("pointerleave", hideTip);
}

// A click on a heading sorts its table: numbers from the largest, names from A, then the other way.
for (const table of document.querySelectorAll("table.sortable")) {
  const body = table.tBodies[0];
  const heads = [...table.tHead.rows[0].cells];
  heads.forEach((head, column) => {
    const button = html("button", { type: "button", class: "sort" }, head.textContent);
    head.replaceChildren(button);
    button.addEventListener("click", () => {
      const first = column === 0 ? "ascending" : "descending";
      const other = column === 0 ? "descending" : "ascending";
      const order = head.getAttribute("aria-sort") === first ? other : first;
      heads.forEach((h) => h.removeAttribute("aria-sort"));
      head.setAttribute("aria-sort", order);
      const sign = order === "ascending" ? 1 : -1;
      const compare = (a, b) => {
        const [p, q] = [a.cells[column], b.cells[column]];
        if (column === 0) return sign * p.textContent.localeCompare(q.textContent, undefined, { numeric: true });
        const [x, y] = [Number(p.dataset.value), Number(q.dataset.value)];
        // What is no number stays last in either order.
        if (Number.isNaN(x) || Number.isNaN(y)) return Number.isNaN(x) - Number.isNaN(y);
        return sign * (x - y);
      };
      body.append(...[...body.rows].sort(compare));
    });
  });
}

// What a saved plot looks like is written into its elements, so that any program can draw it.
const INHERITED = {
  fill: "rgb(0, 0, 0)", stroke: "none", "stroke-width": "1px", "stroke-dasharray": "none",
  "stroke-linecap": "butt", "stroke-linejoin": "miter", "fill-opacity": "1", "stroke-opacity": "1",
  "font-size": "16px", "font-weight": "400", "font-family": "", "paint-order": "normal",
};

function inline(from, to, above) {
  const style = getComputedStyle(from);
  if (style.display === "none") return to.remove();
  const mine = {};
  for (const name of Object.keys(INHERITED)) {
    mine[name] = style.getPropertyValue(name);
    if (mine[name] !== above[name]) to.setAttribute(name, mine[name]);
  }
  if (style.opacity !== "1") to.setAttribute("opacity", style.opacity);
  to.removeAttribute("class");
  const copies = [...to.children];
  [...from.children].forEach((child, place) => inline(child, copies[place], mine));
}

/** The classes that a copy shows, in a column beside it. */
function keyBeside(copy, classes, width) {
  const rows = 24;
  const key = svg("g");
  classes.forEach((c, place) => {
    const [x, y] = [width + 16 + 170 * Math.floor(place / rows), 20 + 20 * (place % rows)];
    const swatch = svg("rect", { x, y: y - 9, width: 10, height: 10, class: `k${c}`, style: "fill: var(--k)" });
    key.append(swatch, svg("text", { x: x + 16, y }, className(c).slice(0, 24)));
  });
  copy.append(key);
  return classes.length ? 16 + 170 * Math.ceil(classes.length / rows) : 0;
}

/** A plot as the text of an SVG file. */
function standalone(id) {
  const drawing = byId(`${id}-plot`);
  const [, , width, height] = drawing.getAttribute("viewBox").split(" ").map(Number);
  // The copy stands in the page while its styles are computed.
  const dressed = drawing.cloneNode(true);
  for (const name of ["tabindex", "role", "aria-roledescription", "aria-describedby"]) dressed.removeAttribute(name);
  const keys = { map: shownClasses, neighbourhood: ringClasses }[id];
  const classes = keys ? keys() : [];
  const more = keyBeside(dressed, classes, width);
  const tall = Math.max(height, classes.length ? 20 * Math.min(classes.length, 24) + 24 : 0);
  drawing.after(dressed);
  const copy = dressed.cloneNode(true);
  inline(dressed, copy, INHERITED);
  dressed.remove();
  const background = getComputedStyle(document.body).backgroundColor;
  copy.prepend(
    svg("title", {}, drawing.getAttribute("aria-label")),
    svg("rect", { x: -12, y: -12, width: width + more + 24, height: tall + 24, fill: background }),
  );
  copy.setAttribute("viewBox", `-12 -12 ${width + more + 24} ${tall + 24}`);
  copy.setAttribute("width", width + more + 24);
  copy.setAttribute("height", tall + 24);
  for (const element of copy.querySelectorAll("[style]")) element.removeAttribute("style");
  return new XMLSerializer().serializeToString(copy);
}

for (const button of document.querySelectorAll("[data-save]")) {
  button.addEventListener("click", () => {
    const blob = new Blob([standalone(button.dataset.save)], { type: "image/svg+xml" });
    const link = html("a", { href: URL.createObjectURL(blob), download: `${button.dataset.save}.svg` });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
  });
}
