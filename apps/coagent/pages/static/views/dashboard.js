// Everything at a glance, in one call.

import { get } from "../api.js";
import { ago, count, h, heading, stars } from "../dom.js";
import { fieldNames } from "../agent-fields.js";
import { ranked } from "../competing.js";
import { latestPlan } from "../planning.js";
import { bars, quote } from "../reviewing.js";

const card = (title, href, ...content) =>
  h("section.card", h("h2", h("a", { href }, title)), ...content);

export default async function draw() {
  const found = await get("dashboard");
  const { name } = found.agent;
  return [
    heading(name ? `Hello, ${name}` : "Hello", "What your clients, your plan and your market say today."),
    h("div.tiles", tiles(found)),
    h("div.board",
      card("Next steps", "/plans", ...latestPlan(found.plan)),
      card("Recent reviews", "/reviews", ...(found.recentReviews.length
        ? found.recentReviews.map((review) => quote(review)) : [h("p.empty", "No reviews yet.")])),
      card("Where reviews come from", "/reviews", bars(found.reviews.sources)),
      card("Your market", "/competitors", found.competitors.length
        ? ranked(found.competitors.slice(0, 5), { figures: 2 }) : h("p.empty", "No competitors yet.")),
      card("Your name on the web", "/profile#audit", audit(found.audit)),
      found.analysis && card("What clients feel", "/reviews", h("p", h("strong", found.analysis.overallSentiment)),
        h("p", found.analysis.summary)))];
}

function tiles({ agent, reviews, training }) {
  const { score, missing } = agent.completeness;
  return [
    tile("Profile complete", `${score}%`, missing.length ? `Missing: ${fieldNames(missing)}` : "Nothing is missing.", score),
    tile("Average rating", reviews.count ? reviews.average.toFixed(1) : "—", reviews.count ? stars(reviews.average) : "No reviews yet."),
    tile("Reviews", String(reviews.count), `${count(reviews.last30Days, "new review")} in 30 days`),
    tile("Training", `${training.completed} of ${training.total}`, "modules completed", (100 * training.completed) / training.total),
  ];
}

function tile(name, value, words, percent) {
  return h("div.tile", h("h2", name), h("p.figure", value), h("p.hint", words),
    percent !== undefined && h("progress", { max: "100", value: String(Math.round(percent)), "aria-label": name }));
}

function audit(found) {
  if (!found) return h("p.empty", "No audit yet.");
  const wrong = found.results.filter(({ status }) => status !== "Consistent");
  return h("div", h("p.hint", `Looked at ${ago(found.lastRun)}`),
    h("p", wrong.length ? `${wrong.length} of ${count(found.results.length, "platform")} to look after:` : "All platforms agree."),
    h("ul.plain", wrong.map(({ platform, status }) => h("li", platform, " ", h("span.badge.bad", status)))));
}
