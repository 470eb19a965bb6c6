// How reviews look wherever they are shown.

import { day, h, stars } from "./dom.js";

export function quote({ author, source, rating, comment, date }, ...actions) {
  return h("article.review", h("p.row", h("strong", author.name), stars(rating)),
    h("blockquote", comment), h("p.hint.row", `${source} · ${day(date)}`, ...actions));
}

/** A bar for each source, with its number. */
export function bars(sources) {
  const entries = Object.entries(sources).sort(([, one], [, other]) => other - one);
  const most = Math.max(1, ...entries.map(([, number]) => number));
  if (!entries.length) return h("p.empty", "No reviews yet.");
  return h("dl.bars", entries.map(([name, number]) => h("div", h("dt", name), h("dd",
    h("meter", { min: "0", max: String(most), value: String(number), "aria-label": name }), h("span", String(number))))));
}
