/** Elements made of plain values: text from outside only ever becomes text. */

const SVG = "http://www.w3.org/2000/svg";

type Settings = Record<string, unknown>;

/** An element with properties, attributes (those with a dash, and `role`), listeners (`onclick`) and children. */
export function element<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  settings: Settings = {},
  ...children: (Node | string)[]
): HTMLElementTagNameMap[Name] {
  const created = document.createElement(name);
  for (const [key, value] of Object.entries(settings)) {
    if (key.includes("-") || key === "role") created.setAttribute(key, String(value));
    else Object.assign(created, { [key]: value });
  }
  created.append(...children);
  return created;
}

/** An element of the template. */
export function elementById(id: string): HTMLElement {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`listening.html has no #${id}`);
  return found;
}

/** The round button that plays a take, with a ring that fills as it sounds. */
export function playButton(label: string, letter: string, onclick: () => void): HTMLButtonElement {
  const button = element("button", { className: "play", type: "button", "aria-label": label, onclick });
  button.append(letter === "" ? triangle() : element("span", {}, letter));
  return button;
}

function triangle(): SVGSVGElement {
  const drawing = document.createElementNS(SVG, "svg") as SVGSVGElement;
  drawing.setAttribute("viewBox", "0 0 24 24");
  drawing.setAttribute("aria-hidden", "true");
  const shapes = { go: "M8.500 5.500v13l10-6.500z", halt: "M8 8h8v8h-8z" };
  for (const [name, shape] of Object.entries(shapes)) {
    const path = document.createElementNS(SVG, "path");
    path.setAttribute("class", name);
    path.setAttribute("d", shape);
    drawing.append(path);
  }
  return drawing;
}

/** What the keys do: names and meanings. */
export function keyList(keys: readonly (readonly string[])[]): HTMLUListElement {
  const list = element("ul", { className: "keys" });
  for (const [names = "", meaning = ""] of keys) list.append(element("li", {}, element("kbd", {}, names), ` ${meaning}`));
  return list;
}

/** The number of a sentence in the margin. */
export function numeral(number: number): HTMLElement {
  return element("span", { className: "numeral", "aria-hidden": "true" }, String(number + 1));
}
