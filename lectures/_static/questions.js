// The boxes of an exercise sheet: what is typed is judged here as `rethinking.exercises` judges it, with its sentences.
// The data are those of `rethinking.exercises.boxes`; a sentence is [verdict, sentence, name of the mistake].
"use strict";
(() => {
  const ERRORS = 4.5; // standard errors, as in rethinking/exercises/posterior.py
  const SAME = 1e-3; // standard deviations within which two summaries are of the same draws
  const FEWEST = 400; // effective draws that a mean and an sd are taken to come from

  /** Return a typed number; NaN for one that is missing or infinite, undefined for anything else. */
  function read(text) {
    const typed = text.trim().replace("\u2212", "-");
    if (/^[+-]?(nan|inf|infinity)$/i.test(typed)) return NaN;
    if (!/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(typed)) return undefined;
    return Number.isFinite(Number(typed)) ? Number(typed) : NaN;
  }

  /** Return with how many decimals a number was written, 1 for a whole number. */
  function decimals(value) {
    const [digits, exponent = "0"] = String(Math.abs(value)).split("e");
    return Math.max((digits.split(".")[1] ?? "").length - Number(exponent), 1);
  }

  /** Return half a unit of the last decimal, 0 where there are so many that the number was not rounded. */
  const rounding = (value, most) => (decimals(value) < most ? Number(`5e-${decimals(value) + 1}`) : 0);

  /** Return a number with three digits, as Python's format .3g writes it, which rounds a half to the even digit. */
  function threeDigits(value) {
    const [long] = value.toExponential(20).split("e");
    const [rounded, exponent] = value.toExponential(2).split("e");
    const up = /\.\d[02468]50*$/.test(long) ? (value < 0 ? 0.01 : -0.01) : 0;
    const mantissa = (Number(rounded) + up).toFixed(2);
    const shown = exponent < -4 || exponent >= 3 ? mantissa : Number(`${mantissa}e${exponent}`).toFixed(2 - exponent);
    const short = shown.includes(".") ? shown.replace(/\.?0+$/, "") : shown;
    if (exponent >= -4 && exponent < 3) return short;
    return `${short}e${exponent < 0 ? "-" : "+"}${String(Math.abs(exponent)).padStart(2, "0")}`;
  }

  /** Return the first of some things for which a function is least. */
  const least = (things, f) => things.reduce((best, each) => (f(each) < f(best) ? each : best));

  function number(box, [text]) {
    const { right, tolerance, mistakes, say } = box;
    const value = read(text) ?? NaN;
    if (Number.isNaN(value)) return say.form;
    const is = other => Math.abs(value - other) <= tolerance * (1 + 1e-6);
    if (is(right)) return say.right;
    const found = mistakes.find(([wrong]) => is(wrong ?? NaN));
    if (found) return found[1];
    if (is(-right)) return say.sign;
    if (Math.abs(right) < 1 && Math.abs(value / 100 - right) <= tolerance) return say.percent;
    const off = Math.abs(value - right);
    if (off <= 0.5000001 * Number(`1e-${decimals(value)}`)) return say.few;
    return value > right ? say.large : say.small;
  }

  function numbers(box, [text]) {
    const { right, tolerance, total, mistakes, say } = box;
    const values = text.split(/[\s,;[\]()]+/).filter(Boolean).map(read);
    if (!values.every(Number.isFinite)) return say.form;
    if (values.length !== right.length) {
      const [verdict, sentence, mistake] = say.size;
      return [verdict, sentence.replace("{size}", values.length), mistake];
    }
    const are = others => values.every((value, i) => Math.abs(value - others[i]) <= tolerance);
    if (are(right)) return say.right;
    const found = mistakes.find(([others]) => are(others));
    if (found) return found[1];
    const sum = values.reduce((a, b) => a + b);
    return total !== null && Math.abs(sum - total) > 0.01 ? say.total : say.other;
  }

  /** Return how far a rounded mean and sd are from others: 1 is what Monte-Carlo error allows, 0 the same draws. */
  function gap([mean, sd], rounded, other) {
    const [otherMean, otherSd, meanError, sdError] = other.map(each => each ?? NaN);
    const off = [Math.abs(mean - otherMean), Math.abs(sd - otherSd)];
    if (off.every((each, i) => each <= rounded[i] + SAME * otherSd)) return 0;
    const errors = [
      Math.hypot(sd / FEWEST ** 0.5 + rounded[0] / ERRORS, meanError),
      Math.hypot(sd / (2 * FEWEST) ** 0.5 + rounded[1] / ERRORS, sdError),
    ];
    const far = off.map((each, i) => (Number.isNaN(each / errors[i]) ? Infinity : each / errors[i]));
    return Math.max(Math.max(...far) / ERRORS, 1e-9);
  }

  function estimate(box, texts) {
    const { right, squared, range, mistakes, say } = box;
    const pair = texts.map(read);
    for (const each of pair)
      if (!Number.isFinite(each)) return each === undefined ? say.text : say.missing;
    if (pair[1] <= 0) return say.sd;
    const own = pair.map(each => rounding(each, 5));
    const rounded = own.map(() => Math.min(...own));
    const far = gap(pair, rounded, right);
    const slack = rounded[0] + SAME * right[1];
    const isSquare = squared !== null && Math.abs(pair[0] - squared) <= slack && Math.abs(right[0] - squared) > slack;
    const gapOf = ([, , others]) => Math.min(...others.map(other => gap(pair, rounded, other)));
    if (far <= 1) {
      if (rounded[0] > 0.75 * right[1]) return say.few;
      if (far === 0) return say.right;
      if (isSquare) return say.squared;
      const rivals = mistakes.filter(each => each[1] && gapOf(each) <= 1);
      if (!rivals.length) return say.right;
      const nearest = least(rivals, gapOf);
      return gapOf(nearest) === 0 ? nearest[0] : say.undecided;
    }
    if (isSquare) return say.squared;
    const same = mistakes.find(each => gapOf(each) === 0);
    if (same) return same[0];
    const near = mistakes.filter(each => gapOf(each) <= 1);
    if (near.length) return near.reduce((best, each) => (gapOf(each) <= gapOf(best) ? each : best))[0];
    if (own[0] !== own[1] && gap(pair, own, right) <= 1) return say.few;
    return unrecognised(pair, rounded, right, range, say);
  }

  function unrecognised([mean, sd], rounded, right, range, say) {
    if (range && (mean < range[0] || mean > range[1])) {
      const [verdict, sentence, mistake] = say.range;
      return [verdict, sentence.replace("{mean}", threeDigits(mean)), mistake];
    }
    const error = ERRORS * Math.hypot(sd / FEWEST ** 0.5 + rounded[0] / ERRORS, right[2]);
    if (Math.abs(mean - right[0]) > error) return mean > right[0] ? say.high : say.low;
    const ratio = sd / right[1];
    if (ratio > 0.98 && ratio < 1.02) return say.shape;
    return ratio > 1 ? say.wide : say.narrow;
  }

  function interval(box, texts) {
    const { right, moments, beside, others, mistakes, say } = box;
    const ends = texts.map(read);
    if (!ends.every(Number.isFinite)) return say.form;
    const rounded = ends.map(each => rounding(each, 7));
    const sd = moments[1];
    const off = other => ends.map((end, i) => Math.abs(end - (other[i] ?? NaN)));
    const isSame = (other, spread = sd) => off(other).every((each, i) => each <= rounded[i] + SAME * spread);
    const distance = other => {
      const far = off(other).map((each, i) => Math.max(each - rounded[i], 0) / (ERRORS * (other[2 + i] ?? NaN)));
      return Math.max(...far.map(each => (Number.isNaN(each) ? 0 : each)));
    };
    if (ends[0] > ends[1]) {
      const isPair = ends.every((end, i) => Math.abs(end - moments[i]) <= rounded[i] + 0.1 * sd);
      return isPair ? say.pair : say.swapped;
    }
    if (isSame(right)) return beside.some(other => isSame(other)) ? say.few : say.right;
    const exact = others.filter(([, , other]) => isSame(other));
    if (exact.length) return least(exact, ([, , other]) => Math.max(...off(other)))[0];
    const usual = least(others.filter(each => each[1]), ([, , other]) => distance(other));
    if (distance(usual[2]) <= 1 && distance(right) > 1) return usual[0];
    const own = other => Math.abs(other[1] - other[0]) / 3.2;
    const same = mistakes.find(([, made]) => made.some(other => isSame(other, own(other))));
    if (same) return same[0];
    if (distance(right) <= 1) return say.undecided;
    const nearestOf = ([, made]) => Math.min(...made.map(distance));
    if (!mistakes.length) return say.other;
    const nearest = least(mistakes, nearestOf);
    return nearestOf(nearest) <= 1 ? nearest[0] : say.other;
  }

  const JUDGES = {
    number,
    numbers,
    estimate,
    interval,
    set(box, names) {
      if (names === null) return box.none;
      return box.answers[box.names.reduce((place, name, bit) => place + (names.includes(name) ? 2 ** bit : 0), 0)];
    },
    choice: (box, [chosen]) => box.options.find(([option]) => option === chosen)[1],
  };

  /** Return what is said of an answer: a list of texts; for a set a list of names, or null if there is no set. */
  function judge(box, answer, nothing) {
    if (box.kind !== "set" && answer.some(text => !text.trim())) return nothing;
    return JUDGES[box.kind](box, answer);
  }

  /** Return a new element with properties, attributes whose name has a hyphen or is `for`, and children. */
  function h(tag, properties = {}, ...children) {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(properties))
      if (/-|^for$|^role$/.test(name)) element.setAttribute(name, value);
      else element[name] = value;
    element.append(...children);
    return element;
  }

  // What was answered is kept in the browser, for all sheets in one place: {sheet: {question: {answer, verdict}}}.
  const KEY = "rethinking-answers";
  const isPlain = thing => thing !== null && typeof thing === "object" && !Array.isArray(thing);
  let inMemory = {};
  let isKept = true;

  /** Return everything that was answered; nothing if the storage is refused or holds something else. */
  function answered() {
    try {
      const found = JSON.parse(localStorage.getItem(KEY) ?? "{}");
      if (isKept && isPlain(found)) return found;
    } catch {
      // Refused or corrupted: the page goes on with what it remembers itself.
    }
    return isKept ? {} : inMemory;
  }

  /** Keep what was answered on a sheet; in the page itself, where the browser refuses or has no room. */
  function keep(sheet, answers) {
    inMemory = { ...answered(), [sheet]: answers };
    try {
      localStorage.setItem(KEY, JSON.stringify(inMemory));
      isKept = true;
    } catch {
      isKept = false;
    }
  }

  /** Return what was answered on a sheet before, without what has not the form of an answer. */
  function answeredOn(sheet) {
    const found = answered()[sheet];
    const isAnswer = each =>
      isPlain(each) && (each.answer === null || Array.isArray(each.answer) && each.answer.every(text => typeof text === "string"));
    return Object.fromEntries(Object.entries(isPlain(found) ? found : {}).filter(([, each]) => isAnswer(each)));
  }

  /** Return an input of a kind with its label. */
  function field(label, properties) {
    const input = h("input", { autocomplete: "off", spellcheck: false, ...properties });
    return [input, h("label", {}, ...(input.type === "text" ? [label, input] : [input, label]))];
  }

  /** Return the fields of some texts: elements, a function that reads them, and one that fills them. */
  function texts(...labels) {
    const fields = labels.map(label => field(label, { type: "text", size: 12 }));
    return {
      elements: fields.map(([, label]) => label),
      answer: () => fields.map(([input]) => input.value),
      fill: answer => fields.forEach(([input], i) => (input.value = answer?.[i] ?? "")),
    };
  }

  function list(label) {
    const made = texts(label);
    made.elements[0].className = "long";
    return made;
  }

  function options(box, name) {
    const fields = box.options.map(([option]) => field(option, { type: "radio", name, value: option }));
    return {
      elements: fields.map(([, label]) => label),
      answer: () => [fields.find(([input]) => input.checked)?.[0].value ?? ""],
      fill: answer => fields.forEach(([input]) => (input.checked = input.value === answer?.[0])),
    };
  }

  function variables(box) {
    const fields = box.names.map(name => field(name, { type: "checkbox", value: name }));
    const [none, noneLabel] = field("no set does it", { type: "checkbox" });
    none.addEventListener("change", () => none.checked && fields.forEach(([input]) => (input.checked = false)));
    for (const [input] of fields) input.addEventListener("change", () => input.checked && (none.checked = false));
    return {
      elements: [...fields.map(([, label]) => label), noneLabel],
      answer: () => (none.checked ? null : fields.filter(([input]) => input.checked).map(([input]) => input.value)),
      fill(answer) {
        none.checked = answer === null;
        for (const [input] of fields) input.checked = Array.isArray(answer) && answer.includes(input.value);
      },
    };
  }

  const FIELDS = {
    number: () => ["Your answer", texts("Number")],
    numbers: box => ["Your answer", list(`${box.right.length} numbers, with spaces between them`)],
    estimate: () => ["Your answer: the mean and the standard deviation", texts("Mean", "Standard deviation")],
    interval: () => ["Your answer: the interval", texts("Lower end", "Upper end")],
    choice: (box, name) => ["Your answer", options(box, name)],
    set: box => ["Your answer: adjust for", variables(box)],
  };

  /** Return the words of a verdict and its sentence; a line that screen readers read out. */
  function tell(status, looks, [verdict, sentence]) {
    const [symbol, word] = looks[verdict];
    status.className = `said ${verdict}`;
    status.replaceChildren(h("strong", {}, `${symbol} ${word}.`), ` ${sentence}`);
  }

  /** Fill the place of a box whose answer the page can judge. */
  function judged(place, box, sheet, before, note) {
    const [legend, { elements, answer, fill }] = FIELDS[box.kind](box, `answer-${place.dataset.question}`);
    const status = h("p", { role: "status", className: "said" });
    const show = () => {
      const said = judge(box, answer(), sheet.nothing);
      tell(status, sheet.looks, said);
      return said[0];
    };
    const fields = h("fieldset", {}, h("legend", {}, legend), ...elements, h("button", { type: "submit" }, "Check"));
    const form = h("form", { "aria-label": `Answer: ${place.dataset.title}`, noValidate: true }, fields, status);
    form.addEventListener("submit", event => {
      event.preventDefault();
      note({ answer: answer(), verdict: show() });
    });
    if (before) {
      fill(before.answer);
      before.verdict = show();
    }
    place.replaceChildren(form);
  }

  /** Fill the place of a box whose answer takes Python. */
  function elsewhere(place, before, note) {
    if (before) before.verdict = "right";
    const [input, label] = field("I have answered it in Jupyter", { type: "checkbox", checked: Boolean(before) });
    input.addEventListener("change", () => note(input.checked ? { answer: [], verdict: "right" } : undefined));
    const words = h(
      "p", {}, "Python alone can judge this answer, because it is code or a table. ", h("code", {}, place.dataset.get),
      " writes the sheet as a notebook; answer it there, with ", h("code", {}, place.dataset.check), ".",
    );
    place.replaceChildren(words, label);
  }

  /** Save a text as a file of the reader's; nothing is sent anywhere. */
  function save(name, text) {
    const href = URL.createObjectURL(new Blob([text], { type: "application/json" }));
    h("a", { href, download: name }).click();
    setTimeout(() => URL.revokeObjectURL(href), 1000);
  }

  /** Cover the figure below a question, and what is said of it, until the reader has guessed or asks to see it. */
  function cover(question) {
    const covered = [];
    for (let next = question.nextElementSibling; next && next.tagName !== "SECTION"; next = next.nextElementSibling)
      covered.push(next);
    const guesses = [...question.querySelectorAll("li")].map(item => item.textContent.trim());
    if (!covered[0]?.querySelector(".cell_output") || !guesses.length) return;
    const { page, question: name } = question.dataset;
    const uncover = guess => {
      for (const each of covered) each.classList.remove("rethinking-covered");
      const words = guess ? `You guessed: ${guess}. Now look.` : "Now look.";
      return h("p", { role: "status", tabIndex: -1 }, words);
    };
    const choose = guess => {
      const words = uncover(guess);
      choices.replaceWith(words);
      words.focus();
      keep(page, { ...answeredOn(page), [name]: { answer: guess ? [guess] : [], verdict: "open" } });
    };
    const button = (words, act) => {
      const made = h("button", { type: "button" }, words);
      made.addEventListener("click", act);
      return made;
    };
    const choices = h("div", { className: "choices" }, ...guesses.map(guess => button(guess, () => choose(guess))));
    choices.append(button("Just show me the figure", () => choose("")));
    const before = answeredOn(page)[name];
    if (before) return void question.append(uncover(guesses.find(guess => guess === before.answer?.[0])));
    for (const each of covered) each.classList.add("rethinking-covered");
    question.querySelector("ul").replaceWith(choices);
  }

  function start() {
    for (const question of document.querySelectorAll(".rethinking-predict")) cover(question);
    const data = document.getElementById("rethinking-questions");
    if (!data) return;
    const sheet = JSON.parse(data.textContent);
    const name = data.dataset.sheet;
    const places = [...document.querySelectorAll(".rethinking-box")];
    const panel = document.querySelector(".rethinking-progress");
    const count = h("p", { role: "status" });
    let answers = answeredOn(name);

    function report() {
      const right = places.filter(place => answers[place.dataset.question]?.verdict === "right").length;
      const lost = isKept ? "" : " This browser keeps nothing, so your answers last until you leave the page.";
      count.textContent = `${right} of ${places.length} answered.${lost}`;
    }

    function fillAll() {
      for (const place of places) {
        const question = place.dataset.question;
        const box = sheet.questions[question];
        const note = answer => {
          const { [question]: _, ...others } = answeredOn(name);
          answers = answer ? { ...others, [question]: answer } : others;
          keep(name, answers);
          report();
        };
        if (box.kind === "python") elsewhere(place, answers[question], note);
        else judged(place, box, sheet, answers[question], note);
      }
      report();
    }

    const saving = h("button", { type: "button" }, "Save all my answers as a file");
    saving.addEventListener("click", () => save("rethinking-answers.json", `${JSON.stringify(answered(), null, 2)}\n`));
    const anew = h("button", { type: "button" }, "Start this sheet anew");
    anew.addEventListener("click", () => {
      if (!confirm("Forget the answers on this sheet?")) return;
      keep(name, (answers = {}));
      fillAll();
    });
    panel.replaceChildren(count, saving, anew);
    fillAll();
  }

  globalThis.rethinkingJudge = judge;
  if (globalThis.document) {
    if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
    else start();
  }
})();
