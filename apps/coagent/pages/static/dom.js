// What all views do with the document. Whatever users have written goes in as text: nothing here takes HTML.

export const byId = (id) => document.getElementById(id);

/** Makes an element: `h("p.hint", {title}, "text", child)`; attributes that are functions are listeners. */
export function h(spec, ...children) {
  const [tag, ...classes] = spec.split(".");
  const made = document.createElement(tag || "div");
  if (classes.length) made.className = classes.join(" ");
  const [first] = children;
  if (first && typeof first === "object" && !(first instanceof Node) && !Array.isArray(first)) {
    children.shift();
    for (const [name, value] of Object.entries(first)) set(made, name, value);
  }
  made.append(...children.flat(3).filter((each) => each !== null && each !== undefined && each !== false));
  return made;
}

function set(made, name, value) {
  if (value === undefined || value === null || value === false) return;
  if (typeof value === "function") made.addEventListener(name.replace(/^on/, ""), value);
  else if (name in made && typeof value !== "string") made[name] = value;
  else made.setAttribute(name, value === true ? "" : value);
}

/** Tells in passing that something has been done; screen readers say it. */
export function say(words) {
  const place = byId("said");
  place.textContent = words;
  clearTimeout(say.timer);
  say.timer = setTimeout(() => { place.textContent = ""; }, 6_000);
}

/** Shows a problem across the page, or takes it away when there are no words. */
export function showProblem(words = "") {
  byId("problem").textContent = words;
  byId("problem").hidden = !words;
}

/** A button that cannot be pressed twice while what it started goes on; problems are shown across the page. */
export function button(words, act, { kind = "", label } = {}) {
  const made = h(`button${kind ? `.${kind}` : ""}`, { type: "button", "aria-label": label }, words);
  made.addEventListener("click", () => guarded(made, act));
  return made;
}

export async function guarded(control, act) {
  if (control.getAttribute("aria-disabled") === "true") return;
  control.setAttribute("aria-disabled", "true");
  showProblem();
  try {
    await act();
  } catch (problem) {
    showProblem(problem.message);
  } finally {
    control.removeAttribute("aria-disabled");
    refocus(control);
  }
}

const named = (control) => control.getAttribute("aria-label") ?? control.textContent;

/** Who works by keyboard goes on where they were, also when what they pressed has been drawn anew. */
function refocus(control) {
  if (document.activeElement !== document.body) return;
  const again = [...document.querySelectorAll(`main ${control.tagName}`)].find((each) => named(each) === named(control));
  (again ?? byId("view")).focus();
}

/** Opens a dialog and gives what it is closed with; null if it is left by Escape or its Cancel. */
export function ask(title, content, actions, { wide = false } = {}) {
  return new Promise((resolve) => {
    const name = `dialog-${Date.now()}`;
    let answer = null;
    const close = (value) => { answer = value; dialog.close(); };
    const buttons = actions.map(([words, value, kind]) =>
      button(words, async () => {
        const given = typeof value === "function" ? await value() : value;
        if (given !== undefined) close(given);
      }, { kind }));
    const dialog = h(`dialog${wide ? ".wide" : ""}`, { "aria-labelledby": name },
      h("h2", { id: name }, title), content,
      h("div.row.end", button("Cancel", () => close(null), { kind: "quiet" }), buttons));
    dialog.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && event.target.matches("input:not([type=radio])")) buttons.at(-1).click();
    });
    dialog.addEventListener("close", () => { dialog.remove(); resolve(answer); });
    document.body.append(dialog);
    dialog.showModal();
  });
}

export const confirm = (title, words, action) => ask(title, h("p", words), [[action, true, "danger"]]);

const DAY = { day: "numeric", month: "short", year: "numeric" };

/** A moment in words: `createdAt` as ISO text, or milliseconds. */
export function day(moment) {
  const date = new Date(moment);
  return Number.isNaN(date.getTime()) ? "" : date.toLocaleDateString("en", DAY);
}

export function ago(moment) {
  const seconds = (Date.now() - new Date(moment)) / 1_000;
  for (const [unit, size] of [["day", 86_400], ["hour", 3_600], ["minute", 60]]) {
    if (seconds >= size) {
      return seconds < 30 * 86_400
        ? new Intl.RelativeTimeFormat("en", { numeric: "auto" }).format(-Math.floor(seconds / size), unit) : day(moment);
    }
  }
  return "just now";
}

export const count = (number, one, many = `${one}s`) => `${number.toLocaleString("en")} ${number === 1 ? one : many}`;

/** Stars for the eye, a number for the ear. */
export function stars(rating) {
  const full = Math.round(rating);
  return h("span.stars", { role: "img", "aria-label": `${rating} of 5` }, "★".repeat(full), "☆".repeat(5 - full));
}

/** A link that leads to the web or to a page here, and nowhere else: an address such as `javascript:` stays text. */
export function link(address, words = address) {
  if (/^\/(?![/\\])/.test(address)) return h("a", { href: address }, words);
  const isWeb = /^https?:\/\//i.test(address);
  return isWeb ? h("a", { href: address, rel: "noopener noreferrer", target: "_blank" }, words) : h("span", words);
}

/** The title of a view, and what can be done about all of it. */
export function heading(title, words, ...actions) {
  document.title = `${title} · Co-agent`;
  return h("div.heading", h("div", h("h1", title), words && h("p.hint", words)), h("div.actions", ...actions));
}
