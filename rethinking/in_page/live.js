// A model that is sampled in the page: sliders and data that a reader changes, and pictures of the draws.

import { h, slider, status, still } from "./shell.js";
import { team } from "./team.js";

// The script begins with `workshop`, which makes the sampler; the page gives the functions that were lowered.

const BLUE = "#2b87c8", ORANGE = "#d55e00", LEFT = 66, RIGHT = 12, TOP = 12, BOTTOM = 50;
const CHAINS = [0, 1, 2, 3], COLORS = [BLUE, ORANGE, "#009e73", "#8a5ca8"];

const quantileOf = (sorted, prob) => {
  const at = prob * (sorted.length - 1), below = Math.floor(at);
  return sorted[below] + (at - below) * ((sorted[below + 1] ?? sorted[below]) - sorted[below]);
};
const mean = values => values.reduce((a, b) => a + b, 0) / values.length;
const digits = value => Number(value.toPrecision(3)).toString();
const tenth = value => Math.round(value * 10) / 10;

/** The scales of a panel's axes, in pixels; what lies beyond them is drawn at the edge. */
function scales({ width, height, xlim, ylim }) {
  const scaled = ([low, high], from, to) => value => tenth(from + Math.min(Math.max((value - low) / (high - low), 0), 1) * (to - from));
  return { x: scaled(xlim, LEFT, width - RIGHT), y: scaled(ylim, height - BOTTOM, TOP) };
}

const DRAW = {
  histogram(panel, { x, y }, draws) {
    const [low, high] = panel.xlim, n = 40, counts = new Array(n).fill(0), values = draws.all(panel.at);
    for (const value of values) if (value >= low && value < high) counts[Math.floor((value - low) / (high - low) * n)]++;
    const width = x(low + (high - low) / n) - x(low), top = Math.max(...counts);
    return counts.map((count, i) => {
      const at = y(panel.ylim[1] * 0.95 * count / top), x0 = x(low + i * (high - low) / n);
      return `<rect x="${x0}" y="${at}" width="${tenth(width)}" height="${tenth(y(0) - at)}" fill="${BLUE}" fill-opacity="0.6"/>`;
    }).join("");
  },
  trace(panel, { x, y }, draws) {
    return CHAINS.map(c => {
      const values = draws.chain(c, panel.at), step = Math.max(1, Math.ceil(values.length / 300));
      const points = [];
      for (let i = 0; i < values.length; i += step) points.push(`${x(i)},${y(values[i])}`);
      return `<polyline points="${points.join(" ")}" fill="none" stroke="${COLORS[c]}" stroke-opacity="0.7"/>`;
    }).join("");
  },
  intervals(panel, { x, y }, draws, data, chosen) {
    const places = panel.x ? [...data[panel.x].values] : Array.from({ length: draws.length(panel.at) }, (_, i) => i + 1);
    const order = places.map((_, i) => i).sort((a, b) => places[a] - places[b]);
    const rows = order.map(i => {
      const sorted = draws.all(panel.at + i).sort();
      return [places[i], quantileOf(sorted, panel.tails[0]), quantileOf(sorted, panel.tails[1]), mean(sorted)];
    });
    const path = list => list.map(([a, b]) => `${x(a)},${y(b)}`).join(" ");
    const band = panel.x
      ? `<polygon points="${path([...rows.map(r => [r[0], r[1]]), ...rows.map(r => [r[0], r[2]]).reverse()])}" fill="${BLUE}" fill-opacity="0.3"/>
         <polyline points="${path(rows.map(r => [r[0], r[3]]))}" fill="none" stroke="${BLUE}" stroke-width="2"/>`
      : rows.map(([at, low, high, middle]) => {
        const is = at === chosen, color = is ? ORANGE : BLUE;
        return `<line x1="${x(at)}" x2="${x(at)}" y1="${y(low)}" y2="${y(high)}" stroke="${color}" stroke-width="${is ? 6 : 4}"
          stroke-opacity="${is ? 0.9 : 0.45}"/><circle cx="${x(at)}" cy="${y(middle)}" r="4" fill="none" stroke="${color}" stroke-width="2"/>`;
      }).join("");
    const seen = panel.points === null ? [] : panel.pointsAt === null ? [...data[panel.points].values]
      : places.map((_, i) => draws.last(panel.pointsAt + i));
    const dots = seen.map((value, i) => Number.isNaN(value) ? "" : `<circle data-row="${i}" cx="${x(places[i])}" cy="${y(value)}" r="${panel.drag ? 5 : 3}"
      fill="currentColor"${panel.drag ? ' style="cursor:grab;touch-action:none;pointer-events:all"' : ""}/>`).join("");
    return band + dots;
  },
  scatter(panel, { x, y }, draws) {
    const a = draws.all(panel.xAt), b = draws.all(panel.at), step = Math.max(1, Math.ceil(a.length / 1000));
    const inside = (value, [low, high]) => value >= low && value <= high;
    const shown = i => inside(a[i], panel.xlim) && inside(b[i], panel.ylim);
    let marks = "";
    for (let i = 0; i < a.length; i += step) if (shown(i)) marks += `<circle cx="${x(a[i])}" cy="${y(b[i])}" r="2" fill="${BLUE}" fill-opacity="0.5"/>`;
    for (const i of draws.divergent().filter(shown)) marks += `<path d="M${x(a[i])},${y(b[i])}m-4,-4l8,8m0,-8l-8,8" stroke="${ORANGE}" stroke-width="2"/>`;
    return marks;
  },
};

