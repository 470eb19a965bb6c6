// What there is to learn, and how far one has come.

import { at, call, get } from "../api.js";
import { button, day, h, heading, say } from "../dom.js";

export default async function draw(found, redraw) {
  const { modules, completed, total } = await get("training");
  const toggle = async (module) => {
    await call("PUT", at("training", module.id), { completed: !module.completed });
    say(module.completed ? "Open again." : "Well done.");
    await redraw();
  };
  return [heading("Training", `${completed} of ${total} modules completed.`),
    h("progress.long", { max: String(total), value: String(completed), "aria-label": "Modules completed" }),
    h("ul.cards", modules.map((module) => h("li.card", h("h2", module.title), h("p.hint", module.summary),
      h("div.row", module.completed ? h("span.badge.good", `Completed on ${day(module.completedAt)}`) : h("span.badge", "Open"),
        button(module.completed ? "Open again" : "Complete", () => toggle(module),
          { kind: module.completed ? "quiet" : "primary", label: `${module.completed ? "Open again" : "Complete"}: ${module.title}` })))))];
}
