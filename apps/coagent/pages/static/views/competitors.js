// Who else is in the market, best reviewed first.

import { at, call, creator, get } from "../api.js";
import { ranked } from "../competing.js";
import { Form, save } from "../forms.js";
import { ask, button, confirm, h, heading, say } from "../dom.js";

const FIELDS = [
  { name: "name", label: "Name", required: true, max: "200" },
  { name: "agency", label: "Agency", required: true, max: "200" },
  { name: "reviewCount", label: "Reviews", kind: "number" },
  { name: "avgRating", label: "Average rating", kind: "number" },
  { name: "socialFollowers", label: "Followers", kind: "number" },
  { name: "domainAuthority", label: "Domain authority", kind: "number", hint: "0 to 100" },
];

export default async function draw(found, redraw) {
  const { items } = await get("competitors");
  const actions = (each) => [
    button("Edit", () => edit(each, redraw), { kind: "quiet", label: `Edit ${each.name}` }),
    button("Delete", () => remove(each, redraw), { kind: "quiet", label: `Delete ${each.name}` })];
  return [heading("Competitors", "Ranked by their number of reviews.", button("Add", () => edit(null, redraw), { kind: "primary" })),
    items.length ? h("div.card", ranked(items, { actions })) : h("p.empty", "Nobody yet.")];
}

async function edit(competitor, redraw) {
  const form = new Form(FIELDS, competitor ?? { reviewCount: 0, avgRating: 0, socialFollowers: 0, domainAuthority: 0 });
  const create = creator("competitors");
  const store = (values) => (competitor ? save("PATCH", at("competitors", competitor.id), competitor, values, FIELDS) : create(values));
  const title = competitor ? `Edit ${competitor.name}` : "Add a competitor";
  if (await ask(title, h("div", form.parts), [["Save", () => form.submit(store), "primary"]])) await redraw();
}

async function remove(competitor, redraw) {
  if (!await confirm("Delete this competitor?", `${competitor.name} leaves the table.`, "Delete")) return;
  await call("DELETE", at("competitors", competitor.id), undefined, { etag: competitor.etag });
  say("Deleted.");
  await redraw();
}
