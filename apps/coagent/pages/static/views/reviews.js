// What clients wrote, newest first.

import { at, call, get } from "../api.js";
import { button, confirm, count, h, heading, say, stars } from "../dom.js";
import { paged } from "../paged.js";
import { bars, quote } from "../reviewing.js";

export default async function draw() {
  const overview = h("div.stack");
  const showOverview = async () => overview.replaceChildren(...summary(await get("reviews/summary")));
  const [list, analysis] = await Promise.all([
    paged("reviews?limit=20", (review) => item(review, showOverview), "No reviews yet."),
    get("analysis").catch((problem) => { if (problem.status === 404) return null; throw problem; }),
    showOverview(),
  ]);
  return [heading("Reviews", "Newest first."),
    h("div.split", h("div", list), h("div.stack", overview, analysis && feeling(analysis)))];
}

function item(review, changed) {
  const remove = async () => {
    if (!await confirm("Delete this review?", `What ${review.author.name} wrote is gone for good.`, "Delete")) return;
    await call("DELETE", at("reviews", review.id), undefined, { etag: review.etag });
    made.remove();
    say("Deleted.");
    await changed();
  };
  const made = h("li.card", quote(review, button("Delete", remove, { kind: "quiet", label: `Delete the review by ${review.author.name}` })));
  return made;
}

function summary(found) {
  return [h("section.card", h("h2", "All together"),
    h("p.figure", found.count ? found.average.toFixed(1) : "—"), found.count > 0 && stars(found.average),
    h("p.hint", `${count(found.count, "review")}, ${found.last30Days} of the last 30 days`), bars(found.sources))];
}

function feeling({ overallSentiment, summary: words, keywords, commonThemes }) {
  return h("section.card", h("h2", "What clients feel"), h("p", h("span.badge", overallSentiment)), h("p", words),
    h("ul.themes", commonThemes.map((theme) => h("li.badge", theme))), h("p.hint", keywords.join(", ")));
}
