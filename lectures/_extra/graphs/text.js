// Causal graphs as text, in the language that rethinking.causal.text reads: "A -> B <- C; U [unobserved]".
// What [exposure], [outcome], [adjusted] and [pos="x,y"] say is kept here; Python reads and ignores it.
const GraphText = (() => {
  "use strict";

  const ARROWS = { "->": "->", "<-": "<-", "<->": "<->", "→": "->", "←": "<-", "↔": "<->" };
  const HIDING = ["latent", "unobserved"];
  const WORDS = [...HIDING, "exposure", "outcome", "adjusted", "selected", "observed", "pos", "beta", "label"];
  const KINDS = ["space", "arrow", "quoted", "open", "name", "mark", "other"];
  const TOKEN = new RegExp([
    /([^\S\n]+)/, /(<->|->|<-|[→←↔])/, /("(?:[^"\\]|\\[^\n])+")/, /("(?:[^"\\]|\\[^\n])*)/,
    /([^\s;,{}[\]="<>→←↔-]+)/, /([;,\n{}[\]=])/, /([^\n])/,
  ].map(({ source }) => source).join("|"), "g");
  const BARE = /^[^\s;,{}[\]="<>→←↔-]+$/;
  const MOST = { characters: 20_000, letters: 200, arrows: 400 };

  /** Return a name as `parse` reads it back: in quotes if it needs them. */
  const quoted = name => (BARE.test(name) ? name : `"${name.replace(/["\\]/g, "\\$&")}"`);

  function tokens(text) {
    const found = [];
    for (const match of text.matchAll(TOKEN)) {
      const kind = KINDS[match.slice(1).findIndex(part => part !== undefined)];
      const [value] = match;
      const start = match.index;
      if (kind === "quoted") found.push({ kind: "name", value: value.slice(1, -1).replace(/\\([^])/g, "$1"), start });
      else if (kind === "arrow") found.push({ kind, value: ARROWS[value], start });
      else if (kind !== "space") found.push({ kind: kind === "mark" ? value : kind, value, start });
    }
    return [...found, { kind: "end", value: "", start: text.length }];
  }

  /** A text, and how far it has been read. */
  class Reader {
    constructor(text) {
      Object.assign(this, { text, tokens: tokens(text), i: 0, inBraces: false });
      Object.assign(this, { nodes: [], edges: [], confounded: [], said: [] });
    }

    at(...kinds) { return kinds.includes(this.tokens[this.i].kind); }

    next() {
      const token = this.tokens[this.i];
      if (token.kind !== "end") this.i += 1;
      return token;
    }

    skip(...kinds) { while (this.at(...kinds)) this.next(); }

    take(kind, expected) {
      if (!this.at(kind)) this.fail(expected);
      return this.next().value;
    }

    fail(expected) {
      const { start } = this.tokens[this.i];
      const before = this.text.slice(0, start).split("\n");
      const line = this.text.includes("\n") ? `line ${before.length}, ` : "";
      const rest = this.text.slice(start).split("\n")[0].trim().slice(0, 20);
      const where = rest ? `where '${rest}' begins` : "where it ends";
      const place = `${line}character ${before.at(-1).length + 1}`;
      throw new Error(`the graph cannot be read at ${place}, ${where}: expected ${expected}.`);
    }

    graph() {
      this.skip("\n", ";");
      this.inBraces = this.header();
      this.skip("\n", ";");
      while (!this.at("end", "}")) {
        this.statement();
        const goesOn = (this.inBraces && this.at("name")) || this.at("end", "}", ";", "\n");
        if (!goesOn) this.fail("an arrow (->, <- or <->), ';' or the end");
        this.skip("\n", ";");
      }
      if (this.inBraces) this.take("}", "'}'");
      this.skip("\n", ";");
      this.take("end", "the end");
    }

    header() {
      const kinds = this.tokens.slice(this.i, this.i + 3).map(token => token.kind);
      const length = kinds[0] !== "name" ? 0 : kinds[1] === "{" ? 2 : kinds[1] === "name" && kinds[2] === "{" ? 3 : 0;
      if (!length || !["dag", "digraph"].includes(this.tokens[this.i].value)) return false;
      this.i += length;
      return true;
    }

    statement() {
      let left = this.term();
      if (this.at("=") && this.inBraces && left.length === 1) {
        this.value();
        this.nodes.pop();
      }
      while (this.at("arrow")) {
        const arrow = this.next().value;
        this.skip("\n");
        const right = this.term();
        const pairs = left.flatMap(a => right.map(b => (arrow === "<-" ? [b, a] : [a, b])));
        (arrow === "<->" ? this.confounded : this.edges).push(...pairs);
        if (this.edges.length + this.confounded.length > MOST.arrows)
          throw new Error(`a graph on this page has at most ${MOST.arrows} arrows, but this text has more: draw a part of it.`);
        left = right;
      }
    }

    term() {
      if (!this.at("{")) return [this.name("a name")];
      this.next();
      this.skip("\n", ",", ";");
      const names = [];
      while (!this.at("}")) {
        names.push(this.name("a name or '}'"));
        this.skip("\n", ",", ";");
      }
      this.next();
      return names;
    }

    name(expected) {
      const name = this.take("name", expected);
      if (name.length > MOST.letters)
        throw new Error(`a name has at most ${MOST.letters} characters, but one here has ${name.length}.`);
      this.nodes.push(name);
      if (!this.at("[")) return name;
      this.next();
      while (!this.at("]")) {
        this.said.push([name, ...this.word()]);
        this.skip(",", "\n");
      }
      this.next();
      return name;
    }

    word() {
      const word = this.tokens[this.i].value;
      if (!this.at("name") || !WORDS.includes(word)) this.fail(`']' or one of ${WORDS.join(", ")}`);
      this.next();
      return [word, this.at("=") ? this.value() : ""];
    }

    value() {
      this.next();
      const minus = this.tokens[this.i].value === "-" ? "-" : "";
      if (minus) this.i += 1;
      return minus + this.take("name", "a value");
    }
  }

  const byText = (a, b) => (a < b ? -1 : a > b ? 1 : 0);
  const unique = pairs => [...new Map(pairs.map(pair => [JSON.stringify(pair), pair])).values()];

  /** Return { nodes, edges, unobserved, exposure, outcome, adjusted, places } of a text; an Error says why it cannot. */
  function parse(text) {
    if (text.length > MOST.characters)
      throw new Error(`a text has at most ${MOST.characters} characters here, but this one has ${text.length}.`);
    const reader = new Reader(text);
    reader.graph();
    const nodes = new Set(reader.nodes);
    const hidden = new Set(reader.said.filter(([, word]) => HIDING.includes(word)).map(([name]) => name));
    const edges = [...reader.edges];
    for (const pair of unique(reader.confounded.map(pair => [...pair].sort(byText)))) {
      let cause = ["U", ...pair].join("_");
      while (nodes.has(cause)) cause += "_";
      nodes.add(cause);
      hidden.add(cause);
      edges.push(...pair.map(effect => [cause, effect]));
    }
    const marked = word => [...new Set(reader.said.filter(said => said[1] === word).map(([name]) => name))];
    return {
      nodes: [...nodes], edges: unique(edges), unobserved: [...hidden],
      exposure: marked("exposure")[0] ?? null, outcome: marked("outcome")[0] ?? null, adjusted: marked("adjusted"),
      places: places(reader.said),
    };
  }

  /** Return where the text says that names stand, [0, 1] to the right and down, whatever unit the text has. */
  function places(said) {
    const found = said.filter(([, word]) => word === "pos")
      .map(([name, , value]) => [name, value.split(",").map(Number)])
      .filter(([, at]) => at.length === 2 && at.every(Number.isFinite));
    if (found.every(([, at]) => at.every(part => part >= 0 && part <= 1))) return new Map(found);
    const scales = [0, 1].map(axis => {
      const all = found.map(([, at]) => at[axis]);
      const least = Math.min(...all), range = Math.max(...all) - least;
      return part => (range ? 0.1 + 0.8 * (part - least) / range : 0.5);
    });
    return new Map(found.map(([name, at]) => [name, at.map((part, axis) => scales[axis](part))]));
  }

  /** Return the text of what `parse` returned, a statement a line; with the places, if they are wanted. */
  function write(graph, withPlaces = false, hiding = "unobserved") {
    const joined = new Set(graph.edges.flat());
    const marks = name => [
      ...(name === graph.exposure ? ["exposure"] : []), ...(name === graph.outcome ? ["outcome"] : []),
      ...(graph.unobserved.includes(name) ? [hiding] : []), ...(graph.adjusted.includes(name) ? ["adjusted"] : []),
      ...(withPlaces && graph.places.has(name) ? [`pos="${graph.places.get(name).map(at => +at.toFixed(3))}"`] : []),
    ];
    const lines = graph.edges.map(([cause, effect]) => `${quoted(cause)} -> ${quoted(effect)}`);
    for (const name of new Set([...joined, ...graph.nodes])) {
      const said = marks(name);
      if (said.length) lines.push(`${quoted(name)} [${said.join(", ")}]`);
      else if (!joined.has(name)) lines.push(quoted(name));
    }
    return lines.join("\n");
  }

  return { MOST, parse, quoted, write };
})();
