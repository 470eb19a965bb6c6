// Somebody else was faster: both versions side by side, and the person chooses.

import { ask, h } from "./dom.js";

const text = (value) => (value === null || value === undefined || value === "" ? "" :
  Array.isArray(value) ? value.map(text).join("\n") : typeof value === "object" ? Object.values(value).map(text).join(" ") : String(value));
const same = (one, other) => text(one) === text(other);

/** Fields may say how they are shown (`shows`). Gives "theirs", the values to save, or null if the person wants to think about it. `was` is what both began with. */
export function settle(fields, was, mine, theirs) {
  const apart = fields.filter(({ name }) => !same(mine[name], theirs[name]));
  const choices = new Map();
  const rows = apart.map((field) => row(field, was, mine, theirs, choices));
  const mix = () => ({ ...mine, ...Object.fromEntries(apart.map(({ name }) =>
    [name, (choices.get(name)() === "mine" ? mine : theirs)[name]])) });
  const words = "It was changed elsewhere after you had opened it. Nothing is lost: choose what should stand.";
  return ask("Two versions of this", h("div", h("p", words), rows.length ? rows : h("p.hint", "Both say the same here.")), [
    ["Take theirs", "theirs"],
    ["Keep mine", () => ({ ...mine })],
    ["Save what is marked", mix, "primary"],
  ], { wide: true });
}

function row({ name, label, shows = text }, was, mine, theirs, choices) {
  const isTheirs = same(was[name], mine[name]);
  const note = isTheirs ? "changed elsewhere" : same(was[name], theirs[name]) ? "changed by you" : "changed by both";
  const option = (side, words, value) => {
    const radio = h("input", { type: "radio", name: `choice-${name}`, value: side, checked: (side === "theirs") === isTheirs });
    return [radio, h("label.version", radio, h("span.version-of", words), h("span.version-text", shows(value) || "(empty)"))];
  };
  const [radio, mineOption] = option("mine", "Mine", mine[name]);
  const [, theirsOption] = option("theirs", "Theirs", theirs[name]);
  choices.set(name, () => (radio.checked ? "mine" : "theirs"));
  return h("fieldset.versions", h("legend", label, h("span.hint", ` ${note}`)), mineOption, theirsOption);
}