/** The draws of a run so far. Until every chain has some after its warm-up, those of the warm-up stand for them. */
function store(tune) {
  const rows = CHAINS.map(() => []), divergences = CHAINS.map(() => []);
  let shapes = [];
  const warm = () => rows.every(chain => chain.length > tune + 10);
  const from = c => (warm() ? tune : Math.floor(rows[c].length / 2));
  const chain = (c, at) => Float64Array.from({ length: Math.max(0, rows[c].length - from(c)) }, (_, i) => rows[c][from(c) + i][at]);
  return {
    add(part) {
      rows[part.chain].push(...part.rows);
      divergences[part.chain].push(...part.divergent);
      shapes = part.shapes;
    },
    chain,
    warm,
    done: total => rows.every(chain => chain.length === total),
    any: () => rows.every(chain => chain.length > 4),
    all: at => Float64Array.from(CHAINS.flatMap(c => [...chain(c, at)])),
    last: at => rows.find(chain => chain.length).at(-1)[at],
    /** How many entries the quantity has that starts at a place. */
    length(at) {
      let start = 0;
      for (const shape of shapes) {
        const size = shape.reduce((a, b) => a * b, 1);
        if (start === at) return size;
        start += size;
      }
      return 0;
    },
    starts: () => shapes.reduce((found, shape) => [...found, found.at(-1) + shape.reduce((a, b) => a * b, 1)], [0]),
    divergent() {
      let before = 0;
      return CHAINS.flatMap(c => {
        const own = divergences[c].filter(i => i >= from(c)).map(i => before + i - from(c));
        before += rows[c].length - from(c);
        return own;
      });
    },
  };
}

