// Elements made in one call; the studio has no markup of its own.

const SVG = "http://www.w3.org/2000/svg";

/**
 * Make an element: `element("button.quiet", { onclick, "aria-label": "..." }, "text", child)`.
 * What begins with `on` is listened to, what is a property of the element is set, the rest are
 * attributes; null and false leave an attribute out.
 */
export function element(tag, properties = {}, ...children) {
  const [name, ...classes] = tag.split(".");
  const made = document.createElement(name);
  if (classes.length) made.className = classes.join(" ");
  for (const [key, value] of Object.entries(properties)) {
    if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else if (value === null || value === false || value === undefined) continue;
    else if (key in made && !key.startsWith("aria") && key !== "list") made[key] = value;
    else made.setAttribute(key, value === true ? "" : value);
  }
  made.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return made;
}

/** A drawing of 16 by 16, from the data of its path; it says nothing to screen readers. */
export function icon(path) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 16 16");
  svg.setAttribute("aria-hidden", "true");
  svg.classList.add("icon");
  const line = document.createElementNS(SVG, "path");
  line.setAttribute("d", path);
  svg.append(line);
  return svg;
}

/** A button with a drawing, whose label is read out and shown when pointed at. */
export function iconButton(path, label, onclick, properties = {}) {
  return element("button.icon-button", { type: "button", title: label, "aria-label": label, onclick, ...properties }, icon(path));
}

/** Replace what is in an element. */
export function fill(parent, ...children) {
  parent.replaceChildren(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return parent;
}

/** A row of buttons of which one is chosen: radio buttons to keyboard and screen readers. */
export function choice(label, options, chosen, onchoose, properties = {}) {
  const name = `choice-${(choice.count = (choice.count ?? 0) + 1)}`;
  const inputs = new Map();
  const group = element(
    "div.choice",
    { role: "radiogroup", "aria-label": label, ...properties },
    Object.entries(options).map(([value, text]) => {
      const input = element("input", {
        type: "radio",
        name,
        value,
        checked: value === chosen,
        onchange: () => onchoose(value),
      });
      inputs.set(value, input);
      return element("label", {}, input, element("span", {}, text));
    }),
  );
  group.choose = (value) => {
    for (const [other, input] of inputs) input.checked = other === value;
  };
  group.enable = (value, enabled) => {
    inputs.get(value).disabled = !enabled;
  };
  return group;
}
