// The captions on the listener's page: a history that follows the newest, unless the reader has scrolled up.

import { byId, calm, element, remember, remembered } from "./page.js";

const KEPT = 300;
const UNSURE_BELOW = 0.75;
const SIZES = [1.25, 1.6, 2, 2.6, 3.3, 4.2, 5.4, 7];
const NEAR_THE_END = 80;

export class Captions {
  #follow = true;
  #lastTop = 0;
  #unread = 0;
  #size = Number(remembered("size") ?? (innerWidth < 900 ? 2 : 3));

  constructor() {
    this.resize(0);
    byId("scroll").addEventListener("scroll", () => this.#scrolled(), { passive: true });
    byId("newest").addEventListener("click", () => this.jump());
    byId("smaller").addEventListener("click", () => this.resize(-1));
    byId("larger").addEventListener("click", () => this.resize(1));
    // A notice above, a keyboard below, a turned phone: whoever follows stays at the newest.
    new ResizeObserver(() => this.#follow && this.#toNewest()).observe(byId("scroll"));
  }

  get isEmpty() {
    return !byId("captions").children.length;
  }

  /** A caption; one that is late goes to its place. */
  add({ text, targetLanguage, confidence, sequenceNumber }, isLate = false) {
    const line = this.#line("caption", text);
    line.lang = targetLanguage;
    line.dir = "auto";
    line.dataset.number = sequenceNumber;
    if (confidence !== null && confidence < UNSURE_BELOW) {
      const hint = element("small", "", "Some words may be wrong");
      hint.lang = "en";
      line.append(hint);
    }
    this.#place(line, isLate ? this.#after(targetLanguage, sequenceNumber) : null);
  }

  /** A remark between the captions, such as that some are missing. */
  note(text) {
    this.#place(this.#line("note", text), null);
  }

  jump() {
    this.#follow = true;
    this.#toNewest();
    byId("scroll").focus({ preventScroll: true });
  }

  resize(by) {
    this.#size = Math.min(SIZES.length - 1, Math.max(0, this.#size + by));
    document.documentElement.style.setProperty("--caption", `${SIZES[this.#size]}rem`);
    byId("smaller").disabled = this.#size === 0;
    byId("larger").disabled = this.#size === SIZES.length - 1;
    remember("size", this.#size);
    if (this.#follow) this.#toNewest();
  }

  #line(className, text) {
    const line = element("li", className);
    line.append(element("span", "", text));
    return line;
  }

  #after(language, number) {
    const lines = [...byId("captions").querySelectorAll(".caption")];
    return lines.find((line) => line.lang === language && Number(line.dataset.number) > number) ?? null;
  }

  #place(line, before) {
    const list = byId("captions");
    list.insertBefore(line, before);
    // Taking the oldest away would move the text under the eyes of somebody who reads further up.
    while (this.#follow && list.children.length > KEPT) list.firstChild.remove();
    if (this.#follow) this.#toNewest(calm.matches ? "instant" : "smooth");
    else this.#count(this.#unread + 1);
  }

  #toNewest(behavior = "instant") {
    const scroll = byId("scroll");
    scroll.scrollTo({ top: scroll.scrollHeight, behavior });
  }

  #scrolled() {
    const { scrollTop, scrollHeight, clientHeight } = byId("scroll");
    const atEnd = scrollHeight - scrollTop - clientHeight < NEAR_THE_END;
    // On the way to the newest caption one is not there yet either; only going up means wanting to stay.
    if (atEnd || scrollTop < this.#lastTop) this.#follow = atEnd;
    this.#lastTop = scrollTop;
    byId("newest").hidden = this.#follow || !byId("ended").hidden;
    if (this.#follow) this.#count(0);
  }

  #count(unread) {
    this.#unread = unread;
    byId("newest-count").textContent = unread ? ` (${unread} new)` : "";
  }
}
