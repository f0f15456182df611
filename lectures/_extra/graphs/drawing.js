// A causal graph as SVG, with the ovals, arrows and colours of the book's other graphs. Every word is a text node.
const GraphDrawing = (() => {
  "use strict";

  const SVG = "http://www.w3.org/2000/svg";
  const FONT = 16, SMALL = 12, RADIUS = 22, HEAD = 10, HEAD_WIDTH = 0.8, GAP = 9, MOST_LETTERS = 16;
  const COLORS = { causal: "#2b87c8", biasing: "#d55e00" };
  const FILE_INK = "#737980"; // reads well on white and on black
  const NOT_XML = /[^\t\n\r\x20-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu;

  /** Return a new SVG element with attributes and children. */
  function s(tag, attributes = {}, ...children) {
    const element = document.createElementNS(SVG, tag);
    for (const [name, value] of Object.entries(attributes))
      if (value !== null) element.setAttribute(name, typeof value === "number" ? +value.toFixed(2) : value);
    element.append(...children);
    return element;
  }

  const shown = name => {
    const letters = [...name.replace(/\s+/g, " ").replace(NOT_XML, "\ufffd")];
    return letters.length > MOST_LETTERS ? `${letters.slice(0, MOST_LETTERS - 1).join("")}\u2026` : letters.join("");
  };
  const em = letter =>
    /[iIjlt.,;:!'|()[\] ]/.test(letter) ? 0.3 :
    /[mwMW@%]|[^\0-\u02ff]/.test(letter) ? 0.9 :
    /\p{Lu}/u.test(letter) ? 0.7 : 0.55;

  /** Return the two radii of the oval that holds a name. */
  function radii(name) {
    const width = [...shown(name)].reduce((sum, letter) => sum + em(letter), 0) * FONT;
    const half = 0.35 * FONT;
    return [Math.max(RADIUS, width / 2 / Math.sqrt(1 - (half / RADIUS) ** 2) + 0.4 * FONT), RADIUS];
  }

  /** Return the centre in pixels of each node of a picture { nodes, places, width, height }. */
  function centres({ nodes, places, width, height }) {
    return new Map(nodes.map(node => {
      const [rx, ry] = radii(node);
      const inside = (part, size, radius) =>
        Math.min(Math.max(part * size, radius + 4), Math.max(size - radius - 4, radius + 4));
      const [x, y] = places.get(node);
      return [node, [inside(x, width, rx), inside(y, height, ry + SMALL / 2)]];
    }));
  }

  /** Return { d, points, passes } of an arrow: line, head, and where it passes; bent where another oval is in its way. */
  function arrow(at, cause, effect) {
    const [a, b] = [at.get(cause), at.get(effect)];
    const bend = swerve(at, cause, effect);
    const length = Math.hypot(b[0] - a[0], b[1] - a[1]) || 1;
    const across = [-(b[1] - a[1]) / length, (b[0] - a[0]) / length];
    const control = [0, 1].map(i => (a[i] + b[i]) / 2 + across[i] * bend);
    const start = edgeOf(a, radii(cause), control);
    const tip = edgeOf(b, radii(effect), control);
    const back = Math.hypot(control[0] - tip[0], control[1] - tip[1]) || 1;
    const base = [0, 1].map(i => tip[i] + HEAD * (control[i] - tip[i]) / back);
    const [dx, dy] = [0, 1].map(i => (tip[i] - base[i]) * HEAD_WIDTH / 2);
    const points = [tip, [base[0] - dy, base[1] + dx], [base[0] + dy, base[1] - dx]];
    const passes = Array.from({ length: 25 }, (_, k) => k / 24).map(t =>
      [0, 1].map(i => (1 - t) ** 2 * start[i] + 2 * t * (1 - t) * control[i] + t ** 2 * tip[i]));
    return { d: `M${pair(start)}Q${pair(control)} ${pair(base)}`, points: points.map(pair).join(" "), passes };
  }

  const pair = point => point.map(part => +part.toFixed(1)).join(",");

  function edgeOf(centre, [rx, ry], towards) {
    const [dx, dy] = [towards[0] - centre[0], towards[1] - centre[1]];
    const scale = 1 / (Math.hypot(dx / rx, dy / ry) || 1);
    return [centre[0] + dx * scale, centre[1] + dy * scale];
  }

  /** Return how far an arrow's control point goes aside, so that the curve passes the ovals on its way. */
  function swerve(at, cause, effect) {
    const [a, b] = [at.get(cause), at.get(effect)];
    const [dx, dy] = [b[0] - a[0], b[1] - a[1]];
    const length = Math.hypot(dx, dy) || 1;
    let bend = 0;
    for (const [node, [x, y]] of at) {
      if (node === cause || node === effect) continue;
      const along = ((x - a[0]) * dx + (y - a[1]) * dy) / length ** 2;
      const side = ((y - a[1]) * dx - (x - a[0]) * dy) / length;
      const [rx, ry] = radii(node);
      const room = Math.hypot(rx * dy, ry * dx) / length + GAP;
      if (along <= 0.05 || along >= 0.95 || Math.abs(side) >= room) continue;
      // A curve is aside by half of its control point in its middle, and by less near its ends.
      const aside = (room - Math.abs(side)) / (2 * along * (1 - along));
      if (aside > Math.abs(bend)) bend = side > 0 ? -aside : aside;
    }
    return Math.max(-length, Math.min(length, bend));
  }

  /** Return the pieces of a picture; `marked` holds a class for an arrow, by its text `JSON.stringify(edge)`. */
  function pieces(picture, marked = new Map()) {
    const at = centres(picture);
    const passes = [];
    const arrows = picture.edges.map(edge => {
      const { d, points, passes: own } = arrow(at, ...edge);
      passes.push(...own);
      const kind = marked.get(JSON.stringify(edge)) ?? null;
      const ink = COLORS[kind] ?? "currentColor";
      return s("g", { class: "arrow" },
        s("path", { d, fill: "none", stroke: ink, "stroke-width": kind ? 3.5 : 1.5, class: kind,
          "stroke-dasharray": kind === "biasing" ? "9 4" : null }),
        s("polygon", { points, fill: ink, class: kind }));
    });
    const ovals = picture.nodes.map(node => oval(picture, node, at, passes));
    return { arrows, ovals, at };
  }

  /** Return where a word about a node stands: below, above or beside it, where the least is in its way. */
  function beside({ width, height }, node, word, at, passes) {
    const [x, y] = at.get(node), [rx, ry] = radii(node);
    const half = [...word].reduce((sum, letter) => sum + em(letter), 0) * SMALL / 2 + 2, middle = y + 0.35 * SMALL;
    const slant = [-1, 1].map(way => x + way * (0.7 * rx + half));
    const sides = [
      [x, y + ry + SMALL + 2], [x, y - ry - 6], [x + rx + 4 + half, middle], [x - rx - 4 - half, middle],
      ...slant.flatMap(across => [[across, y + ry + 4], [across, y - ry + 4]]), [x, y - ry - 20],
    ];
    const ovals = [...at].filter(([other]) => other !== node);
    const crowd = ([across, base]) => {
      const near = (px, py, rx = 0, ry = 0) => Math.abs(px - across) < half + rx && Math.abs(py - base + 4) < 8 + ry;
      const inside = across > half && across < width - half && base > SMALL && base < height - 3;
      return passes.filter(([px, py]) => near(px, py)).length + (inside ? 0 : 1000)
        + 100 * ovals.filter(([other, [px, py]]) => near(px, py, ...radii(other))).length;
    };
    return sides.reduce((best, side) => (crowd(side) < crowd(best) ? side : best));
  }

  function oval(picture, node, at, passes) {
    const { exposure, outcome, unobserved, adjusted } = picture, [x, y] = at.get(node), [rx, ry] = radii(node);
    const role = node === exposure ? "exposure" : node === outcome ? "outcome" : "";
    const word = (text, [x, y], size, kind = null) =>
      s("text", { class: kind, x, y, "text-anchor": "middle", "font-size": size, fill: "currentColor" }, text);
    return s("g", { class: "oval" }, s("title", {}, node.replace(NOT_XML, "\ufffd")),
      s("ellipse", { cx: x, cy: y, rx, ry, stroke: "currentColor", "stroke-width": role ? 3.5 : 1.5,
        "stroke-dasharray": unobserved.includes(node) ? "5 3.5" : null,
        fill: adjusted.includes(node) ? "currentColor" : "none", "fill-opacity": 0.3 }),
      word(shown(node), [x, y + 0.35 * FONT], FONT),
      ...(role ? [word(role, beside(picture, node, role, at, passes), SMALL, "role")] : []));
  }

  /** Return what a picture says, in words. */
  function alt({ nodes, edges, unobserved, exposure, outcome }) {
    if (!nodes.length) return "Causal graph: empty so far.";
    const causes = new Map();
    for (const [cause, effect] of edges) causes.set(cause, [...causes.get(cause) ?? [], effect]);
    const joined = new Set(edges.flat());
    const said = [...causes].map(([cause, effects]) => `${cause} causes ${listed(effects)}`);
    said.push(...nodes.filter(node => !joined.has(node)).map(node => `${node} stands alone`));
    const hidden = unobserved.length ? ` ${listed(unobserved)} ${unobserved.length > 1 ? "are" : "is"} unobserved.` : "";
    const roles = [exposure && `Exposure: ${exposure}.`, outcome && `Outcome: ${outcome}.`].filter(Boolean);
    return `Causal graph: ${said.join("; ")}.${hidden}${roles.map(role => ` ${role}`).join("")}`;
  }

  const listed = names => (names.length > 1 ? `${names.slice(0, -1).join(", ")} and ${names.at(-1)}` : names.join(""));

  /** Return the <svg> of a picture that only shows. */
  function still(picture, marked) {
    const { width, height } = picture;
    const { arrows, ovals } = pieces(picture, marked);
    return s("svg", { class: "rethinking-figure", role: "img", width, height,
      "aria-label": alt(picture).replace(NOT_XML, "\ufffd"), viewBox: `0 0 ${width} ${height}`, "font-family": "Helvetica, Arial, sans-serif",
      style: "max-width:100%;height:auto" }, ...arrows, ...ovals);
  }

  /** Return a picture as the text of an SVG file, which has an ink of its own. */
  function file(picture, marked) {
    const svg = still(picture, marked);
    svg.style.color = FILE_INK;
    return new XMLSerializer().serializeToString(svg);
  }

  return { alt, centres, file, listed, pieces, radii, s, still };
})();
