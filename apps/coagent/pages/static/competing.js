// The table of competitors, best reviewed first.

import { h } from "./dom.js";

const COLUMNS = [["Reviews", "reviewCount"], ["Rating", "avgRating"], ["Followers", "socialFollowers"], ["Authority", "domainAuthority"]];

/** `figures` is how many of them are shown where there is little room. */
export function ranked(competitors, { actions, figures = COLUMNS.length } = {}) {
  const columns = COLUMNS.slice(0, figures);
  const line = (each, index) => h("tr", { class: each.isYou && "you" },
    h("td", String(index + 1)), h("th", { scope: "row" }, each.name, h("span.hint", each.agency ?? "")),
    columns.map(([words, name]) => h("td", { "data-label": words }, (each[name] ?? 0).toLocaleString("en"))),
    actions && h("td.row.end", actions(each)));
  return h("div.table-scroll", { tabindex: "0", role: "region", "aria-label": "Competitors" }, h("table",
    h("thead", h("tr", h("th", { scope: "col" }, "#"), h("th", { scope: "col" }, "Name"),
      columns.map(([words]) => h("th", { scope: "col" }, words)), actions && h("th", { scope: "col" }, "Actions"))),
    h("tbody", competitors.map(line))));
}
