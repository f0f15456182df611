// The causal graph explorer: condition, intervene, and see which paths are open and why.

import { choice, h, status, still } from "../../../pictures/shell.js";
import { dSeparated, estimand, intervene, paths } from "./graph.js";

const MOST = 200; // paths that are listed
const names = nodes => (nodes.length ? `{${nodes.join(", ")}}` : "nothing");

export default {
  render({ model, el }) {
    const svg = still(model, el);
    const { nodes, edges, unobserved } = model.get("graph");
    const observed = nodes.filter(node => !unobserved.includes(node));
    const start = () => ({ x: model.get("exposure"), y: model.get("outcome"), given: new Set(model.get("given")) });
    let state = { ...start(), cut: false, sets: 0, shown: null };

    const change = news => {
      state = { ...state, shown: null, ...news };
      state.given.delete(state.x);
      state.given.delete(state.y);
      show();
    };
    const toggle = node => {
      const given = new Set(state.given);
      if (!given.delete(node)) given.add(node);
      change({ given });
    };
    const nextSet = () => {
      const sets = state.cut ? [[]] : model.get("sets")[state.x]?.[state.y] ?? [];
      if (!sets.length) {
        verdict.textContent = `There is no set of observed variables that leaves the effect of ${state.x} on ${state.y}.`;
        return;
      }
      const at = state.sets % sets.length;
      change({ given: new Set(sets[at]), sets: at + 1 });
      verdict.textContent += ` (Set ${at + 1} of ${sets.length}.)`;
    };
    const end = (name, key, other) =>
      choice(name, observed, state[key], word =>
        change({ [key]: word, sets: 0, cut: false, ...(word === state[other] ? { [other]: state[key] } : {}) }));

    const ends = h("span", { class: "bar" });
    const doing = h("button", { type: "button", onclick: () => change({ cut: !state.cut, sets: 0 }) });
    const verdict = status();
    const list = h("ol");
    el.prepend(h("div", { class: "bar" }, ends,
      h("button", { type: "button", onclick: nextSet }, "Show an adjustment set"), doing,
      h("button", { type: "button", onclick: () => change({ ...start(), cut: false, sets: 0 }) }, "Start again")));
    el.append(h("p", {}, "Click a variable, or Tab to it and press Enter, to condition on it. ",
      "Blue, solid: causal. Orange, dashed: biasing."), verdict, list);

    svg.setAttribute("role", "group");
    for (const oval of svg.querySelectorAll("[data-node]")) {
      const node = oval.dataset.node;
      oval.addEventListener("click", () => oval.hasAttribute("role") && toggle(node));
      oval.addEventListener("keydown", event => {
        if (!oval.hasAttribute("role") || ![" ", "Enter"].includes(event.key)) return;
        event.preventDefault();
        toggle(node);
      });
    }

    function drawNodes() {
      for (const oval of svg.querySelectorAll("[data-node]")) {
        const node = oval.dataset.node;
        const isEnd = node === state.x || node === state.y;
        const marks = { role: "button", tabindex: 0, "aria-pressed": state.given.has(node), "aria-label": `condition on ${node}` };
        for (const [name, value] of Object.entries(marks))
          if (isEnd || unobserved.includes(node)) oval.removeAttribute(name);
          else oval.setAttribute(name, value);
        oval.classList.toggle("ends", isEnd);
        oval.setAttribute("fill", state.given.has(node) ? "currentColor" : "none");
        oval.setAttribute("fill-opacity", "0.3");
      }
    }

    function drawEdges(shown) {
      const on = (path, edge) => path.edges.some(other => other.join("\n") === edge.join("\n"));
      for (const piece of svg.querySelectorAll("[data-cause]")) {
        const edge = [piece.dataset.cause, piece.dataset.effect];
        const kinds = shown.filter(path => on(path, edge)).map(path => (path.kind === "causal" ? "causal" : "biasing"));
        const kind = kinds.includes("biasing") ? "biasing" : kinds[0] ?? "";
        piece.setAttribute("class", state.cut && edge[1] === state.x ? "cut" : kind);
        piece.setAttribute(piece.tagName === "path" ? "stroke" : "fill", "currentColor");
        if (piece.tagName === "path") piece.setAttribute("stroke-width", "1.5");
      }
    }

    function item(path, open) {
      const kind = path.kind === "causal" ? "causal" : "biasing";
      const focus = here => drawEdges(here || state.shown === path.text ? [path] : open);
      const press = () => {
        state.shown = state.shown === path.text ? null : path.text;
        for (const button of list.querySelectorAll("button"))
          button.setAttribute("aria-pressed", button.dataset.path === state.shown);
        focus(state.shown !== null);
      };
      const text = path.text.replaceAll("->", "\u2192").replaceAll("<-", "\u2190");
      const word = kind === "causal" ? "causal" : `biasing (${path.kind})`;
      return h("li", {}, h("button", {
        type: "button", class: kind, "data-path": path.text, "aria-pressed": false, onclick: press,
        onmouseenter: () => focus(true), onmouseleave: () => focus(false),
        onfocus: () => focus(true), onblur: () => focus(false),
      }, h("b", {}, path.open ? "open" : "blocked"), ` ${word}: ${text} \u2014 ${path.reason}`));
    }

    function show() {
      const { x, y, given, cut } = state;
      const full = { nodes, edges };
      const graph = cut ? intervene(full, x) : full;
      const found = paths(graph, x, y, given, MOST);
      const open = found.filter(path => path.open);
      const { forbidden, backdoor } = estimand(graph, x, y);
      const wrong = [...given].filter(node => forbidden.has(node));
      const clean = dSeparated(backdoor, x, y, given);
      ends.replaceChildren(end("Exposure", "x", "y"), end("Outcome", "y", "x"));
      doing.textContent = `do(${x})`;
      doing.setAttribute("aria-pressed", cut);
      drawNodes();
      drawEdges(open);
      list.replaceChildren(...found.map(path => item(path, open)));
      const given_ = `Conditioning on ${names([...given])}`;
      const sentence = wrong.length
        ? `${given_} is wrong for the effect of ${x} on ${y}: ${wrong.join(" and ")} ${wrong.length > 1 ? "come" : "comes"} after ${x}, on a causal path or below one.`
        : clean && !forbidden.size
          ? `${given_} leaves ${x} and ${y} independent, as they should be: ${x} has no effect on ${y}.`
        : clean
          ? `${given_} leaves the effect of ${x} on ${y}, and nothing else.`
          : `${given_} leaves a biasing path open, so the association is not the effect of ${x} on ${y}.`;
      const many = found.length === MOST ? ` Only the first ${MOST} paths are listed.` : "";
      const none = found.length ? "" : ` There is no path from ${x} to ${y}.`;
      verdict.textContent = sentence + none + many;
    }
    show();
  },
};
