// The bundled talk, delivered as a recogniser would: growing partial results at speaking speed, then the final.

const WORDS_PER_SECOND = 2.6;
const BREATH = 0.8;
const LOWEST = 0.5;
const HIGHEST = 0.95;

/** Tells `heard(step)` each step {id, text, isPartial, stability}, and `changed()` when it starts, stops or ends. */
export class Player {
  #sentences;
  #heard;
  #changed;
  #next = 0;
  #steps = [];
  #timer = 0;
  speed = 1;
  playing = false;

  constructor(sentences, { heard, changed }) {
    this.#sentences = sentences;
    this.#heard = heard;
    this.#changed = changed;
  }

  /** How many sentences have been said in full. */
  get said() {
    return this.#steps.length ? this.#next - 1 : this.#next;
  }

  get length() {
    return this.#sentences.length;
  }

  play() {
    if (this.playing) return;
    if (this.said === this.length) this.#next = 0;
    this.playing = true;
    this.#changed();
    this.#step();
  }

  pause() {
    clearTimeout(this.#timer);
    this.playing = false;
    this.#changed();
  }

  #step() {
    if (!this.#steps.length) {
      if (this.#next === this.length) return this.pause();
      this.#steps = steps(this.#sentences[this.#next++]);
    }
    const { seconds, ...step } = this.#steps.shift();
    this.#heard(step);
    this.#changed();
    this.#timer = setTimeout(() => this.#step(), (1000 * seconds) / this.speed);
  }
}

function steps({ id, text }) {
  const words = text.replace(/[.!?…»]+$/u, "").split(/\s+/);
  const lengths = [];
  for (let heard = 0; heard < words.length; lengths.push(heard)) {
    heard = Math.min(words.length, heard + 1 + Math.floor(3 * Math.random()));
  }
  const partials = lengths.map((length, index) => ({
    id,
    text: words.slice(0, length).join(" "),
    isPartial: true,
    stability: rise(index, lengths.length),
    seconds: ((lengths[index + 1] ?? length + 1) - length) / WORDS_PER_SECOND,
  }));
  return [...partials, { id, text, isPartial: false, stability: null, seconds: BREATH }];
}

function rise(index, length) {
  return length === 1 ? HIGHEST : Number((LOWEST + ((HIGHEST - LOWEST) * index) / (length - 1)).toFixed(2));
}
