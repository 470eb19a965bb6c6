// How loud the microphone is: a bar, and a hint when it is too quiet or too loud for long enough to matter.

import { byId } from "./page.js";

const FLOOR = -60;
const SILENCE = -55;
const QUIET = -38;
const QUIET_FOR = 5_000;
const CLIPPED_SHARE = 0.01;
const HINT_STAYS = 4_000;

const HINTS = {
  silence: "Nothing is heard. Is the right microphone chosen, and is it on?",
  quiet: "Very quiet. Come closer to the microphone or speak up.",
  clipping: "Too loud: the sound is cut off. Move away from the microphone a little.",
  snr_low: "There is much noise around you. A microphone closer to the mouth helps.",
  echo: "The microphone hears an echo. Turn loudspeakers down or use a headset.",
};

export class Meter {
  #now;
  #loudest = [];
  #hint = "";
  #hintUntil = 0;
  #shown = 0;

  constructor(now = () => performance.now()) {
    this.#now = now;
  }

  /** Takes a level in and shows it. */
  level({ rms, peak, clipped }) {
    const now = this.#now();
    const decibels = Math.max(FLOOR, 20 * Math.log10(rms || 1e-6));
    // Falls slower than it rises, as needles do: otherwise it flickers between the words.
    this.#shown = Math.max((decibels - FLOOR) / -FLOOR, this.#shown - 0.04);
    this.#draw(this.#shown, decibels);
    this.#loudest = [...this.#loudest.filter(({ at }) => now - at < QUIET_FOR), { at: now, decibels }];
    if (clipped > CLIPPED_SHARE && peak >= 0.98) this.warn("clipping");
    else if (now - this.#loudest[0].at > QUIET_FOR - 200) this.#listenForQuiet();
    if (this.#hint && now > this.#hintUntil) this.#say("");
  }

  /** Shows a hint by its name: silence, quiet, clipping, snr_low or echo. */
  warn(issue) {
    if (!HINTS[issue]) return;
    this.#hintUntil = this.#now() + HINT_STAYS;
    this.#say(issue);
  }

  reset() {
    this.#loudest = [];
    this.#shown = 0;
    this.#draw(0, FLOOR);
    this.#say("");
  }

  #listenForQuiet() {
    const most = Math.max(...this.#loudest.map(({ decibels }) => decibels));
    if (most < SILENCE) this.warn("silence");
    else if (most < QUIET) this.warn("quiet");
  }

  #say(issue) {
    if (issue === this.#hint) return;
    this.#hint = issue;
    byId("level-hint").textContent = HINTS[issue] ?? "";
  }

  #draw(share, decibels) {
    const level = byId("level");
    level.style.setProperty("--level", share.toFixed(3));
    level.dataset.loud = String(decibels > -6);
    level.setAttribute("aria-valuenow", Math.round(100 * share));
  }
}
