// Who listens: a number, and a bar for each language.

import { byId, element } from "./page.js";
import { byName, languageName } from "./words.js";

/** Takes a `sessionStatus` message. */
export function showAudience({ listenerCount, languageDistribution }) {
  byId("count").textContent = listenerCount;
  byId("count-word").textContent = listenerCount === 1 ? "listener" : "listeners";
  byId("nobody").hidden = listenerCount > 0;
  const most = Math.max(1, ...Object.values(languageDistribution));
  const languages = byName(Object.keys(languageDistribution)).filter((code) => languageDistribution[code] > 0);
  byId("distribution").replaceChildren(
    ...languages.map((code) => bar(languageName(code), languageDistribution[code], most)),
  );
}

function bar(name, number, most) {
  const row = element("li");
  const fill = element("span", "fill");
  fill.style.setProperty("--share", number / most);
  row.append(element("span", "name", name), fill, element("span", "number", number));
  return row;
}
