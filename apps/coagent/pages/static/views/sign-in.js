// The door: who is it, and the passcode where there is one.

import { call } from "../api.js";
import { Form } from "../forms.js";
import { button, h, heading } from "../dom.js";

export default async function draw({ user, wantsPasscode, samples = [] }) {
  if (user) location.assign("/");
  const fields = [{ name: "user", label: "User", required: true, max: "128" },
    { name: "email", label: "E-mail", kind: "email", hint: "Needed the first time only." }];
  const form = new Form(fields);
  const passcode = h("input", { id: "passcode", type: "password", autocomplete: "current-password" });
  const enter = async (values) => {
    await call("POST", "session", { user: values.user ?? "", email: values.email ?? "", passcode: passcode.value });
    location.assign("/");
  };
  const submit = async (event) => {
    event.preventDefault();
    await form.submit(enter);
  };
  return [h("div.narrow",
    heading("Sign in", "This service knows its users by name on this machine."),
    h("form", { onsubmit: submit, novalidate: true }, form.parts,
      wantsPasscode && h("div.field", h("label", { for: "passcode" }, "Passcode"), passcode),
      h("button.primary", { type: "submit" }, "Sign in")),
    samples.length > 0 && h("section.samples", h("h2", "Or look around as"),
      h("div.row", samples.map(({ user: id, name }) => button(name, () => enter({ user: id }))))))];
}
