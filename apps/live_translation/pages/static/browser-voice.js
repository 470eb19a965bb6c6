// The browser's own voice, for languages in which the service sends no sound.

const MOST_WAITING = 3;

/** Reads captions one after another; of those that wait, the oldest go first when there are too many. */
export class BrowserVoice {
  #waiting = [];
  #speaking = false;
  #paused = false;

  static get exists() {
    return "speechSynthesis" in window;
  }

  /** The voice for a language, or null; lists arrive late in some browsers, so ask again when it matters. */
  static voiceFor(language) {
    if (!BrowserVoice.exists) return null;
    const voices = speechSynthesis.getVoices().filter(({ lang }) => lang.slice(0, 2).toLowerCase() === language);
    return voices.find(({ localService }) => localService) ?? voices[0] ?? null;
  }

  say(text, language) {
    const voice = BrowserVoice.voiceFor(language);
    if (!voice) return false;
    this.#waiting.push({ text, voice });
    if (this.#waiting.length > MOST_WAITING) this.#waiting.shift();
    this.#next();
    return true;
  }

  pause() {
    this.#paused = true;
    speechSynthesis.pause();
  }

  play() {
    this.#paused = false;
    speechSynthesis.resume();
    this.#next();
  }

  clear() {
    this.#waiting = [];
    this.#speaking = false;
    if (BrowserVoice.exists) speechSynthesis.cancel();
  }

  #next() {
    if (this.#speaking || this.#paused || !this.#waiting.length) return;
    const { text, voice } = this.#waiting.shift();
    const said = new SpeechSynthesisUtterance(text);
    said.voice = voice;
    said.lang = voice.lang;
    said.onend = said.onerror = () => {
      this.#speaking = false;
      this.#next();
    };
    this.#speaking = true;
    speechSynthesis.speak(said);
  }
}
