// What is yours: take it with you, cut connections, or delete all of it.

import { at, call, get, lines } from "../api.js";
import { Form, save } from "../forms.js";
import { ask, button, confirm, count, day, h, heading, say } from "../dom.js";

export default async function draw({ user }, redraw) {
  const [profile, { items }, deletion] = await Promise.all([get("profile"), get("connections"), get("account/deletion")]);
  return [heading("Account", `Signed in as ${user}.`), h("div.stack",
    own(profile),
    h("section.card", h("h2", "Connections"), items.length ? h("ul.plain", items.map((each) => connection(each, redraw)))
      : h("p.empty", "Nothing is connected.")),
    h("section.card", h("h2", "Take everything with you"),
      h("p", "One file with all that is stored about you, an item on each line. Passwords and tokens of other services stay here."),
      h("p", h("a.button", { href: "/api/account/export", download: "" }, "Export"))),
    removal(user, deletion))];
}

function connection({ provider, isExpired, expiresAt }, redraw) {
  const cut = async () => {
    if (!await confirm("Disconnect?", `Co-agent forgets its access to ${provider}.`, "Disconnect")) return;
    await call("DELETE", at("connections", provider));
    say("Disconnected.");
    await redraw();
  };
  return h("li.row", h("strong", provider), h(`span.badge${isExpired ? ".bad" : ".good"}`, isExpired ? "Expired" : "Connected"),
    h("span.hint", expiresAt ? `until ${day(expiresAt)}` : ""), button("Disconnect", cut, { kind: "quiet" }));
}

function own(profile) {
  const fields = [{ name: "displayName", label: "Name to call you by" }];
  const form = new Form(fields, profile);
  let kept = profile;
  const store = async (values) => { kept = (await save("PATCH", "profile", kept, values, fields)) ?? kept; };
  return h("section.card", h("h2", "You"), h("p.hint", profile.email), form.parts,
    h("div.row.end", button("Save", () => form.submit(store))));
}

function removal(user, { items }) {
  const bar = h("progress", { "aria-label": "Deleting", max: String(items), value: "0", hidden: true });
  const words = h("p.hint", { role: "status" });
  const go = async () => {
    bar.hidden = false;
    for await (const { deleted, isDone } of lines("account/deletion", { confirm: user })) {
      bar.value = deleted;
      words.textContent = `${count(deleted, "item")} of ${Math.max(items, deleted)} deleted.`;
      if (!isDone) continue;
      await call("DELETE", "session");
      words.textContent = `All ${count(deleted, "item")} are deleted. You are signed out.`;
      start.remove();
      return;
    }
    throw new Error("It broke off. What is deleted is gone; delete again to go on with the rest.");
  };
  const begin = async () => {
    const name = h("input", { id: "confirm-name", autocomplete: "off" });
    const content = h("div", h("p", "All of it goes: profile, reviews, texts, plans, reports, connections. This cannot be undone."),
      h("div.field", h("label", { for: "confirm-name" }, `Write ${user} to confirm`), name));
    if (await ask("Delete the account?", content, [["Delete everything", () => (name.value === user ? true : undefined), "danger"]])) await go();
  };
  const start = button("Delete account", begin, { kind: "danger" });
  return h("section.card", h("h2", "Delete the account"),
    h("p", `${count(items, "item")} are stored about you. Export them first if you want to keep some.`), bar, words, h("p", start));
}
