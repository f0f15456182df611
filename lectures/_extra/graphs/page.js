// Elements that the pages about graphs are made of. Children are nodes or text, which is never read as HTML.
const GraphPage = (() => {
  "use strict";

  /** Return a new HTML element with attributes, listeners (`onclick`, ...) and children. */
  function h(tag, attributes = {}, ...children) {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes))
      if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
      else element.setAttribute(name, value);
    element.append(...children);
    return element;
  }

  const button = (words, onclick, attributes = {}) => h("button", { type: "button", onclick, ...attributes }, words);
  const bar = (...children) => h("div", { class: "bar" }, ...children);

  /** Return the choice of one of several [value, words]; `act` gets the value. */
  function choice(name, options, value, act) {
    const select = h("select", { "aria-label": name, onchange: () => act(options[select.selectedIndex][0]) },
      ...options.map(([each, words]) => h("option", each === value ? { selected: "" } : {}, words)));
    return h("label", {}, name, select);
  }

  const pretty = text => text.replaceAll("->", "\u2192").replaceAll("<-", "\u2190");

  /** Return an item of a list of paths, which shows its path while the mouse or the focus is on it. */
  function pathItem(path, { pinned, pin, look }) {
    const kind = path.kind === "causal" ? "causal" : "biasing";
    const word = kind === "causal" ? "causal" : `biasing (${path.kind})`;
    return h("li", {}, h("button", {
      type: "button", class: kind, "aria-pressed": pinned, onclick: pin,
      onmouseenter: () => look([path]), onmouseleave: () => look(null),
      onfocus: () => look([path]), onblur: () => look(null),
    }, h("b", {}, path.open ? "open" : "blocked"), ` ${word}: ${pretty(path.text)} \u2014 ${path.reason}`));
  }

  /** Return the class of each arrow that some paths have, by its text; a biasing path wins. */
  function marks(paths) {
    const found = new Map();
    for (const wanted of ["causal", "biasing"])
      for (const path of paths)
        if ((path.kind === "causal" ? "causal" : "biasing") === wanted)
          for (const edge of path.edges) found.set(JSON.stringify(edge), wanted);
    return found;
  }

  /** Put new elements into a box, and the focus back to the one in the same position. */
  function refill(box, children) {
    const all = () => [...box.querySelectorAll("button, select, input, a, pre")];
    const at = all().indexOf(document.activeElement);
    const tag = document.activeElement?.tagName;
    box.replaceChildren(...children);
    const next = at < 0 ? null : all()[at];
    if (next?.tagName === tag) next.focus();
  }

  /** Copy a text; where the browser has no clipboard for pages, by way of a selection. */
  async function copy(text, from) {
    try {
      await navigator.clipboard.writeText(text);
      return true;
    } catch {
      getSelection().selectAllChildren(from);
      return document.execCommand("copy");
    }
  }

  return { bar, button, choice, copy, h, marks, pathItem, pretty, refill };
})();
