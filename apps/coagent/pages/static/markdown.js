// The little Markdown that reports use, made of elements: headings, lists, paragraphs, bold, and links to the web.

import { h, link } from "./dom.js";

export function markdown(source) {
  const made = h("div.prose");
  for (const block of source.replace(/\r/g, "").split(/\n{2,}/)) {
    const lines = block.split("\n").filter((line) => line.trim());
    const title = /^(#{1,4})\s+(.*)/.exec(lines[0] ?? "");
    if (title) made.append(h(title[1].length < 3 ? "h3" : "h4", inline(title[2])));
    const rest = title ? lines.slice(1) : lines;
    if (!rest.length) continue;
    const isList = rest.every((line) => /^\s*([-*]|\d+\.)\s+/.test(line));
    made.append(isList ? h("ul", rest.map((line) => h("li", inline(line.replace(/^\s*([-*]|\d+\.)\s+/, ""))))) : h("p", inline(rest.join(" "))));
  }
  return made;
}

function inline(text) {
  return text.split(/(\*\*[^*]+\*\*|\[[^\]]+\]\([^)\s]+\))/).map((part) => {
    const bold = /^\*\*(.+)\*\*$/.exec(part);
    if (bold) return h("strong", bold[1]);
    const found = /^\[([^\]]+)\]\(([^)\s]+)\)$/.exec(part);
    return found ? link(found[2], found[1]) : part;
  });
}
