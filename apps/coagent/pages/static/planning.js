// A marketing plan with boxes to tick.

import { at, call } from "./api.js";
import { day, h, link, say, showProblem } from "./dom.js";

export function latestPlan(plan) {
  return plan ? planParts(plan) : [h("p.empty", "No plan yet. ", h("a", { href: "/plans" }, "Write one"))];
}

export function planParts(plan) {
  const state = { ...plan };
  const list = h("ul.tasks");
  const draw = () => list.replaceChildren(...state.plan.map((task, index) => item(state, task, index, draw)));
  draw();
  return [h("p.hint", `Made on ${day(plan.createdAt)}`), list];
}

function item(state, { task, rationale, tool, toolLink, completed }, index, draw) {
  const box = h("input", { type: "checkbox", checked: completed === true });
  box.addEventListener("change", async () => {
    showProblem();
    try {
      const path = at("plans", state.id, "tasks", index);
      Object.assign(state, await call("PUT", path, { completed: box.checked }, { etag: state.etag }));
      say(box.checked ? "Done." : "Open again.");
    } catch (problem) {
      if (problem.said?.current) Object.assign(state, problem.said.current);
      else box.checked = !box.checked;
      showProblem(problem.said?.current ? "The plan was changed elsewhere; this is how it stands now." : problem.message);
    }
    draw();
  });
  return h("li", h("label", box, h("span", { class: completed ? "done" : "" }, task)),
    h("p.hint", rationale, " ", tool && link(toolLink, tool)));
}

