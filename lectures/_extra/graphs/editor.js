// The page on which one draws a graph of one's own: what is drawn or typed becomes a graph, and the graph is shown.
// A graph never changes; each change makes another one, and the old ones are kept for "Undo".
const GraphEditor = (() => {
  "use strict";

  const { bar, button, choice, h, marks, refill } = GraphPage;
  const MOST_NODES = 24, MOST_STEPS = 200;
  const LETTERS = ["X", "Y", ..."ABCDEFGHIJKLMNOPQRSTUVWZ"];
  const EMPTY = { nodes: [], edges: [], unobserved: [], exposure: null, outcome: null, adjusted: [], places: new Map(), byHand: false };
  const EXAMPLES = [
    ["fork", "X <- Z -> Y"], ["pipe", "X -> Z -> Y"], ["collider", "X -> Z <- Y"], ["descendant", "X -> Z <- Y; Z -> D"],
    ["M-bias", "X -> Y; X <- A -> M <- B -> Y; A [unobserved]; B [unobserved]"],
    ["an instrument", "Z -> X -> Y; X <- U -> Y; U [unobserved]"],
    ["a front door", "X -> M -> Y; X <- U -> Y; U [unobserved]"],
    ["waffles and divorce", "W [exposure] <- S -> A -> D [outcome]; S -> M -> D; A -> M; W -> D"],
  ];
  const HINT = "Click the field to add a variable. Drag a variable to move it; drop it on another one to draw an arrow to " +
    "that one. Click a variable or an arrow to change it.";

  /** Return a graph whose marks fit its variables, all of them placed; X and Y are exposure and outcome unless it says others. */
  function tidy(graph) {
    const has = new Set(graph.nodes);
    const roles = { exposure: has.has(graph.exposure) ? graph.exposure : null, outcome: has.has(graph.outcome) ? graph.outcome : null };
    if (roles.outcome === roles.exposure) roles.outcome = null;
    const unobserved = graph.unobserved.filter(name => has.has(name));
    const free = name => has.has(name) && !Object.values(roles).includes(name) && !unobserved.includes(name);
    const adjusted = graph.adjusted.filter(free);
    const full = { ...graph, ...roles, unobserved, adjusted };
    return { ...full, places: placed(full) };
  }

  function placed(graph) {
    const known = graph.nodes.filter(node => graph.places.has(node));
    if (!graph.byHand && known.length < graph.nodes.length || !known.length) return GraphLayout.arrange(graph);
    const places = new Map(known.map(node => [node, graph.places.get(node)]));
    const far = (a, b) => Math.hypot((a[0] - b[0]) / 0.14, (a[1] - b[1]) / 0.16);
    for (const node of graph.nodes)
      if (!places.has(node)) places.set(node, GraphLayout.free([...places.values()], [0.5, 0.5], far));
    return places;
  }

  const withRoles = graph => (graph.exposure === null && graph.outcome === null &&
    ["X", "Y"].every(name => graph.nodes.includes(name) && !graph.unobserved.includes(name)) ? { ...graph, exposure: "X", outcome: "Y" } : graph);

  /** Return the graph that a text describes; an Error says in a sentence why there is none. */
  function read(text, before) {
    const found = GraphText.parse(text);
    const loop = found.edges.find(([cause, effect]) => cause === effect);
    if (loop) throw new Error(`${loop[0]} cannot cause itself: remove the arrow ${loop.join(" -> ")}.`);
    const ring = GraphEngine.cycle(found.edges);
    if (ring) throw new Error(`a causal graph has no cycle, but this one has ${ring.join(" -> ")}: remove or turn one of these arrows.`);
    if (found.nodes.length > MOST_NODES)
      throw new Error(`a graph on this page has at most ${MOST_NODES} variables, but this one has ${found.nodes.length}.`);
    const byHand = before.byHand || found.places.size > 0;
    const places = new Map([...(byHand ? before.places : []), ...found.places]);
    return tidy(withRoles({ ...found, byHand, places }));
  }

  /** Return a sentence that says why an arrow cannot be drawn, or nothing. */
  function refusal(graph, cause, effect) {
    if (cause === effect) return `${cause} cannot cause itself.`;
    if (graph.edges.some(edge => edge[0] === cause && edge[1] === effect)) return `The arrow ${cause} -> ${effect} is there already.`;
    const ring = GraphEngine.cycleOf(graph, cause, effect);
    return ring ? `A causal graph has no cycle, but with ${cause} -> ${effect} this one would have ${ring.join(" -> ")}. The arrow was not drawn.` : "";
  }

  /** Build the page in an element. */
  function start(root) {
    let graph = EMPTY, past = [], chosen = null, armed = null, pinned = null, looked = null, effect = "total", form = "text", typing = false;

    const said = h("p", { role: "status" });
    const text = h("textarea", { rows: 4, spellcheck: "false", autocapitalize: "off", autocomplete: "off", oninput: () => type(), onblur: () => (typing = false) });
    const fault = h("p", { class: "fault", role: "alert" });
    const inspector = h("div", { class: "inspector" });
    const answers = h("div", { class: "answers" });
    const along = h("div", { class: "along" });
    const undo = button("Undo", () => back());
    const adding = button("Add a variable", () => add());
    const examples = choice("Begin with", [[null, "an empty field"], ...EXAMPLES.map(([name, words]) => [words, name])], null, words =>
      change(words === null ? EMPTY : read(words, EMPTY), words === null ? "The field is empty." : "This is the example."));
    const field = GraphField.create({
      add, press, connect, remove,
      pressArrow: choose,
      move: (node, place) => change({ places: new Map([...graph.places, [node, place]]), byHand: true }, "", true),
      leave: () => choose(null),
    });
    root.append(bar(adding, undo, button("Tidy up", () => change({ places: GraphLayout.arrange(graph), byHand: false }, "Causes stand above their effects.")),
      button("Clear", () => change(EMPTY, "The field is empty. Undo brings the graph back.")), examples),
      field.svg, said, inspector,
      h("label", { class: "wide" }, "The graph as text, such as A -> B <- C; U [unobserved]", text), fault, answers, along);

    const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);
    const say = words => (said.textContent = GraphPage.pretty(words));

    function change(news, words = "", quiet = false) {
      past = [...past, graph].slice(-MOST_STEPS);
      graph = tidy({ ...graph, ...news });
      [typing, pinned, looked] = [false, null, null];
      const gone = Array.isArray(chosen) ? !graph.edges.some(edge => same(edge, chosen)) : !graph.nodes.includes(chosen);
      if (gone) [chosen, armed] = [null, null];
      if (words || !quiet) say(words);
      show();
    }

    function back() {
      if (!past.length) return say("There is nothing to undo.");
      graph = past.at(-1);
      past = past.slice(0, -1);
      [chosen, armed, pinned, looked] = [null, null, null, null];
      say("The last change is undone.");
      show();
    }

    function choose(what) {
      [chosen, armed] = [what, null];
      say("");
      show();
    }

    function add(place) {
      if (graph.nodes.length >= MOST_NODES) return say(`A graph on this page has at most ${MOST_NODES} variables.`);
      const name = LETTERS.find(letter => !graph.nodes.includes(letter)) ?? Array.from({ length: 99 }, (_, i) => `V${i + 1}`).find(each => !graph.nodes.includes(each));
      const far = (a, b) => Math.hypot((a[0] - b[0]) / 0.16, (a[1] - b[1]) / 0.2);
      const where = place ?? GraphLayout.free([...graph.places.values()], [0.3, 0.3], far);
      const first = { X: "exposure", Y: "outcome" }[name];
      const role = first && graph[first] === null ? { [first]: name } : {};
      [chosen, armed] = [name, null];
      change({ nodes: [...graph.nodes, name], places: new Map([...graph.places, [name, where]]), byHand: true, ...role }, `Added ${name}.`);
    }

    function press(node) {
      if (armed !== null && armed !== node) connect(armed, node);
      else choose(node);
    }

    function connect(cause, effect_) {
      armed = null;
      const why = refusal(graph, cause, effect_);
      if (!why) return change({ edges: [...graph.edges, [cause, effect_]] }, `Drawn: ${cause} -> ${effect_}.`);
      say(why);
      show();
    }

    function remove(what) {
      const isArrow = Array.isArray(what);
      change(isArrow ? { edges: graph.edges.filter(edge => !same(edge, what)) } :
        { nodes: graph.nodes.filter(node => node !== what), edges: graph.edges.filter(edge => !edge.includes(what)) },
      `Removed ${isArrow ? what.join(" -> ") : what}.`);
      adding.focus();
    }

    function turn([cause, effect_]) {
      const rest = { ...graph, edges: graph.edges.filter(edge => !same(edge, [cause, effect_])) };
      const why = refusal(rest, effect_, cause).replace("drawn", "turned");
      if (why) return say(why);
      chosen = [effect_, cause];
      change({ edges: graph.edges.map(edge => (same(edge, [cause, effect_]) ? chosen : edge)) }, `Turned: ${effect_} -> ${cause}.`);
    }

    function rename(old, name) {
      if (name === old) return;
      if (!name.trim()) return say("A variable needs a name.");
      if (name.length > GraphText.MOST.letters) return say(`A name has at most ${GraphText.MOST.letters} characters.`);
      if (graph.nodes.includes(name)) return say(`There is a variable ${name} already.`);
      const swap = each => (each === old ? name : each);
      chosen = name;
      change({ nodes: graph.nodes.map(swap), edges: graph.edges.map(edge => edge.map(swap)), unobserved: graph.unobserved.map(swap),
        exposure: swap(graph.exposure), outcome: swap(graph.outcome), adjusted: graph.adjusted.map(swap),
        places: new Map([...graph.places].map(([node, place]) => [swap(node), place])) }, `${old} is now called ${name}.`);
    }

    function mark(role, name) {
      const other = role === "exposure" ? "outcome" : "exposure";
      change({ [role]: name, ...(name !== null && graph[other] === name ? { [other]: null } : {}) });
    }

    function toggle(list, name) {
      const now = graph[list].includes(name) ? graph[list].filter(each => each !== name) : [...graph[list], name];
      change({ [list]: now });
    }

    function type() {
      let next;
      try {
        next = read(text.value, graph);
      } catch (error) {
        fault.textContent = `${error.message[0].toUpperCase()}${error.message.slice(1)} The field shows the graph as it was.`;
        text.setAttribute("aria-invalid", "true");
        return;
      }
      if (!typing) past = [...past, graph].slice(-MOST_STEPS);
      typing = true;
      [graph, chosen, armed, pinned] = [next, null, null, null];
      show();
    }

    function inspect() {
      if (Array.isArray(chosen)) return [bar(h("b", {}, `${chosen[0]} \u2192 ${chosen[1]}`), button("Turn round", () => turn(chosen)), button("Remove", () => remove(chosen)))];
      if (chosen === null) return [h("p", {}, HINT)];
      const name = chosen;
      const pressed = is => ({ "aria-pressed": is });
      const role = key => button(key, () => mark(key, graph[key] === name ? null : name), pressed(graph[key] === name));
      const end = name === graph.exposure || name === graph.outcome || graph.unobserved.includes(name);
      const field = h("input", { "aria-label": "Name", value: name, maxlength: GraphText.MOST.letters, autocomplete: "off", onchange: event => rename(name, event.target.value) });
      return [bar(h("label", {}, "Name", field), role("exposure"), role("outcome"),
        button("unobserved", () => toggle("unobserved", name), pressed(graph.unobserved.includes(name))),
        ...(end ? [] : [button("adjusted for", () => toggle("adjusted", name), pressed(graph.adjusted.includes(name)))]),
        button("Arrow from here", arm, pressed(armed === name)), button("Remove", () => remove(name)))];
    }

    function arm() {
      armed = armed === chosen ? null : chosen;
      say(armed === null ? "" : `Now choose the variable that ${armed} causes: click it, or Tab to it and press Enter.`);
      show();
    }

    const openPaths = () => (missingRoles() ? [] : GraphEngine.paths(graph, graph.exposure, graph.outcome, new Set(graph.adjusted), 60).filter(path => path.open));
    const missingRoles = () => !GraphAnswers.ready(graph);

    function colour() {
      field.show(graph, { chosen, marked: marks(looked ?? (pinned ? [pinned] : openPaths())) });
    }

    const act = {
      adjust: (set, which) => { effect = which; change({ adjusted: set }); },
      toggle: name => toggle("adjusted", name),
      mark, say,
      effect: which => { effect = which; show(); },
      form: which => { form = which; show(); },
      address: written => { location.hash = new URL(written).hash; say("The address of this page now has the graph in it."); },
      item: path => ({
        pinned: pinned?.text === path.text,
        pin: () => { pinned = pinned?.text === path.text ? null : path; show(); },
        look: paths => { looked = paths; colour(); },
      }),
    };

    function show() {
      undo.disabled = !past.length;
      if (document.activeElement !== text) text.value = GraphText.write(graph);
      text.rows = Math.min(Math.max(text.value.split("\n").length, 3), 7);
      text.removeAttribute("aria-invalid");
      fault.textContent = "";
      refill(inspector, inspect());
      refill(answers, GraphAnswers.answers(graph, effect, act));
      const size = { width: field.svg.clientWidth || 640, height: field.svg.clientHeight || 400 };
      refill(along, GraphAnswers.takeAlong(graph, form, effect, size, act));
      colour();
    }

    function load() {
      const [, code] = location.hash.match(/^#graph=([^]*)$/) ?? [];
      if (code === undefined) return;
      try {
        const next = read(decodeURIComponent(code), EMPTY);
        if (GraphText.write(next, true) !== GraphText.write(graph, true)) change(next, "This graph came with the address.");
      } catch (error) {
        say(`The address has no graph that can be shown: ${error instanceof URIError ? "its signs are mixed up" : error.message}`);
      }
    }
    addEventListener("hashchange", load);
    show();
    load();
  }

  return { start };
})();
for (const root of document.querySelectorAll(".graph-editor")) {
  document.documentElement.classList.add("graphs-live");
  GraphEditor.start(root);
}
