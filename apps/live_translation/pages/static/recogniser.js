// The browser's own speech recognition, where it has one: finals and growing partials, as text.

const Recognition = window.SpeechRecognition ?? window.webkitSpeechRecognition;
const AGAIN_AFTER = 300;
const FATAL = {
  "not-allowed": "This page may not use the microphone. Allow it in the address bar of the browser.",
  "service-not-allowed": "This browser does not allow its speech recognition here.",
  "audio-capture": "There is no microphone. Plug one in, or type what is said.",
  "language-not-supported": "This browser does not recognise this language.",
  network: "This browser’s speech recognition needs its maker’s service, which cannot be reached.",
};

export class Recogniser {
  #recognition = null;
  #wanted = false;
  #round = 0;

  static get exists() {
    return Boolean(Recognition);
  }

  /** Tells `heard({id, text, isPartial, stability})` as it goes, and `failed(words)` when it cannot go on. */
  start(language, { heard, failed }) {
    this.#wanted = true;
    const recognition = new Recognition();
    this.#recognition = recognition;
    recognition.lang = language;
    recognition.continuous = true;
    recognition.interimResults = true;
    recognition.onresult = (event) => this.#tell(event, heard);
    recognition.onerror = ({ error }) => {
      if (!FATAL[error]) return;
      this.stop();
      failed(FATAL[error]);
    };
    // Browsers end it after some silence; the speaker has not.
    recognition.onend = () => {
      this.#round += 1;
      if (this.#wanted) setTimeout(() => this.#wanted && recognition.start(), AGAIN_AFTER);
    };
    recognition.start();
  }

  stop() {
    this.#wanted = false;
    this.#recognition?.stop();
  }

  #tell({ resultIndex, results }, heard) {
    for (let index = resultIndex; index < results.length; index += 1) {
      const { transcript, confidence } = results[index][0];
      const text = transcript.trim();
      if (!text) continue;
      const { isFinal } = results[index];
      heard({ id: `${this.#round}-${index}`, text, isPartial: !isFinal, stability: confidence || null });
    }
  }
}
