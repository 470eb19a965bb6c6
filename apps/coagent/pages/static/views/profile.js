// The agent's profile, how complete it is, and what was found about it on the web.

import { call, get } from "../api.js";
import { FIELDS, PHOTO, fieldNames } from "../agent-fields.js";
import { Form, changes, save } from "../forms.js";
import { button, day, h, heading, link, say } from "../dom.js";

export default async function draw() {
  let agent = await get("agent");
  const audit = await get("audit").catch((problem) => { if (problem.status === 404) return null; throw problem; });
  const form = new Form(FIELDS, agent);
  const whole = h("div.card");
  const showWhole = () => whole.replaceChildren(...completeness(agent.completeness));
  showWhole();
  const photo = new Form(PHOTO, agent);
  const show = (stored) => {
    if (!stored) return;
    agent = stored;
    form.fill(agent);
    photo.fill(agent);
    showWhole();
  };
  const store = async (values) => show(await save("PATCH", "agent", agent, values, FIELDS));
  const storePhoto = async (values) => {
    const stored = await call("PUT", "photo", values);
    // What else was changed elsewhere is to be seen as a choice when the form is saved.
    const etag = Object.keys(changes(agent, stored, FIELDS)).length ? agent.etag : stored.etag;
    agent = { ...agent, photoURL: stored.photoURL, completeness: stored.completeness, etag };
    showWhole();
    say("Saved.");
  };
  return [
    heading("Profile", "What clients see of you."),
    h("div.split", h("form.card", { novalidate: true, onsubmit: (event) => event.preventDefault() }, form.parts,
      h("div.row.end", button("Save", () => form.submit(store), { kind: "primary" }))),
    h("div.stack", whole,
      h("form.card", { novalidate: true, onsubmit: (event) => event.preventDefault() }, h("h2", "Photo"), photo.parts,
        h("div.row.end", button("Save photo", () => photo.submit(storePhoto)))),
      h("section.card", { id: "audit" }, h("h2", "Your name on the web"), looks(audit))))];
}

function completeness({ score, missing }) {
  return [h("h2", "How complete it is"), h("p.figure", `${score}%`),
    h("progress", { max: "100", value: String(score), "aria-label": "How complete the profile is" }),
    missing.length ? h("p.hint", `Missing: ${fieldNames(missing)}`) : h("p.hint", "Nothing is missing.")];
}

function looks(audit) {
  if (!audit) return h("p.empty", "Nobody has looked yet.");
  return h("div", h("p.hint", `Looked at on ${day(audit.lastRun)}`), h("ul.plain", audit.results.map((each) =>
    h("li", h("div.row", each.platformUrl ? link(each.platformUrl, each.platform) : h("span", each.platform),
      h(`span.badge${each.status === "Consistent" ? ".good" : ".bad"}`, each.status)),
    [each.foundName, each.foundAddress, each.foundPhone].some(Boolean)
      && h("p.hint", [each.foundName, each.foundAddress, each.foundPhone].filter(Boolean).join(" · "))))));
}
