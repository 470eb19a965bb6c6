// The ways of speaking on the speaker's desk: a microphone, typed text, or the sample talk. One at a time.

import { base64, Microphone, microphoneExists, microphones, microphoneWords } from "./microphone.js";
import { Meter } from "./meter.js";
import { byId, remember, remembered, showProblem } from "./page.js";
import { Recogniser } from "./recogniser.js";
import { sentences } from "./sentences.js";
import { Player } from "./talk.js";

const WAYS = ["microphone", "text", "talk"];

/**
 * `partial(id, text, stability)`, `final(id, text)` and, after `opening()`, `sound(base64)` are where it goes. Nothing is
 * said while `hold(true)`.
 */
export class Speaking {
  #to;
  #language = "";
  #held = false;
  #typed = 0;
  #rounds = 0;
  #player = null;
  #microphone = null;
  #recogniser = null;
  #recognises = true;
  #engine = "";
  meter = new Meter();

  constructor(to) {
    this.#to = to;
    for (const radio of this.#radios()) radio.addEventListener("change", () => this.#choose(radio.value));
    byId("text-panel").addEventListener("submit", (event) => this.#sendTyped(event));
    byId("text").addEventListener("keydown", (event) => {
      if (event.key === "Enter" && !event.shiftKey && !event.isComposing) this.#sendTyped(event);
    });
    byId("play").addEventListener("click", () => this.#toggleTalk());
    byId("speed").addEventListener("change", () => this.#player && (this.#player.speed = Number(byId("speed").value)));
    byId("mic").addEventListener("click", () => (this.isListening ? this.stopListening() : this.#listen()));
    byId("device").addEventListener("change", () => this.#change());
    byId("recognised-by").addEventListener("change", () => this.#change());
    navigator.mediaDevices?.addEventListener?.("devicechange", () => this.#showDevices());
  }

  get isListening() {
    return Boolean(this.#microphone || this.#recogniser);
  }

  /** Begins in a language; `recognises` is false where the service cannot turn its sound into text. */
  begin(language, recognises) {
    this.#language = language;
    this.#recognises = recognises;
    byId("text").lang = language;
    this.#prepareTalk();
    this.#showEngines();
    if (microphoneExists()) this.#showDevices();
    const wish = remembered("way");
    this.#choose(WAYS.includes(wish) && (wish !== "microphone" || this.#canListen()) ? wish : "text", true);
  }

  /** Holds everything back while the session is paused, and lets it go on. */
  hold(isHeld) {
    this.#held = isHeld;
    byId("send").disabled = byId("play").disabled = isHeld;
    if (isHeld) this.#player?.pause();
    this.meter.reset();
  }

  end() {
    this.#player?.pause();
    this.stopListening();
  }

  stopListening() {
    this.#microphone?.stop();
    this.#recogniser?.stop();
    this.#microphone = this.#recogniser = null;
    this.meter.reset();
    this.#showListening();
  }

  /** Who turns the sound into text. */
  set engine(name) {
    this.#engine = name;
    this.#showListening();
  }

  /** The service cannot hear: what is left is the browser's own recognition, or typing. */
  serviceIsDeaf() {
    this.#recognises = false;
    this.stopListening();
    this.#showEngines();
  }

  #radios() {
    return byId("ways").querySelectorAll("input");
  }

  #choose(way, atStart = false) {
    for (const radio of this.#radios()) radio.checked = radio.value === way;
    for (const each of WAYS) byId(`${each}-panel`).hidden = each !== way;
    if (way !== "microphone") this.stopListening();
    if (way !== "talk") this.#player?.pause();
    if (!atStart) remember("way", way);
    if (atStart && way === "text") byId("text").focus();
  }

  // Typing

  #sendTyped(event) {
    event.preventDefault();
    if (this.#held) return;
    showProblem();
    const box = byId("text");
    for (const sentence of sentences(box.value, this.#language)) this.#to.final(`typed-${(this.#typed += 1)}`, sentence);
    box.value = "";
    box.focus();
  }

  // The sample talk

  async #prepareTalk() {
    const answer = await fetch("/talk").catch(() => null);
    const talk = answer?.ok ? await answer.json() : null;
    const fits = talk?.language === this.#language;
    byId("talk-way").hidden = !fits;
    if (!fits) return !byId("talk-panel").hidden && this.#choose("text", true);
    byId("talk-title").textContent = talk.title;
    byId("talk-title").lang = talk.language;
    this.#player = new Player(talk.sentences, { heard: (step) => this.#sayTalk(step), changed: () => this.#showPlayer() });
    this.#player.speed = Number(byId("speed").value);
    return this.#showPlayer();
  }

  #sayTalk({ id, text, isPartial, stability }) {
    const segmentId = `talk-${this.#rounds}-${id}`;
    if (isPartial) this.#to.partial(segmentId, text, stability);
    else this.#to.final(segmentId, text);
  }

  #toggleTalk() {
    if (!this.#player) return;
    if (this.#player.playing) {
      this.#player.pause();
      return;
    }
    if (this.#player.said === 0 || this.#player.said === this.#player.length) this.#rounds += 1;
    this.#player.play();
  }

  #showPlayer() {
    const { playing, said, length } = this.#player;
    const begun = playing || said > 0;
    byId("play").textContent = playing ? "Stop here" : begun && said < length ? "Continue" : "Play the talk";
    byId("progress").textContent = begun ? `· ${said} of ${length}` : `· ${length} sentences`;
  }

  // The microphone

  #canListen() {
    return Recogniser.exists || (this.#recognises && microphoneExists());
  }

  #usesBrowser() {
    return byId("recognised-by").value === "browser";
  }

  #showEngines() {
    const choice = byId("recognised-by");
    const service = this.#recognises && microphoneExists();
    choice.querySelector("[value=service]").hidden = choice.querySelector("[value=service]").disabled = !service;
    choice.querySelector("[value=browser]").hidden = choice.querySelector("[value=browser]").disabled = !Recogniser.exists;
    choice.value = service ? "service" : Recogniser.exists ? "browser" : "";
    byId("engine-choice").hidden = !service || !Recogniser.exists;
    byId("mic").disabled = !this.#canListen();
    this.#showListening();
  }

  async #showDevices() {
    const found = await microphones().catch(() => []);
    const current = this.#microphone?.deviceId || byId("device").value || remembered("microphone");
    const options = found.map(({ id, name }) => new Option(name, id, false, id === current));
    byId("device").replaceChildren(...(options.length ? options : [new Option("the browser’s choice", "")]));
  }

  async #listen() {
    showProblem();
    byId("mic").disabled = true;
    try {
      await (this.#usesBrowser() ? this.#listenByBrowser() : this.#listenByService());
    } catch (error) {
      this.stopListening();
      showProblem(microphoneWords(error));
    } finally {
      byId("mic").disabled = false;
      this.#showListening();
    }
  }

  async #listenByService() {
    this.#to.opening();
    const microphone = new Microphone();
    await microphone.start(byId("device").value, {
      frame: (pcm) => this.#held || this.#to.sound(base64(pcm)),
      level: (level) => this.#held || this.meter.level(level),
      lost: () => {
        this.stopListening();
        showProblem("The microphone was unplugged. Plug it in or choose another.");
      },
    });
    this.#microphone = microphone;
    await this.#showDevices();
    remember("microphone", microphone.deviceId);
  }

  #listenByBrowser() {
    const recogniser = new Recogniser();
    recogniser.start(this.#language, {
      heard: (step) => this.#held || this.#hearBrowser(step),
      failed: (words) => {
        this.stopListening();
        showProblem(words);
      },
    });
    this.#recogniser = recogniser;
  }

  #hearBrowser({ id, text, isPartial, stability }) {
    const segmentId = `heard-${id}`;
    if (isPartial) this.#to.partial(segmentId, text, stability);
    else this.#to.final(segmentId, text);
  }

  async #change() {
    if (!this.isListening) return;
    this.stopListening();
    await this.#listen();
  }

  #showListening() {
    const on = this.isListening;
    byId("mic").setAttribute("aria-pressed", String(on));
    byId("mic-word").textContent = on ? "Turn off the microphone" : "Turn on the microphone";
    byId("level").hidden = byId("volume-part").hidden = this.#usesBrowser();
    byId("mic-note").textContent = this.#note();
  }

  #note() {
    if (!microphoneExists() && !Recogniser.exists) {
      return "This browser lets no page use the microphone here: it needs https, or this machine’s own address.";
    }
    if (!this.#canListen()) return "Neither this service nor this browser recognises this language. Type what is said instead.";
    if (this.#usesBrowser()) return "The browser turns your speech into text, often with its maker’s help over the network.";
    const by = this.#engine ? `, where ${this.#engine} turns it into text` : ", which turns it into text";
    return `Your voice goes to this service${by}. No sound is kept.`;
  }
}
