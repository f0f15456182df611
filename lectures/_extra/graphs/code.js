// A drawn graph as text to take along: for CausalGraph, for dagitty, as a simulation, as the beginning of a model.
// Names stand in Python only as string literals, or as identifiers where they are plain ones.
const GraphCode = (() => {
  "use strict";

  const KEYWORDS = ("False None True and as assert async await break class continue def del elif else except finally for " +
    "from global if import in is lambda nonlocal not or pass raise return try while with yield").split(" ");
  const PLAIN = /^[A-Za-z_][A-Za-z0-9_]*$/;
  // JSON's escapes are Python's; a letter outside ASCII stays as it is.
  const literal = text => JSON.stringify(text);
  const WIDTH = 78;

  /** Return a Map from names to Python identifiers, none of which is used twice or is a reserved word. */
  function identifiers(names, reserved) {
    const taken = new Set([...KEYWORDS, ...reserved]);
    const found = new Map();
    for (const name of [...names].sort((a, b) => PLAIN.test(b) - PLAIN.test(a))) {
      const letters = name.replace(/[^A-Za-z0-9]+/g, "_").replace(/^_+|_+$/g, "").slice(0, 24);
      let word = PLAIN.test(name) ? name : `v_${letters}`;
      while (taken.has(word)) word += "_";
      taken.add(word);
      found.set(name, word);
    }
    return found;
  }

  /** Return the variables of a graph, causes before effects. */
  function inOrder(graph) {
    const { parents } = GraphEngine.links(graph);
    const done = new Set();
    const visit = node => {
      parents.get(node).forEach(cause => done.has(cause) || visit(cause));
      done.add(node);
    };
    graph.nodes.forEach(node => done.has(node) || visit(node));
    return [...done];
  }

  const statements = ({ nodes, edges }) => {
    const joined = new Set(edges.flat());
    const arrows = edges.map(edge => edge.map(GraphText.quoted).join(" -> "));
    return [...arrows, ...nodes.filter(node => !joined.has(node)).map(GraphText.quoted)];
  };

  /** Return the Python call that makes the graph. */
  function causalGraph(graph) {
    const said = statements(graph);
    const one = literal(said.join("; "));
    const pieces = said.map((each, i) => literal(i < said.length - 1 ? `${each}; ` : each));
    const hidden = graph.unobserved.length ? `unobserved=[${graph.unobserved.map(literal).join(", ")}]` : "";
    const call = `dag = rt.CausalGraph(${one}${hidden && `, ${hidden}`})`;
    const long = ["dag = rt.CausalGraph(", ...pieces.map((piece, i) => `    ${piece}${i < pieces.length - 1 ? "" : ","}`),
      ...(hidden ? [`    ${hidden},`] : []), ")"].join("\n");
    const ask = graph.exposure !== null && graph.outcome !== null
      ? `\nsets = dag.adjustment_sets(${literal(graph.exposure)}, ${literal(graph.outcome)})` : "";
    return `import rethinking as rt\n\n${call.length <= WIDTH ? call : long}${ask}\n`;
  }

  /** Return the graph in dagitty's language, with its places. */
  const dagitty = graph => `dag {\n${GraphText.write(graph, true, "latent")}\n}\n`;

  /** Return a NumPy function that simulates the graph: each variable is the sum of its causes and noise. */
  function simulation(graph) {
    const { parents } = GraphEngine.links(graph);
    const word = identifiers(graph.nodes, ["np", "rng", "n", "simulate", "data"]);
    const lines = inOrder(graph).map(node => {
      const causes = parents.get(node).map(cause => `0.5 * ${word.get(cause)} + `).join("");
      const comment = graph.unobserved.includes(node) ? "  # nobody observes it" : "";
      return `    ${word.get(node)} = ${causes}rng.normal(0, 1, n)${comment}`;
    });
    const seen = GraphEngine.observed(graph).map(node => `        ${literal(node)}: ${word.get(node)},`);
    return ["import numpy as np", "", "", "def simulate(rng, n):",
      '    """Return n values of each observed variable. Change the effects, all 0.5 here, and the noise."""',
      ...lines, "    return {", ...seen, "    }", "", "", "data = simulate(np.random.default_rng(1), 1000)", ""].join("\n");
  }

  /** Return a linear PyMC model of the outcome, given the exposure and what is adjusted for, with a note. */
  function model(graph, note) {
    const { exposure, outcome } = graph;
    const barred = [exposure, outcome, ...graph.unobserved];
    const predictors = [exposure, ...graph.adjusted.filter(node => !barred.includes(node))];
    const names = [...predictors, outcome];
    const word = identifiers(names, ["pm", "data", "model", "model_of", "mu"]);
    const taken = new Set([...names, ...word.values(), "pm", "data", "model", "model_of", "mu"]);
    const parameter = wish => {
      while (taken.has(wish)) wish += "_";
      taken.add(wish);
      return wish;
    };
    const [level, sigma] = ["intercept", "sigma"].map(parameter);
    const slopes = new Map(predictors.map(name => [name, parameter(`b_${word.get(name)}`)]));
    const inside = line => `        ${line}`;
    // PyMC takes most names as they are.
    const inModel = name => literal(/\/|:$/.test(name) ? word.get(name) : name);
    return ["import pymc as pm", "", "", "def model_of(data):",
      '    """Return a linear model; data has a standardized column for each of its variables."""',
      "    with pm.Model() as model:",
      ...predictors.map(name => inside(`${word.get(name)} = pm.Data(${inModel(name)}, data[${literal(name)}])`)),
      inside(`${level} = pm.Normal("${level}", 0, 0.5)`),
      ...predictors.map(name => inside(`${slopes.get(name)} = pm.Normal("${slopes.get(name)}", 0, 0.5)`)),
      inside(`${sigma} = pm.Exponential("${sigma}", 1)`),
      inside(`mu = ${level}`),
      ...predictors.map(name => inside(`mu += ${slopes.get(name)} * ${word.get(name)}`)),
      inside(`pm.Normal(${inModel(outcome)}, mu, ${sigma}, observed=data[${literal(outcome)}])`),
      "    return model", "", "", ...wrapped(note).map(line => `# ${line}`), ""].join("\n");
  }

  function wrapped(text) {
    const lines = [""];
    for (const part of text.replace(/[\p{C}\s]+/gu, " ").split(" "))
      if (lines.at(-1).length + part.length < WIDTH - 3) lines.push(`${lines.pop()} ${part}`.trim());
      else lines.push(part);
    return lines;
  }

  return { causalGraph, dagitty, inOrder, model, simulation };
})();
