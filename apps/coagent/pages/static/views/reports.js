// Research reports, newest first; each opens where it stands.

import { at, call, creator, get } from "../api.js";
import { Form } from "../forms.js";
import { ask, button, confirm, day, h, heading, link, say } from "../dom.js";
import { markdown } from "../markdown.js";
import { paged } from "../paged.js";

const FIELDS = [
  { name: "topic", label: "Topic", required: true, max: "300" },
  { name: "report", label: "Report", kind: "area", rows: 12, required: true, hint: "Markdown: # heading, - list, **bold**." },
  { name: "citations", label: "Sources", kind: "lines", hint: "One address on each line." },
];

export default async function draw(found, redraw) {
  const list = await paged("reports?limit=10", item, "No report yet.");
  return [heading("Reports", "What has been looked into.", button("New report", () => write(redraw), { kind: "primary" })), ...list];
}

function item({ id, topic, createdAt }) {
  const body = h("div");
  const details = h("details", h("summary", h("span.title", topic), h("span.hint", day(createdAt))), body);
  let report = null;
  details.addEventListener("toggle", async () => {
    if (report || !details.open) return;
    report = await get(at("reports", id));
    body.replaceChildren(markdown(report.report), h("ul.plain", (report.citations ?? []).map((each) => h("li", link(each)))),
      h("div.row.end", button("Delete", remove, { kind: "quiet", label: `Delete ${topic}` })));
  });
  const remove = async () => {
    if (!await confirm("Delete this report?", `“${topic}” is gone for good.`, "Delete")) return;
    await call("DELETE", at("reports", id), undefined, { etag: report.etag });
    made.remove();
    say("Deleted.");
  };
  const made = h("li.card", details);
  return made;
}

async function write(redraw) {
  const form = new Form(FIELDS);
  const create = creator("reports");
  if (await ask("New report", h("div", form.parts), [["Save", () => form.submit(create), "primary"]], { wide: true })) await redraw();
}
