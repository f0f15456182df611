// The page that asks about random graphs without end. A series of questions is a number, which can be sent.
const GraphQuiz = (() => {
  "use strict";

  const { bar, button, choice, h, marks, pretty } = GraphPage;
  const MOST_SEED = 999_999;
  const HEIGHT = 330, WIDTH = 640;
  const LOOKS = { true: ["\u2713", "Right."], false: ["\u2717", "Not yet."] };

  const anySeed = () => 1 + Math.floor(Math.random() * 9999);

  /** Return the seed and the kind that the address says, or new ones. */
  function wanted() {
    const said = new URLSearchParams(location.hash.slice(1));
    const seed = Number(said.get("seed"));
    const kind = said.get("kind");
    const isSeed = said.has("seed") && Number.isInteger(seed) && seed >= 0 && seed <= MOST_SEED;
    const isKind = Object.hasOwn(GraphQuestions.KINDS, kind ?? "");
    return { seed: isSeed ? seed : anySeed(), kind: isKind ? kind : "any", isSeed };
  }

  function start(root) {
    let series, state, asked, chosen;

    const count = h("p", { class: "count" });
    const picture = h("div", { class: "picture" });
    const words = h("p", { class: "question", tabindex: -1 });
    const reply = h("div", { class: "reply" });
    const verdict = h("p", { role: "status", class: "feedback" });
    const after = h("div", {});
    const box = h("div", {});
    const number = h("input", { type: "number", min: 0, max: MOST_SEED, step: 1, inputmode: "numeric", "aria-label": "Series" });
    root.append(count, picture, words, reply, verdict, after, h("hr"), box);

    const level = () => Math.min(GraphQuestions.TOP, Math.floor(state.right / 2));

    function begin({ seed, kind }) {
      series = { seed, kind };
      state = { number: 0, right: 0, answered: 0 };
      number.value = seed;
      const kinds = [["any", "all four"], ...Object.entries(GraphQuestions.KINDS)];
      box.replaceChildren(
        bar(h("label", {}, "Series", number), choice("About", kinds, kind, about => go({ seed, kind: about })),
          button("Start this series", () => go({ seed: Math.trunc(Number(number.value)), kind: series.kind })),
          button("Another series", () => go({ seed: anySeed(), kind: series.kind }))),
        h("p", {}, "The number above is the series. Who begins the same series and answers alike gets the same ",
          "questions, so this address can be sent: ",
          h("code", {}, `${location.href.split("#")[0]}#${code(series)}`)));
      next();
    }

    const code = ({ seed, kind }) => `seed=${seed}${kind === "any" ? "" : `&kind=${kind}`}`;

    function go(to) {
      if (!(to.seed >= 0 && to.seed <= MOST_SEED)) {
        verdict.textContent = `A series is a whole number from 0 to ${MOST_SEED}.`;
        return;
      }
      history.replaceState(null, "", `#${code(to)}`);
      begin(to);
    }

    function next() {
      state.number += 1;
      asked = { ...GraphQuestions.ask(series.seed, state.number, level(), series.kind), counted: false };
      chosen = new Set();
      verdict.replaceChildren();
      verdict.className = "feedback";
      after.replaceChildren();
      words.textContent = asked.words;
      show(null);
    }

    function answer(what) {
      const { right, sentence, path } = asked.mark(what);
      if (!asked.counted) {
        state.answered += 1;
        state.right += right ? 1 : 0;
        asked.counted = true;
      }
      const [sign, word] = LOOKS[right];
      verdict.className = `feedback ${right ? "right" : "wrong"}`;
      verdict.replaceChildren(h("strong", {}, `${sign} ${word}`), ` ${pretty(sentence)}`);
      after.replaceChildren(bar(button("Next question", () => {
        next();
        words.focus();
      })));
      show(path);
    }

    function toggle(name) {
      if (!chosen.delete(name)) chosen.add(name);
      show(null);
    }

    /** Return the buttons that answer. */
    function replies() {
      if (asked.choose) {
        const member = name => button(name, () => toggle(name), { "aria-pressed": chosen.has(name) });
        const words = `Answer: ${[...chosen].sort().join(", ") || "adjust for nothing"}`;
        return [bar("Adjust for: ", ...asked.choose.map(member)),
          bar(button(words, () => answer([...chosen])), button("No set does it (None)", () => answer(null)))];
      }
      if (asked.arrows) {
        const arrows = asked.arrows.map(edge => button(pretty(edge.join(" -> ")), () => answer(edge)));
        return [bar(...arrows, button("none of them", () => answer(null)))];
      }
      return [bar(button("Yes", () => answer(true)), button("No", () => answer(false)))];
    }

    function show(path) {
      const { graph } = asked.question;
      const hasEffect = ["control", "adjustment"].includes(asked.kind);
      const roles = hasEffect ? { exposure: "X", outcome: "Y" } : { exposure: null, outcome: null };
      const width = Math.min(WIDTH, picture.clientWidth || WIDTH);
      const adjusted = asked.choose ? [...chosen] : asked.shaded;
      const shown = { ...graph, ...roles, adjusted, places: GraphLayout.arrange(graph), width, height: HEIGHT };
      picture.replaceChildren(GraphDrawing.still(shown, marks(path ? [path] : [])));
      count.textContent = `Question ${state.number} of series ${series.seed}. Level ${level() + 1}. ` +
        `Right at the first try: ${state.right} of ${state.answered}.`;
      GraphPage.refill(reply, replies());
    }

    addEventListener("hashchange", () => {
      const to = wanted();
      if (to.isSeed && code(to) !== code(series)) begin(to);
    });
    begin(wanted());
  }

  return { start };
})();
for (const root of document.querySelectorAll(".graph-quiz")) {
  document.documentElement.classList.add("graphs-live");
  GraphQuiz.start(root);
}
