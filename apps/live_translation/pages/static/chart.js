// A chart over time, drawn as SVG: lines with gaps where nothing was measured, or stacked bars.

import { element } from "./page.js";

const HEIGHT = 168;
const SPACE = { left: 62, right: 10, top: 10, bottom: 24 };
const TICKS = 3;
const GAP = 2.5;
const FEW_MINUTES = 240_000;

/**
 * `series` are {name, of(bucket)}; `bars` stacks them; `format` writes a value; `most` is the least that the axis shows.
 * The colour of a series is that of its place: .s1, .s2, ... in the style sheet.
 */
export class Chart {
  #options;
  #history = [];
  #bucket = 5_000;
  #at = null;
  #place;
  #svg = svg("svg", { role: "img", tabindex: 0 });
  #legend = element("ul", "legend");
  #time = element("span", "time");

  constructor(place, options) {
    this.#options = options;
    this.#place = place;
    const heading = element("h2", "", options.title);
    const head = element("div", "chart-head");
    head.append(heading, this.#time);
    place.append(head, this.#svg, this.#legend);
    new ResizeObserver(() => this.#draw()).observe(place);
    this.#svg.addEventListener("pointermove", (event) => this.#pointAt(event.offsetX));
    this.#svg.addEventListener("pointerleave", () => this.#look(null));
    this.#svg.addEventListener("keydown", (event) => this.#step(event));
    this.#svg.addEventListener("blur", () => this.#look(null));
  }

  /** Shows buckets {at, ...}, oldest first, `bucket` ms apart. */
  show(history, bucket = this.#bucket) {
    this.#history = history;
    this.#bucket = bucket;
    this.#draw();
  }

  #draw() {
    const { series, bars } = this.#options;
    const width = Math.floor(this.#place.clientWidth);
    if (!width || !this.#history.length) return;
    const scale = this.#scale(width);
    this.#svg.setAttribute("viewBox", `0 0 ${width} ${HEIGHT}`);
    this.#svg.setAttribute("height", HEIGHT);
    this.#svg.replaceChildren(...this.#axes(scale, width));
    const drawn = bars ? this.#bars(scale) : series.map((each, index) => this.#line(each, index, scale));
    this.#svg.append(...drawn, ...this.#cursor(scale));
    this.#tell();
  }

  #scale(width) {
    const { series, bars, most = 1 } = this.#options;
    const tops = this.#history.map((bucket) => {
      const values = series.map(({ of }) => of(bucket) ?? 0);
      return bars ? values.reduce((sum, value) => sum + value, 0) : Math.max(...values);
    });
    const step = niceStep(Math.max(most, ...tops) / TICKS);
    const top = step * Math.max(1, Math.ceil(Math.max(most, ...tops) / step - 1e-9));
    const [last] = this.#history.slice(-1);
    const from = Math.min(this.#history[0].at, last.at - 12 * this.#bucket);
    const x = (at) => SPACE.left + ((at - from) / Math.max(1, last.at - from)) * (width - SPACE.left - SPACE.right);
    const y = (value) => HEIGHT - SPACE.bottom - (value / top) * (HEIGHT - SPACE.top - SPACE.bottom);
    return { x, y, step, top, from, to: last.at };
  }

  #axes({ x, y, step, top, from, to }, width) {
    const { format } = this.#options;
    const parts = [];
    for (let value = 0; value <= top + step / 2; value += step) {
      parts.push(svg("line", { class: "grid", x1: SPACE.left, x2: width - SPACE.right, y1: y(value), y2: y(value) }));
      parts.push(text(format(value), { class: "tick", x: SPACE.left - 8, y: y(value) + 4, "text-anchor": "end" }));
    }
    const times = width > 320 ? [from, (from + to) / 2, to] : [from, to];
    times.forEach((at, index) => {
      const anchor = index === 0 ? "start" : index === times.length - 1 ? "end" : "middle";
      parts.push(text(clock(at, to - from < FEW_MINUTES), { class: "tick", x: x(at), y: HEIGHT - 6, "text-anchor": anchor }));
    });
    return parts;
  }

  #line({ of }, index, { x, y }) {
    const group = svg("g", { class: `s${index + 1}` });
    let path = "";
    let before = null;
    const alone = [];
    this.#history.forEach((bucket, place) => {
      const value = of(bucket);
      if (value === null) {
        before = null;
        return;
      }
      const joins = before !== null && bucket.at - before <= GAP * this.#bucket;
      path += `${joins ? "L" : "M"}${x(bucket.at).toFixed(1)} ${y(value).toFixed(1)}`;
      const next = this.#history[place + 1];
      if (!joins && (!next || of(next) === null)) alone.push(svg("circle", { cx: x(bucket.at), cy: y(value), r: 2.5 }));
      before = bucket.at;
    });
    group.append(svg("path", { d: path }), ...alone);
    return group;
  }

  #bars({ x, y, from }) {
    const width = Math.max(1, (x(from + this.#bucket) - x(from)) * 0.75);
    return this.#history.flatMap((bucket) => {
      let under = 0;
      return this.#options.series.flatMap(({ of }, index) => {
        const value = of(bucket) ?? 0;
        if (!value) return [];
        under += value;
        const height = y(under - value) - y(under);
        return [svg("rect", { class: `s${index + 1}`, x: x(bucket.at) - width / 2, y: y(under), width, height })];
      });
    });
  }

  #cursor({ x, y, top }) {
    const bucket = this.#at === null ? null : this.#history[this.#at];
    if (!bucket) return [];
    return [svg("line", { class: "cursor", x1: x(bucket.at), x2: x(bucket.at), y1: y(top), y2: y(0) })];
  }

  #pointAt(offset) {
    if (!this.#history.length) return;
    const { x } = this.#scale(Math.floor(this.#place.clientWidth));
    const distances = this.#history.map(({ at }) => Math.abs(x(at) - offset));
    this.#look(distances.indexOf(Math.min(...distances)));
  }

  #step(event) {
    const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!by || !this.#history.length) return;
    event.preventDefault();
    const last = this.#history.length - 1;
    this.#look(Math.max(0, Math.min(last, (this.#at ?? last) + by)));
  }

  #look(at) {
    this.#at = at;
    this.#draw();
  }

  #tell() {
    const { series, format, title } = this.#options;
    const bucket = this.#history[this.#at ?? this.#history.length - 1] ?? this.#history.at(-1);
    this.#time.textContent = this.#at === null ? "" : clock(bucket.at, true);
    const values = series.map(({ name, of }) => ({ name, value: of(bucket) === null ? "—" : format(of(bucket)) }));
    this.#legend.replaceChildren(...values.map(({ name, value }, index) => {
      const row = element("li", `s${index + 1}`);
      row.append(element("span", "series", name), element("b", "", value));
      return row;
    }));
    this.#svg.setAttribute("aria-label", `${title}: ${values.map(({ name, value }) => `${name} ${value}`).join(", ")}`);
  }
}

/** 1, 2 or 5 times a power of ten, at least `about`. */
export function niceStep(about) {
  const power = 10 ** Math.floor(Math.log10(about));
  return [1, 2, 5, 10].map((each) => each * power).find((each) => each >= about - 1e-9);
}

/** The time of day, such as 14:05, or with seconds. */
export function clock(at, seconds = false) {
  return new Date(at).toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit", ...(seconds && { second: "2-digit" }) });
}

function svg(tag, attributes) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  return made;
}

function text(content, attributes) {
  const made = svg("text", attributes);
  made.textContent = content;
  return made;
}
