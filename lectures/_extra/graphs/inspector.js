// The controls for what is selected in the field: a variable, an arrow, or nothing.
const GraphInspector = (() => {
  "use strict";

  const { bar, button, h } = GraphPage;
  const HINT = "Click the field to add a variable. Drag a variable to move it; drop it on another one to draw an arrow to " +
    "that one. Click a variable or an arrow to change it.";

  /** Return the controls; `act` says what they do. */
  function controls(graph, chosen, armed, act) {
    if (chosen === null) return [h("p", {}, HINT)];
    return [Array.isArray(chosen) ? arrow(chosen, act) : variable(graph, chosen, armed, act)];
  }

  const arrow = (edge, act) => bar(h("b", {}, edge.join(" \u2192 ")), button("Turn round", () => act.turn(edge)),
    button("Remove", () => act.remove(edge)));

  function variable(graph, name, armed, act) {
    const pressed = is => ({ "aria-pressed": is });
    const role = key => button(key, () => act.mark(key, graph[key] === name ? null : name), pressed(graph[key] === name));
    const list = (words, key) => button(words, () => act.toggle(key, name), pressed(graph[key].includes(name)));
    const adjustable = ![graph.exposure, graph.outcome, ...graph.unobserved].includes(name);
    const input = h("input", { "aria-label": "Name", value: name, maxlength: GraphText.MOST.letters, autocomplete: "off",
      onchange: event => act.rename(name, event.target.value) });
    return bar(h("label", {}, "Name", input), role("exposure"), role("outcome"), list("unobserved", "unobserved"),
      ...(adjustable ? [list("adjusted for", "adjusted")] : []),
      button("Arrow from here", act.arm, pressed(armed === name)), button("Remove", () => act.remove(name)));
  }

  return { controls };
})();
