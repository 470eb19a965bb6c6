// A list that is read page by page, as far as the person wants.

import { get } from "./api.js";
import { button, h } from "./dom.js";

/** A list of what `path` gives, each item drawn by `draw`; `empty` is said where there is nothing. */
export async function paged(path, draw, empty, { tag = "ul.cards" } = {}) {
  const list = h(tag);
  const more = button("Show more", () => load());
  let cursor = null;
  async function load() {
    const joint = path.includes("?") ? "&" : "?";
    const page = await get(cursor ? `${path}${joint}cursor=${encodeURIComponent(cursor)}` : path);
    list.append(...page.items.map(draw));
    cursor = page.cursor;
    more.hidden = !cursor;
    nothing.hidden = list.childElementCount > 0;
  }
  const nothing = h("p.empty", { hidden: true }, empty);
  await load();
  return [list, nothing, h("p.more", more)];
}
