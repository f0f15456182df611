// The page on which one draws a graph of one's own. A graph never changes; an edit makes another one, and the old ones
// are kept for "Undo". Whatever changes, everything is shown anew.
const GraphEditor = (() => {
  "use strict";

  const { bar, button, choice, h, marks, refill } = GraphPage;
  const { EMPTY, same } = GraphEdits;
  const MOST_STEPS = 200, MOST_PATHS = 60;
  const EXAMPLES = [
    ["fork", "X <- Z -> Y"], ["pipe", "X -> Z -> Y"], ["collider", "X -> Z <- Y"], ["descendant", "X -> Z <- Y; Z -> D"],
    ["M-bias", "X -> Y; X <- A -> M <- B -> Y; A [unobserved]; B [unobserved]"],
    ["an instrument", "Z -> X -> Y; X <- U -> Y; U [unobserved]"],
    ["a front door", "X -> M -> Y; X <- U -> Y; U [unobserved]"],
    ["waffles and divorce", "W [exposure] <- S -> A -> D [outcome]; S -> M -> D; A -> M; W -> D"],
  ];

  class Editor {
    constructor(root) {
      Object.assign(this, { graph: EMPTY, past: [], chosen: null, armed: null, typing: false });
      Object.assign(this, { pinned: null, looked: null, effect: "total", form: "text" });
      this.build(root);
      this.show();
      this.load();
      addEventListener("hashchange", () => this.load());
    }

    build(root) {
      this.status = h("p", { role: "status" });
      this.fault = h("p", { class: "fault", role: "alert" });
      this.text = h("textarea", { rows: 3, spellcheck: "false", autocapitalize: "off", autocomplete: "off",
        oninput: () => this.type(), onblur: () => (this.typing = false) });
      for (const name of ["inspector", "answers", "along"]) this[name] = h("div", { class: name });
      this.adding = button("Add a variable", () => this.edit("add"));
      this.undo = button("Undo", () => this.back());
      this.field = GraphField.create({
        add: place => this.edit("add", place),
        connect: (cause, effect) => this.connect(cause, effect),
        leave: () => this.choose(null),
        move: (node, place) => this.edit("move", node, place),
        press: node => (this.armed !== null && this.armed !== node ? this.connect(this.armed, node) : this.choose(node)),
        pressArrow: edge => this.choose(edge),
        remove: what => this.remove(what),
      });
      const clear = () => this.change(EMPTY, "The field is empty. Undo brings the graph back.");
      const begin = text =>
        this.change(GraphEdits.read(text ?? ""), text === null ? "The field is empty." : "This is the example.");
      const examples = EXAMPLES.map(([name, text]) => [text, name]);
      root.append(
        bar(this.adding, this.undo, button("Tidy up", () => this.edit("rearrange")), button("Clear", clear),
          choice("Begin with", [[null, "an empty field"], ...examples], null, begin)),
        this.field.svg, this.status, this.inspector,
        h("label", { class: "wide" }, "The graph as text, such as A -> B <- C; U [unobserved]", this.text), this.fault,
        this.answers, this.along);
    }

    say(words) {
      this.status.textContent = GraphPage.pretty(words);
    }

    /** Do one of the edits, and say what came of it. */
    edit(name, ...how) {
      const { graph, words, chosen } = GraphEdits[name](this.graph, ...how);
      if (!graph) return this.say(words);
      if (chosen !== undefined) [this.chosen, this.armed] = [chosen, null];
      this.change(graph, words);
    }

    change(graph, words) {
      this.past = [...this.past, this.graph].slice(-MOST_STEPS);
      this.graph = GraphEdits.tidy(graph);
      this.typing = false;
      if (![...this.graph.nodes, ...this.graph.edges].some(each => same(each, this.chosen))) [this.chosen, this.armed] = [null, null];
      [this.pinned, this.looked] = [null, null];
      this.say(words);
      this.show();
    }

    back() {
      this.graph = this.past.at(-1);
      this.past = this.past.slice(0, -1);
      [this.chosen, this.armed, this.pinned, this.looked] = [null, null, null, null];
      this.say("The last change is undone.");
      this.show();
    }

    choose(what) {
      [this.chosen, this.armed] = [what, null];
      this.say("");
      this.show();
    }

    connect(cause, effect) {
      this.armed = null;
      this.edit("connect", cause, effect);
      this.show();
    }

    remove(what) {
      this.edit("remove", what);
      this.adding.focus();
    }

    arm() {
      this.armed = this.armed === this.chosen ? null : this.chosen;
      const how = `Now choose the variable that ${this.armed} causes: click it, or Tab to it and press Enter.`;
      this.say(this.armed === null ? "" : how);
      this.show();
    }

    /** Read what is typed; several letters are one step for "Undo". */
    type() {
      let next;
      try {
        next = GraphEdits.read(this.text.value, this.graph);
      } catch ({ message }) {
        this.fault.textContent = `${message[0].toUpperCase()}${message.slice(1)} The field shows the graph as it was.`;
        this.text.setAttribute("aria-invalid", "true");
        return;
      }
      if (!this.typing) this.past = [...this.past, this.graph].slice(-MOST_STEPS);
      this.typing = true;
      [this.graph, this.chosen, this.armed, this.pinned] = [next, null, null, null];
      this.show();
    }

    /** Show the graph that the address has, if it has one. */
    load() {
      const [, code] = location.hash.match(/^#graph=([^]*)$/) ?? [];
      if (code === undefined) return;
      try {
        const next = GraphEdits.read(decodeURIComponent(code));
        const isNew = GraphText.write(next, true) !== GraphText.write(this.graph, true);
        if (isNew) this.change(next, "This graph came with the address.");
      } catch (error) {
        const why = error instanceof URIError ? "its signs are mixed up." : error.message;
        this.say(`The address has no graph that can be shown: ${why}`);
      }
    }

    show() {
      this.undo.disabled = !this.past.length;
      if (document.activeElement !== this.text) this.text.value = GraphText.write(this.graph);
      this.text.rows = Math.min(Math.max(this.text.value.split("\n").length, 3), 7);
      this.text.removeAttribute("aria-invalid");
      this.fault.textContent = "";
      const size = { width: this.field.svg.clientWidth || 640, height: this.field.svg.clientHeight || 400 };
      const act = this.acts();
      refill(this.inspector, GraphInspector.controls(this.graph, this.chosen, this.armed, act));
      refill(this.answers, GraphAnswers.answers(this.graph, this.effect, act));
      refill(this.along, GraphAnswers.takeAlong(this.graph, this.form, this.effect, size, act));
      this.colour();
    }

    /** Colour the path that is looked at or pinned, or else all that are open. */
    colour() {
      const { exposure, outcome, adjusted } = this.graph;
      const ready = GraphAnswers.ready(this.graph);
      const all = ready ? GraphEngine.paths(this.graph, exposure, outcome, new Set(adjusted), MOST_PATHS) : [];
      const shown = this.looked ?? (this.pinned ? [this.pinned] : all.filter(path => path.open));
      this.field.show(this.graph, { chosen: this.chosen, marked: marks(shown) });
    }

    /** Return what the buttons do. */
    acts() {
      const set = news => {
        Object.assign(this, news);
        this.show();
      };
      return {
        turn: edge => this.edit("turn", edge),
        remove: what => this.remove(what),
        rename: (old, name) => this.edit("rename", old, name),
        mark: (role, name) => this.edit("mark", role, name),
        toggle: (list, name) => this.edit("toggle", list, name),
        arm: () => this.arm(),
        adjust: (names, effect) => {
          this.effect = effect;
          this.change({ ...this.graph, adjusted: names }, "");
        },
        effect: effect => set({ effect }),
        form: form => set({ form }),
        say: words => this.say(words),
        address: written => {
          location.hash = new URL(written).hash;
          this.say("The address of this page now has the graph in it.");
        },
        item: path => ({
          pinned: this.pinned?.text === path.text,
          pin: () => set({ pinned: this.pinned?.text === path.text ? null : path }),
          look: looked => {
            this.looked = looked;
            this.colour();
          },
        }),
      };
    }
  }

  return { Editor };
})();
for (const root of document.querySelectorAll(".graph-editor")) {
  document.documentElement.classList.add("graphs-live");
  new GraphEditor.Editor(root);
}
