// What every explorer needs: elements, buttons, choices and sliders with a name, and a line that is read out.

/** Return a new HTML element with attributes, listeners (`onclick`, ...) and children. */
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes))
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value);
  element.append(...children);
  return element;
}

/** Return the still picture: it is on the page already, or comes with the model. */
export function still(model, el) {
  if (!el.querySelector("svg")) el.innerHTML = model.get("still");
  return el.querySelector("svg");
}

/** Return the choice of one of several words; `act` gets the word, with all its spaces (an option's text has fewer). */
export function choice(name, words, value, act) {
  const options = words.map(word => h("option", word === value ? { value: word, selected: "" } : { value: word }, word));
  return h("label", {}, name, h("select", { onchange: event => act(event.target.value) }, ...options));
}

/** Return a slider over the positions of a list, which shows and speaks the value there; `act` gets the position. */
export function slider(name, values, at, act) {
  const said = h("span", {}, values[at]);
  const move = event => {
    said.textContent = values[event.target.value];
    event.target.setAttribute("aria-valuetext", `${name} ${said.textContent}`);
    act(Number(event.target.value));
  };
  const range = { type: "range", min: 0, max: values.length - 1, value: at, "aria-valuetext": `${name} ${values[at]}` };
  return h("label", {}, name, h("input", { ...range, oninput: move }), said);
}

/** Return a line that screen readers read out when it changes. */
export const status = () => h("p", { role: "status" });
