// Marketing plans: the newest on top, with boxes to tick.

import { creator } from "../api.js";
import { Form } from "../forms.js";
import { ask, button, h, heading } from "../dom.js";
import { paged } from "../paged.js";
import { planParts } from "../planning.js";

const FIELDS = [{ name: "tasks", label: "Tasks", kind: "area", rows: 8, required: true,
  hint: "One on each line: what to do | why | which tool | its address (the last three may be left out)." }];

export default async function draw(found, redraw) {
  const list = await paged("plans?limit=10", (plan) => h("li.card", planParts(plan)), "No plan yet.");
  return [heading("Plans", "The newest is the one that counts.", button("New plan", () => write(redraw), { kind: "primary" })), ...list];
}

async function write(redraw) {
  const form = new Form(FIELDS);
  const create = creator("plans");
  const store = ({ tasks }) => create({ plan: (tasks ?? "").split("\n").filter((line) => line.trim()).map((line) => {
    const [task, rationale = "", tool = "", toolLink = ""] = line.split("|").map((part) => part.trim());
    return { task, rationale, tool, toolLink };
  }) });
  if (await ask("New plan", h("div", form.parts), [["Save", () => form.submit(store), "primary"]], { wide: true })) await redraw();
}
