/* Elements made of plain values: text from outside only ever becomes text. */

/** An element with properties, attributes (those with a dash, and `role`), listeners (`onclick`) and children. */
function element(name, settings = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(settings)) {
    if (key.includes("-") || key === "role") made.setAttribute(key, value);
    else made[key] = value;
  }
  made.append(...children);
  return made;
}

const SVG = "http://www.w3.org/2000/svg";

/** The round button that plays a take, with a ring that fills as it sounds. */
function playButton(label, letter, onclick) {
  const button = element("button", { className: "play", type: "button", "aria-label": label, onclick });
  button.append(letter === "" ? triangle() : element("span", {}, letter));
  return button;
}

function triangle() {
  const drawing = document.createElementNS(SVG, "svg");
  drawing.setAttribute("viewBox", "0 0 24 24");
  drawing.setAttribute("aria-hidden", "true");
  for (const [name, shape] of [["go", "M8.500 5.500v13l10-6.500z"], ["halt", "M8 8h8v8h-8z"]]) {
    const path = document.createElementNS(SVG, "path");
    path.setAttribute("class", name);
    path.setAttribute("d", shape);
    drawing.append(path);
  }
  return drawing;
}

/** What the keys do. */
function keyList(keys) {
  const list = element("ul", { className: "keys" });
  for (const [names, meaning] of keys) list.append(element("li", {}, element("kbd", {}, names), ` ${meaning}`));
  return list;
}
