// Saved content by project: drag a card onto a project, or choose it in the card.

import { at, call, creator, get } from "../api.js";
import { Form, save } from "../forms.js";
import { ago, ask, button, confirm, count, guarded, h, heading, say } from "../dom.js";

const TYPES = ["Market Update", "Blog Post", "Video Script", "Neighbourhood Guide", "Social Media Post", "FAQs"];
const FIELDS = [
  { name: "name", label: "Name", required: true, max: "200" },
  { name: "type", label: "Kind", kind: "choice", choices: TYPES.map((type) => [type, type]) },
  { name: "content", label: "Text", kind: "area", rows: 12, required: true },
];
const MOST = 350 * 1024;
const size = (text) => new TextEncoder().encode(text).length;

export default async function draw() {
  const place = h("div.shelf");
  const state = { place, shown: new URLSearchParams(location.search).get("project") ?? "all" };
  await refresh(state);
  return [heading("Library", "What you have saved, by project.",
    button("New text", () => write(state), { kind: "primary" }), button("New project", () => name(state))), place];
}

async function refresh(state) {
  const projects = await everything("projects");
  if (!["all", "none"].includes(state.shown) && !projects.some(({ id }) => id === state.shown)) state.shown = "all";
  state.projects = projects.sort((one, other) => one.name.localeCompare(other.name));
  const list = h("ul.cards");
  const more = button("Show more", () => load());
  const nothing = h("p.empty", "Nothing here yet.");
  let cursor = null;
  const query = state.shown === "all" ? "" : `&project=${encodeURIComponent(state.shown === "none" ? "" : state.shown)}`;
  async function load() {
    const page = await get(`content?limit=24${query}${cursor ? `&cursor=${encodeURIComponent(cursor)}` : ""}`);
    list.append(...page.items.map((item) => card(state, item)));
    [cursor, more.hidden, nothing.hidden] = [page.cursor, !page.cursor, list.childElementCount > 0];
  }
  await load();
  state.place.replaceChildren(h("nav.projects", { "aria-label": "Projects" },
    h("ul", [["all", "All"], ["none", "No project"]].map(([id, words]) => target(state, id, words)),
      state.projects.map((project) => target(state, project.id, project.name, project)))),
  h("div", list, nothing, h("p.more", more)));
}

async function everything(path) {
  const items = [];
  for (let cursor = null, page; page === undefined || cursor; cursor = page.cursor) {
    page = await get(`${path}?limit=100${cursor ? `&cursor=${encodeURIComponent(cursor)}` : ""}`);
    items.push(...page.items);
  }
  return items;
}

function target(state, id, words, project) {
  const isShown = state.shown === id;
  const show = button(words, () => { state.shown = id; return refresh(state); }, { kind: isShown ? "shown" : "quiet" });
  if (isShown) show.setAttribute("aria-current", "true");
  const made = h("li", show, project && isShown && h("span.row",
    button("Rename", () => name(state, project), { kind: "quiet" }),
    button("Delete", () => removeProject(state, project), { kind: "quiet" })));
  if (id === "all") return made;
  made.addEventListener("dragover", (event) => { event.preventDefault(); made.classList.add("over"); });
  made.addEventListener("dragleave", () => made.classList.remove("over"));
  made.addEventListener("drop", async (event) => {
    event.preventDefault();
    made.classList.remove("over");
    const item = state.dragged;
    if (item) await guarded(made, () => move(state, item, id === "none" ? null : id));
  });
  return made;
}

function card(state, item) {
  const choose = h("select", { "aria-label": `Project of ${item.name ?? item.type}` },
    h("option", { value: "" }, "No project"), state.projects.map(({ id, name: words }) => h("option", { value: id }, words)));
  choose.value = item.projectId ?? "";
  choose.addEventListener("change", () => guarded(choose, () => move(state, item, choose.value || null)));
  const made = h("li.card.content", { draggable: "true" },
    h("h2", item.name ?? item.title ?? item.type), h("p.hint", `${item.type} · ${ago(item.createdAt)}`),
    h("p.start", item.start), choose,
    h("div.row", button("Open", async () => write(state, await get(at("content", item.id))), { label: `Open ${item.name ?? item.type}` }),
      button("Delete", () => remove(state, item), { kind: "quiet", label: `Delete ${item.name ?? item.type}` })));
  made.addEventListener("dragstart", () => { state.dragged = item; });
  made.addEventListener("dragend", () => { state.dragged = null; });
  return made;
}

async function move(state, item, projectId) {
  const shows = (id) => (id ? state.projects.find((project) => project.id === id)?.name ?? "A project that is gone" : "No project");
  const labelled = [{ name: "projectId", label: "Project", shows }];
  await save("PATCH", at("content", item.id), item, { projectId }, labelled);
  await refresh(state);
}

async function write(state, item) {
  const form = new Form(FIELDS, item ?? { type: TYPES[0] });
  const left = h("p.hint", { role: "status" });
  const text = form.controls.get("content");
  const measure = () => { left.textContent = `${(size(text.value) / 1024).toFixed(1)} of ${MOST / 1024} KiB`; };
  text.addEventListener("input", measure);
  measure();
  const create = creator("content");
  const store = async (values) => {
    if (size(values.content ?? "") > MOST) {
      const message = `This is ${(size(values.content) / 1024).toFixed(0)} KiB; ${MOST / 1024} are the most. Split it.`;
      throw { errors: [{ path: "content", message }] };
    }
    if (item) return save("PATCH", at("content", item.id), item, values, FIELDS);
    const projectId = ["all", "none"].includes(state.shown) ? null : state.shown;
    return create({ ...values, projectId });
  };
  const done = await ask(item ? "Edit text" : "New text", h("div", form.parts, left),
    [["Save", () => form.submit(store), "primary"]], { wide: true });
  if (done) await refresh(state);
}

async function remove(state, item) {
  if (!await confirm("Delete this text?", `“${item.name ?? item.type}” is gone for good.`, "Delete")) return;
  try {
    await call("DELETE", at("content", item.id), undefined, { etag: item.etag });
    say("Deleted.");
  } finally {
    // Also if it was changed elsewhere: the person looks at it again before deciding.
    await refresh(state);
  }
}

async function name(state, project) {
  const fields = [{ name: "name", label: "Name", required: true, max: "200" }];
  const form = new Form(fields, project);
  const create = creator("projects");
  const store = (values) => (project ? save("PATCH", at("projects", project.id), project, values, fields) : create(values));
  const stored = await ask(project ? "Rename project" : "New project", h("div", form.parts),
    [["Save", () => form.submit(store), "primary"]]);
  if (!stored) return;
  state.shown = stored.id;
  await refresh(state);
}

async function removeProject(state, project) {
  const words = `“${project.name}” goes away. What is in it stays, under “No project”.`;
  if (!await confirm("Delete this project?", words, "Delete")) return;
  const { moved } = await call("DELETE", at("projects", project.id), undefined, { etag: project.etag });
  state.shown = "none";
  await refresh(state);
  say(`Deleted; ${count(moved, "text")} moved.`);
}
