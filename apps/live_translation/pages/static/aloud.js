// Captions spoken aloud: by the service where it sends sound, else by the browser, and the words that tell which.

import { BrowserVoice } from "./browser-voice.js";
import { Loudspeaker } from "./loudspeaker.js";
import { byId, remember, remembered } from "./page.js";
import { languageName } from "./words.js";

const SOUND_COMES_WITHIN = 1_500;

export class Aloud {
  #tell;
  #on = false;
  #paused = false;
  #language = "";
  #loudspeaker = null;
  #voice = new BrowserVoice();
  #sounding = new Set();

  /** `tell(enabled)` asks the service for sound, or for none. */
  constructor(tell) {
    this.#tell = tell;
    byId("aloud").addEventListener("click", () => (this.#on ? this.stop() : this.start()));
    byId("hold").addEventListener("click", () => this.#hold(!this.#paused));
  }

  get isOn() {
    return this.#on;
  }

  /** Whether this person wanted to hear the captions the last time. */
  static get wanted() {
    return remembered("aloud") === "yes";
  }

  /** Has to come from a click or a key: browsers let no page sound by itself. */
  start() {
    this.#on = true;
    this.#loudspeaker ??= new Loudspeaker();
    remember("aloud", "yes");
    this.#hold(false);
    this.#tell(true);
    this.#show();
  }

  stop() {
    this.#silence();
    this.#tell(false);
    remember("aloud", "no");
    this.#show();
  }

  /** The session is over: nothing more is said, and the wish stays for the next. */
  end() {
    this.#silence();
    this.#show();
  }

  /** From now on, captions are in this language. */
  speak(language) {
    if (language === this.#language) return;
    this.#language = language;
    this.#loudspeaker?.clear();
    this.#voice.clear();
    this.#show();
  }

  /** An `audio` message. */
  sound(message) {
    if (!this.#on || message.targetLanguage !== this.#language) return;
    const isFirst = !this.#sounding.has(this.#language);
    this.#sounding.add(this.#language);
    this.#loudspeaker.hear(message);
    if (isFirst) this.#show();
  }

  /** A caption that has just come. */
  caption({ text, targetLanguage }) {
    if (!this.#on || this.#sounding.has(targetLanguage)) return;
    // The service's own sound follows its caption, if it makes any; two voices at once would be worse than one late.
    setTimeout(() => {
      if (!this.#on || this.#sounding.has(targetLanguage) || targetLanguage !== this.#language) return;
      this.#voice.say(text, targetLanguage);
      this.#show();
    }, SOUND_COMES_WITHIN);
  }

  #silence() {
    this.#on = false;
    this.#loudspeaker?.close();
    this.#loudspeaker = null;
    this.#voice.clear();
  }

  #hold(isPaused) {
    this.#paused = isPaused;
    this.#loudspeaker?.[isPaused ? "pause" : "play"]();
    if (BrowserVoice.exists) this.#voice[isPaused ? "pause" : "play"]();
    byId("hold").textContent = isPaused ? "Resume" : "Pause";
    this.#show();
  }

  #show() {
    byId("aloud").setAttribute("aria-pressed", String(this.#on));
    byId("hold").hidden = !this.#on;
    // Read by a voice already, captions need not be read by the screen reader as well.
    byId("captions").setAttribute("aria-live", this.#on ? "off" : "polite");
    byId("voice").textContent = this.#on ? this.#words() : "";
    byId("voice").hidden = !this.#on;
  }

  #words() {
    if (this.#paused) return "The voice is paused; it goes on with the last ten seconds.";
    if (this.#sounding.has(this.#language)) return "Spoken by the service.";
    const voice = BrowserVoice.voiceFor(this.#language);
    if (voice) return `Spoken by this browser, with the voice ${voice.name}.`;
    return `Waiting for sound. This browser itself has no voice for ${languageName(this.#language)}.`;
  }
}