export default {
  render({ model: page, el }) {
    const settings = JSON.parse(JSON.stringify(page.get("settings"))), { tune, draws: kept } = settings;
    const svg = still(page, el), groups = [...svg.querySelectorAll("[data-panel]")], words = status(), numbers = h("p", { class: "numbers" });
    const { data } = settings, { mixing } = workshop();
    let draws = store(tune), began = 0, timer = 0, seed = settings.seed, drawn = 0, finished = false, row = 1;
    const run = team(page.get("model"), part => {
      if (part.error) {
        numbers.textContent = "";
        return said("There is no posterior: with what was changed last, the model gives the data no density.");
      }
      draws.add(part);
      finished = draws.done(tune + kept);
      if (finished || performance.now() - drawn > 120) picture();
      if (finished) judge(draws, performance.now() - began);
    });
    const said = text => {
      words.textContent = text;
    };

    function start() {
      began = performance.now();
      draws = store(tune);
      finished = false;
      numbers.textContent = "Sampling …";
      run({ data, starts: settings.starts, chains: CHAINS, tune, draws: kept, seed });
    }
    const soon = () => {
      finished = false;
      clearTimeout(timer);
      timer = setTimeout(start, 60);
    };

    function picture() {
      if (!draws.any()) return;
      drawn = performance.now();
      const starts = draws.starts();
      settings.panels.forEach((panel, i) => {
        const at = part => (part === null || part === undefined ? null : starts[part]);
        const placed = { ...panel, at: at(panel.quantity), xAt: at(panel.xQuantity), pointsAt: at(panel.pointsQuantity) };
        const marks = groups[i].querySelector("[data-marks]");
        marks.setAttribute("opacity", draws.warm() ? 1 : 0.4);
        marks.innerHTML = DRAW[panel.kind](placed, scales(panel), draws, data, row);
      });
      el.dataset.pictures = Number(el.dataset.pictures ?? 0) + 1;
      el.dataset.first ??= Math.round(drawn - began);
    }

    /** R-hat and ESS of every parameter, a few at a time. */
    async function judge(judged, took) {
      const total = judged.starts()[settings.parameters];
      let rhat = 0, ess = Infinity;
      for (let at = 0, rest = performance.now() + 12; at < total; at++) {
        const found = mixing(CHAINS.map(c => judged.chain(c, at)));
        rhat = Math.max(rhat, found.rhat);
        ess = Math.min(ess, found.bulk, found.tail);
        if (performance.now() > rest) {
          await new Promise(done => setTimeout(done));
          if (judged !== draws) return;
          rest = performance.now() + 12;
        }
      }
      const bad = judged.divergent().length;
      const fine = rhat < 1.01 && ess > 400 && !bad;
      numbers.textContent = `4 chains of ${kept.toLocaleString("en")} draws in ${(took / 1000).toFixed(1)} s: largest R-hat ${rhat.toFixed(3)}, `
        + `smallest ESS ${Math.round(ess).toLocaleString("en")}, ${bad} ${bad === 1 ? "divergence" : "divergences"}. `
        + (fine ? "The chains agree." : "Do not trust these draws.");
      numbers.classList.toggle("biasing", !fine);
      said(sentence(judged));
      svg.setAttribute("aria-label", `A model that was sampled in the page. ${words.textContent} ${numbers.textContent}`);
      el.dataset.done = Number(el.dataset.done ?? 0) + 1;
      el.dataset.took = Math.round(took);
    }

    function sentence(judged) {
      const starts = judged.starts();
      const told = (label, at, tails) => {
        const sorted = judged.all(at).sort(), [low, high] = tails.map(tail => quantileOf(sorted, tail));
        return `${label}: mean ${digits(mean(sorted))}, ${settings.percent} % interval ${digits(low)} to ${digits(high)}.`;
      };
      const rows = settings.panels.filter(panel => panel.kind === "intervals" && panel.x === null && settings.edit);
      return [
        ...rows.filter(panel => row <= judged.length(starts[panel.quantity]))
          .map(panel => told(`${rowName(settings.edit, row)}, ${panel.name}`, starts[panel.quantity] + row - 1, panel.tails)),
        ...settings.panels.filter(panel => panel.label).map(panel => told(panel.label, starts[panel.quantity], panel.tails)),
      ].join(" ");
    }
    /** Mark the row that the reader has chosen. */
    function mark(chosen) {
      row = chosen;
      if (!finished) return;
      picture();
      said(sentence(draws));
    }

    const sliders = settings.sliders.map(([name, positions, at]) =>
      slider(name, positions.map(value => digits(value)), at, position => {
        data[name].values[0] = positions[position];
        soon();
      }));
    el.prepend(h("div", { class: "bar" }, ...sliders));
    const again = h("button", { type: "button", onclick: () => (seed++, soon()) }, "Sample again");
    el.querySelector(".bar").append(again);
    if (settings.edit) el.append(editor(settings, data, said, mark, soon));
    el.append(numbers, words, h("p", {}, settings.caption));
    settings.panels.forEach((panel, i) => panel.drag && drag(svg, groups[i], panel, data, soon));
    new IntersectionObserver((entries, observer) => {
      if (!entries.some(entry => entry.isIntersecting)) return;
      observer.disconnect();
      start();
    }).observe(el);
  },
};

