// Forms from a list of fields, their problems at their places, and what happens when somebody else was faster.

import { call } from "./api.js";
import { h, say } from "./dom.js";
import { settle } from "./conflict.js";

const LISTS = {
  to: (value) => (value ?? []).join("\n"),
  from: (text) => text.split("\n").map((line) => line.trim()).filter(Boolean),
};

/** Fields: {name, label, kind: text, area, email, url, number, lines or choice, choices, hint, required, rows}. */
export class Form {
  constructor(fields, values = {}) {
    this.fields = fields;
    this.controls = new Map(fields.map((field) => [field.name, control(field)]));
    this.problems = new Map(fields.map(({ name }) => [name, h("p.problem", { id: `${name}-problem` })]));
    this.other = h("p.problem", { role: "alert" });
    this.parts = [...fields.map((field) => this.#part(field)), this.other];
    this.fill(values);
  }

  #part({ name, label, hint, required }) {
    const made = this.controls.get(name);
    made.setAttribute("aria-describedby", `${name}-problem${hint ? ` ${name}-hint` : ""}`);
    return h("div.field", h("label", { for: `field-${name}` }, label, required && h("span.hint", " (needed)")), made,
      hint && h("p.hint", { id: `${name}-hint` }, hint), this.problems.get(name));
  }

  fill(values) {
    for (const { name, kind } of this.fields) {
      const value = values[name];
      const made = this.controls.get(name);
      // What others have written may be none of the choices, and stays what it is.
      if (kind === "choice" && value && ![...made.options].some((option) => option.value === value)) made.append(h("option", { value }, value));
      made.value = kind === "lines" ? LISTS.to(value) : value ?? "";
    }
  }

  /** What is in the form; null where a field is empty. */
  read() {
    return Object.fromEntries(this.fields.map(({ name, kind }) => {
      const text = this.controls.get(name).value;
      if (kind === "lines") return [name, LISTS.from(text)];
      if (text.trim() === "") return [name, null];
      return [name, kind === "number" ? Number(text) : kind === "area" ? text : text.trim()];
    }));
  }

  /** Shows each problem beside its field, and goes to the first. */
  show(problem) {
    this.clear();
    const rest = [];
    for (const { path, message } of problem?.errors ?? []) {
      const field = path.split(/[.[]/)[0];
      const place = this.problems.get(field);
      if (place) place.textContent = message;
      else rest.push(path ? `${path}: ${message}` : message);
      this.controls.get(field)?.setAttribute("aria-invalid", "true");
    }
    this.other.textContent = rest.join(" ") || (problem?.errors?.length ? "" : problem?.message ?? "");
    this.controls.get((problem?.errors?.[0]?.path ?? "").split(/[.[]/)[0])?.focus();
  }

  clear() {
    for (const place of [...this.problems.values(), this.other]) place.textContent = "";
    for (const made of this.controls.values()) made.removeAttribute("aria-invalid");
  }

  /** Runs `act` with what is in the form; undefined, and the problems shown, if that is refused. */
  async submit(act) {
    this.clear();
    try {
      return await act(this.read());
    } catch (problem) {
      this.show(problem);
      return undefined;
    }
  }
}

function control({ name, kind = "text", choices = [], rows = 4, required, max }) {
  const id = `field-${name}`;
  const common = { id, name, "aria-required": required ? "true" : undefined };
  if (kind === "area" || kind === "lines") return h("textarea", { ...common, rows: String(rows) });
  if (kind === "choice") return h("select", common, choices.map(([value, words]) => h("option", { value }, words)));
  const type = kind === "number" ? "number" : "text";
  return h("input", { ...common, type, maxlength: max, step: kind === "number" ? "any" : undefined,
    inputmode: kind === "email" || kind === "url" ? kind : undefined, autocomplete: "off" });
}

const plain = (value) => JSON.stringify(value ?? null);

/** The fields in which `mine` says something else than `base`. */
export const changes = (base, mine, fields) => Object.fromEntries(fields.map(({ name }) => [name, mine[name] ?? null])
  .filter(([name, value]) => plain(value) !== plain(base[name])));

/** Saves what is changed of `base`, asking the person as often as somebody else was faster; gives what is stored then.
 *  Null if the person left it. */
export async function save(method, path, base, mine, fields) {
  let [was, wanted] = [base, mine];
  for (;;) {
    const values = changes(was, wanted, fields);
    if (was.etag && !Object.keys(values).length) return was;
    try {
      const stored = await call(method, path, values, { etag: was.etag });
      say("Saved.");
      return stored;
    } catch (problem) {
      if (problem.status !== 412 || !problem.said.current) throw problem;
      const theirs = problem.said.current;
      const chosen = await settle(fields, was, { ...was, ...wanted }, theirs);
      if (chosen === null) return null;
      [was, wanted] = [theirs, chosen === "theirs" ? theirs : chosen];
    }
  }
}
