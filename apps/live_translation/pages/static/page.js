// What all pages do with their document: find parts, make parts, show a state or a problem, keep a preference.

export const byId = (id) => document.getElementById(id);

/** True while the person asks for less motion. */
export const calm = matchMedia("(prefers-reduced-motion: reduce)");

export function element(tag, className = "", text = "") {
  const made = document.createElement(tag);
  if (className) made.className = className;
  made.textContent = text;
  return made;
}

/** Shows one of several parts of the page and hides the others. */
export function showOnly(shown, ...others) {
  byId(shown).hidden = false;
  for (const id of others) byId(id).hidden = true;
}

/** Fills the status in the header; `mood` is good, wait or bad. */
export function showState(words, mood = "") {
  const state = byId("state");
  if (state.textContent !== words) state.textContent = words;
  state.dataset.mood = mood;
}

/** Shows a problem across the page, or takes it away when there are no words. */
export function showProblem(words = "") {
  const problem = byId("problem");
  problem.textContent = words;
  problem.hidden = !words;
}

export function remember(key, value) {
  try {
    localStorage.setItem(`live-translation.${key}`, value);
  } catch {
    // A browser that keeps nothing is fine: the page only forgets a preference.
  }
}

export function remembered(key) {
  try {
    return localStorage.getItem(`live-translation.${key}`);
  } catch {
    return null;
  }
}

/** Keeps the screen on while somebody reads, where the browser can; gives the function that lets it go dark again. */
export function keepAwake() {
  let lock = null;
  let wanted = true;
  const ask = async () => {
    if (!wanted || document.visibilityState !== "visible") return;
    try {
      lock = await navigator.wakeLock?.request("screen");
      if (!wanted) await lock?.release();
    } catch {
      // Low battery or no permission: the screen does what it always does.
    }
  };
  document.addEventListener("visibilitychange", ask);
  ask();
  return () => {
    wanted = false;
    document.removeEventListener("visibilitychange", ask);
    lock?.release().catch(() => {});
  };
}
