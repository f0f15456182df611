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

  /** Return { line, head, points } of an arrow between two of the centres, bent where another oval is in its way. */
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
    return { d: `M${pair(start)}Q${pair(control)} ${pair(base)}`, points: points.map(pair).join(" ") };
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
    const arrows = picture.edges.map(edge => {
      const { d, points } = arrow(at, ...edge);
      const kind = marked.get(JSON.stringify(edge)) ?? null;
      const ink = COLORS[kind] ?? "currentColor";
      return s("g", { class: "arrow" },
        s("path", { d, fill: "none", stroke: ink, "stroke-width": kind ? 3.5 : 1.5, class: kind,
          "stroke-dasharray": kind === "biasing" ? "9 4" : null }),
        s("polygon", { points, fill: ink, class: kind }));
    });
    const ovals = picture.nodes.map(node => oval(picture, node, at.get(node)));
    return { arrows, ovals, at };
  }

  function oval({ exposure, outcome, unobserved, adjusted }, node, [x, y]) {
    const [rx, ry] = radii(node);
    const role = node === exposure ? "exposure" : node === outcome ? "outcome" : "";
    const words = (text, size, dy, kind = null) =>
      s("text", { class: kind, x, y: y + dy, "text-anchor": "middle", "font-size": size, fill: "currentColor" }, text);
    return s("g", { class: "oval" }, s("title", {}, node.replace(NOT_XML, "\ufffd")),
      s("ellipse", { cx: x, cy: y, rx, ry, stroke: "currentColor", "stroke-width": role ? 3.5 : 1.5,
        "stroke-dasharray": unobserved.includes(node) ? "5 3.5" : null,
        fill: adjusted.includes(node) ? "currentColor" : "none", "fill-opacity": 0.3 }),
      words(shown(node), FONT, 0.35 * FONT), ...(role ? [words(role, SMALL, ry + SMALL + 2, "role")] : []));
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
