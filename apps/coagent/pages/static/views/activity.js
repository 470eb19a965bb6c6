// What was made lately, of every kind.

import { ago, h, heading } from "../dom.js";
import { paged } from "../paged.js";

const KINDS = { content: ["Text", "/library"], report: ["Report", "/reports"], plan: ["Plan", "/plans"], competitor: ["Competitor", "/competitors"],
  project: ["Project", "/library"], training: ["Training", "/training"], review: ["Review", "/reviews"] };

export default async function draw() {
  const list = await paged("activity?limit=20", ({ kind, title, at }) => {
    const [words, href] = KINDS[kind] ?? [kind, "/"];
    return h("li", h("span.badge", words), h("a", { href }, title), h("span.hint", ago(at)));
  }, "Nothing yet.", { tag: "ul.feed" });
  return [heading("Activity", "Newest first."), ...list];
}
