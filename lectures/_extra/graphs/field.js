// The field on which a graph is drawn, with mouse, finger or keyboard. It knows what was done, not what follows:
// `act` has add(place), press(node), pressArrow(edge), move(node, place), connect(cause, effect), remove(), leave().
const GraphField = (() => {
  "use strict";

  const { s } = GraphDrawing;
  const SLACK = 6, FIRST_MOVE = 5, STEP = 0.04;
  const KEYS = { ArrowLeft: [-STEP, 0], ArrowRight: [STEP, 0], ArrowUp: [0, -STEP], ArrowDown: [0, STEP] };

  const between = part => Math.min(Math.max(part, 0.02), 0.98);

  /** Return { svg, show }: `show` gets the graph and { chosen, marked }, what is selected and the arrows to colour. */
  function create(act) {
    const svg = s("svg", { class: "field", role: "group", "font-family": "Helvetica, Arial, sans-serif" });
    let graph = null, looks = {}, press = null;

    const size = () => ({ width: svg.clientWidth || 640, height: svg.clientHeight || 400 });
    const place = ([x, y]) => [x / size().width, y / size().height].map(part => Math.min(Math.max(part, 0), 1));
    const point = event => {
      const box = svg.getBoundingClientRect();
      return [event.clientX - box.left, event.clientY - box.top];
    };
    const under = ([x, y], except) => [...GraphDrawing.centres({ ...graph, ...size() })].reverse().find(([node, at]) => {
      const [rx, ry] = GraphDrawing.radii(node);
      return node !== except && Math.hypot((x - at[0]) / (rx + SLACK), (y - at[1]) / (ry + SLACK)) <= 1;
    })?.[0];

    /** Return the graph as it would be if the pointer were lifted now. */
    function draft() {
      if (!press?.moved || press.node === undefined) return graph;
      if (press.over === undefined)
        return { ...graph, places: new Map([...graph.places, [press.node, place(press.at)]]) };
      return { ...graph, edges: [...graph.edges, [press.node, press.over]] };
    }

    function draw() {
      if (!graph) return;
      const focused = document.activeElement?.closest?.("svg") === svg ? document.activeElement.dataset.key : null;
      const picture = { ...draft(), ...size() };
      const marked = new Map(looks.marked);
      if (press?.moved && press.over !== undefined) marked.set(JSON.stringify([press.node, press.over]), "causal");
      const { arrows, ovals, at } = GraphDrawing.pieces(picture, marked);
      arrows.forEach((piece, i) => arrow(piece, picture.edges[i]));
      ovals.forEach((piece, i) => oval(piece, picture.nodes[i], at.get(picture.nodes[i])));
      svg.setAttribute("aria-label", GraphDrawing.alt(graph));
      svg.replaceChildren(...arrows, ...ovals);
      if (focused) [...svg.children].find(piece => piece.dataset.key === focused)?.focus();
    }

    function button(piece, key, label) {
      piece.dataset.key = JSON.stringify(key);
      const pressed = piece.dataset.key === JSON.stringify(looks.chosen ?? null);
      piece.classList.toggle("chosen", pressed);
      const named = { role: "button", tabindex: 0, "aria-label": label, "aria-pressed": pressed };
      for (const [name, value] of Object.entries(named)) piece.setAttribute(name, value);
      return pressed;
    }

    function arrow(piece, edge) {
      button(piece, edge, `arrow from ${edge[0]} to ${edge[1]}`);
      const d = piece.querySelector("path").getAttribute("d");
      piece.prepend(s("path", { d, class: "hit", fill: "none", stroke: "transparent", "stroke-width": 20 }));
    }

    function oval(piece, node, [x, y]) {
      const roles = [node === graph.exposure && "exposure", node === graph.outcome && "outcome",
        graph.unobserved.includes(node) && "unobserved", graph.adjusted.includes(node) && "adjusted for"].filter(Boolean);
      const [rx, ry] = GraphDrawing.radii(node);
      if (button(piece, node, [`variable ${node}`, ...roles].join(", ")))
        piece.prepend(s("ellipse", { cx: x, cy: y, rx: rx + 5, ry: ry + 5, class: "ring" }));
    }

    svg.addEventListener("pointerdown", event => {
      if (event.button !== 0 || !event.isPrimary) return;
      const at = point(event);
      const node = under(at);
      const edge = node === undefined ? event.target.closest("[data-key]")?.dataset.key : undefined;
      press = { node, edge, at, start: at, moved: false, over: undefined };
      if (node !== undefined) svg.setPointerCapture(event.pointerId);
    });
    // A finger on a variable drags it, and one elsewhere scrolls the page.
    svg.addEventListener("touchstart", event => {
      const box = svg.getBoundingClientRect();
      const [{ clientX, clientY }] = event.touches;
      if (under([clientX - box.left, clientY - box.top]) !== undefined) event.preventDefault();
    }, { passive: false });
    svg.addEventListener("pointermove", event => {
      if (!press || !event.isPrimary) return;
      press.at = point(event);
      press.moved ||= Math.hypot(press.at[0] - press.start[0], press.at[1] - press.start[1]) > FIRST_MOVE;
      if (!press.moved || press.node === undefined) return;
      press.over = under(press.at, press.node);
      draw();
    });
    svg.addEventListener("pointerup", event => {
      if (!press || !event.isPrimary) return;
      const { node, edge, at, moved, over } = press;
      press = null;
      if (node !== undefined && !moved) act.press(node);
      else if (node !== undefined && over !== undefined) act.connect(node, over);
      else if (node !== undefined) act.move(node, place(at));
      else if (!moved && edge) act.pressArrow(JSON.parse(edge));
      else if (!moved) act.add(place(at));
      draw();
    });
    svg.addEventListener("pointercancel", () => {
      press = null;
      draw();
    });

    const go = key => (typeof key === "string" ? act.press(key) : act.pressArrow(key));
    // A screen reader's click has no pointer before it.
    svg.addEventListener("click", event => {
      const key = event.target.closest("[data-key]")?.dataset.key;
      if (key && event.detail === 0) go(JSON.parse(key));
    });
    svg.addEventListener("keydown", event => {
      const pressed = event.target.closest("[data-key]")?.dataset.key;
      const key = pressed && JSON.parse(pressed);
      const moves = typeof key === "string" && KEYS[event.key];
      if (event.key === "Escape") act.leave();
      else if (!key || event.ctrlKey || event.metaKey || event.altKey) return;
      else if (event.key === "Enter" || event.key === " ") go(key);
      else if (event.key === "Delete" || event.key === "Backspace") act.remove(key);
      else if (moves) act.move(key, graph.places.get(key).map((part, i) => between(part + moves[i])));
      else return;
      event.preventDefault();
    });
    new ResizeObserver(draw).observe(svg);

    return {
      svg,
      show(next, how = {}) {
        [graph, looks] = [next, how];
        draw();
      },
    };
  }

  return { create };
})();