/** What a row is called. */
const rowName = ({ dim, labels }, row) => (labels ? labels[row - 1] : `${dim} ${row}`);

/** Fields for the data of one row, and buttons that add or remove one. */
function editor({ edit, most }, data, said, chosen, changed) {
  const { dim, fields, labels, sharing, fixed } = edit, count = () => data[fields[0].name].values.length;
  const name = h("span"), row = h("input", { type: "number", min: 1, max: count(), value: 1, onchange: () => choose(row.value) });
  const inputs = fields.map(({ name, low, high, whole }) => {
    const input = h("input", { type: "number", step: whole ? 1 : "any" });
    input.addEventListener("change", () => {
      const value = Number(input.value), least = low[row.value - 1], greatest = high[row.value - 1];
      if (input.value === "" || !(value >= least && value <= greatest) || (whole && value !== Math.round(value))) {
        choose(row.value);
        return said(`${name} must be a ${whole ? "whole " : ""}number from ${least} to ${greatest}.`);
      }
      said("");
      data[name].values[row.value - 1] = value;
      changed();
    });
    return input;
  });
  const choose = at => {
    row.max = count();
    row.value = Math.min(Math.max(1, Math.round(Number(at)) || 1), count());
    const i = row.value - 1;
    name.textContent = labels ? labels[i] : "";
    fields.forEach(({ name, low, high }, k) =>
      Object.assign(inputs[k], { min: low[i], max: high[i], value: Number(data[name].values[i].toPrecision(6)) }));
    chosen(i + 1);
  };
  const resize = by => {
    if (by > 0 ? count() >= most : count() <= 2) return said(by > 0 ? `There is no room for more than ${most} rows.` : "Two rows must stay.");
    const at = row.value - 1;
    for (const { low, high } of fields) for (const list of [low, high]) by > 0 ? list.push(list[at]) : list.splice(at, 1);
    by > 0 ? labels?.push("new") : labels?.splice(at, 1);
    for (const name of sharing) {
      const { values, shape } = data[name], width = values.length / shape[0], from = at * width;
      if (by > 0) values.push(...values.slice(from, from + width));
      else values.splice(from, width);
      shape[0] += by;
    }
    said("");
    changed();
    choose(by > 0 ? count() : row.value);
  };
  choose(1);
  const named = fields.map(({ name }, i) => h("label", {}, name, inputs[i]));
  const buttons = fixed ? [] : [
    h("button", { type: "button", onclick: () => resize(1) }, `Add a ${dim}`),
    h("button", { type: "button", onclick: () => resize(-1) }, `Remove this ${dim}`),
  ];
  return h("div", { class: "bar" }, h("label", {}, dim, row, ...(labels ? [name] : [])), ...named, ...buttons);
}

/** Let points be dragged; the arrow keys do it by the fields. */
function drag(svg, group, panel, data, changed) {
  let held = null;
  const back = ([low, high], pixel, from, to) => low + Math.min(Math.max((pixel - from) / (to - from), 0), 1) * (high - low);
  svg.addEventListener("pointerdown", event => {
    const dot = event.target.closest("[data-row]");
    if (!dot || !group.contains(dot)) return;
    held = Number(dot.dataset.row);
    svg.setPointerCapture(event.pointerId);
    event.preventDefault();
  });
  svg.addEventListener("pointermove", event => {
    if (held === null) return;
    const box = svg.getBoundingClientRect(), scale = svg.viewBox.baseVal.width / box.width;
    const px = (event.clientX - box.left) * scale - panel.left, py = (event.clientY - box.top) * scale - panel.top;
    if (panel.drag.includes("x")) data[panel.x].values[held] = back(panel.xlim, px, LEFT, panel.width - RIGHT);
    if (panel.drag.includes("y")) data[panel.points].values[held] = back(panel.ylim, py, panel.height - BOTTOM, TOP);
    const dot = group.querySelector(`[data-row="${held}"]`), { x, y } = scales(panel);
    dot?.setAttribute("cx", x(data[panel.x].values[held]));
    dot?.setAttribute("cy", y(data[panel.points].values[held]));
    changed();
  });
  for (const name of ["pointerup", "pointercancel"]) svg.addEventListener(name, () => (held = null));
}
