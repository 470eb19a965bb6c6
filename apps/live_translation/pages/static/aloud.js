// Captions spoken aloud: by the service where it sends sound, else by the browser, and the words that tell which.

import { BrowserVoice } from "./browser-voice.js";
import { Loudspeaker } from "./loudspeaker.js";
import { byId, remember, remembered } from "./page.js";
import { languageName } from "./words.js";

export class Aloud {
  #tell;
  #on = false;
  #paused = false;
  #language = "";
  #loudspeaker = null;
  #voice = new BrowserVoice();
  #offer = { audio: false, speechEngine: "" };

  /** `tell(enabled)` asks the service for sound, or for none. */
  constructor(tell) {
    this.#tell = tell;
    if (BrowserVoice.exists) speechSynthesis.addEventListener("voiceschanged", () => this.#show());
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

  /** From now on, captions are in this language; what was to be said in another is not. */
  speak(language) {
    if (language === this.#language) return;
    this.#language = language;
    this.#loudspeaker?.clear();
    this.#voice.clear();
    this.#show();
  }

  /** What the service has said of its sound: `audio` if it sends some, and who makes it. */
  offered({ audio, speechEngine }) {
    if (audio === undefined) return;
    this.#offer = { audio, speechEngine };
    this.#show();
  }

  /** An `audio` message. */
  sound(message) {
    if (this.#on && message.targetLanguage === this.#language) this.#loudspeaker.hear(message);
  }

  /** A caption that has just come: the browser reads it where the service sends no sound. */
  caption({ text, targetLanguage }) {
    if (this.#on && !this.#offer.audio && targetLanguage === this.#language) this.#voice.say(text, targetLanguage);
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
    byId("log").setAttribute("aria-live", this.#on ? "off" : "polite");
    byId("voice").textContent = this.#on ? this.#words() : "";
    byId("voice").hidden = !this.#on;
  }

  #words() {
    if (this.#paused) return "The voice is paused; it goes on with the last ten seconds.";
    if (this.#offer.audio) return `Spoken by ${this.#offer.speechEngine}, a voice made by a computer.`;
    const voice = BrowserVoice.voiceFor(this.#language);
    if (voice) return `Spoken by this browser, with the voice ${voice.name}.`;
    return `There is no voice for ${languageName(this.#language)}, neither in the service nor in this browser. Captions go on.`;
  }
}
