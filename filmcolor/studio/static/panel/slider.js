// A slider with its number, which tells of every step while it is dragged, and of its end.

import { element } from "../core/element.js";
import { say, texts } from "../texts.js";

let count = 0;

/**
 * `oninput(value)` while it moves, `onchange(value)` when it rests. `usual` is where a double click
 * on the name leads back to.
 */
export function slider({ label, min, max, step, usual, oninput, onchange }) {
  const id = `slider-${(count += 1)}`;
  const range = element("input", {
    id, type: "range", min, max, step, value: usual,
    oninput: () => {
      number.value = range.value;
      mark();
      oninput?.(Number(range.value));
    },
    onchange: () => onchange?.(Number(range.value)),
    ondblclick: () => back(),
  });
  const number = element("input.number", {
    type: "number", min, max, step, value: usual, "aria-label": label,
    onkeydown: (event) => event.key === "Enter" && number.blur(), // keys are the film's again
    onchange: () => {
      if (number.value === "" || !number.checkValidity()) number.value = range.value;
      range.value = number.value;
      mark();
      onchange?.(Number(range.value));
    },
  });
  const name = element("label", { htmlFor: id, title: say(texts.shot.reset, { value: usual }), ondblclick: () => back() }, label);
  const root = element("div.slider", {}, name, range, number);
  const mark = () => root.classList.toggle("changed", Number(range.value) !== usual);
  const back = () => {
    set(usual);
    onchange?.(usual);
  };
  const set = (value) => {
    range.value = value;
    number.value = Number(value.toFixed?.(2) ?? value);
    mark();
  };
  return { root, set, range };
}
