// Frames: sliders choose one of many computed pictures, and the marks of the still move there.

import { choice, h, slider, status, still } from "./shell.js";

export default {
  render({ model, el }) {
    const svg = still(model, el);
    const sliders = model.get("sliders");
    const steps = sliders.map((_, i) => sliders.slice(i + 1).reduce((product, [, values]) => product * values.length, 1));
    const at = sliders.map(([, values], i) => Math.floor(model.get("start") / steps[i]) % values.length);
    const marks = model.get("moves").map(([name]) => svg.querySelectorAll(`[data-mark="${name}"]`));
    const words = status();

    function show() {
      const frame = at.reduce((sum, position, i) => sum + position * steps[i], 0);
      model.get("moves").forEach(([, attribute], i) =>
        marks[i].forEach((mark, j) => mark.setAttribute(attribute, model.get("frames")[frame][i][j])));
      words.textContent = model.get("words")[frame];
      svg.setAttribute("aria-label", words.textContent);
    }

    const move = i => position => {
      at[i] = position;
      show();
    };
    const controls = sliders.map(([name, values, named], i) =>
      named
        ? choice(name, values, values[at[i]], word => move(i)(values.indexOf(word)))
        : slider(name, values, at[i], move(i)));
    el.prepend(h("div", { class: "bar" }, ...controls));
    el.append(words, h("p", {}, model.get("caption")));
    show();
  },
};
