// Plays the sound that the service sends: PCM frames, one after another without a gap between them.

import { SoundQueue } from "./sound-queue.js";

const AHEAD = 0.4;

/** Has to be made in answer to a click: browsers let no page sound by itself. */
export class Loudspeaker {
  #context = new AudioContext();
  #queue = new SoundQueue();
  #playing = new Set();
  #until = 0;
  #paused = false;

  /** Takes an `audio` message. */
  hear({ audioData, sampleRate = 16_000, sequenceNumber, chunkIndex = 0 }) {
    const samples = pcm(audioData);
    if (!samples.length) return;
    this.#queue.push({ sequenceNumber, chunkIndex, samples, sampleRate, seconds: samples.length / sampleRate });
    this.#pump();
  }

  /** Seconds of sound that wait to be played. */
  get seconds() {
    return this.#queue.seconds;
  }

  pause() {
    this.#paused = true;
    return this.#context.suspend();
  }

  async play() {
    this.#paused = false;
    await this.#context.resume();
    this.#pump();
  }

  /** Silence now; what comes after plays again. */
  clear() {
    this.#queue.clear();
    for (const source of this.#playing) source.stop();
    this.#until = 0;
  }

  close() {
    this.clear();
    return this.#context.close();
  }

  // Little is handed to the browser at a time: what it has can be neither dropped nor taken back.
  #pump() {
    while (!this.#paused && this.#until - this.#context.currentTime < AHEAD) {
      const piece = this.#queue.next();
      if (!piece) return;
      this.#start(piece);
    }
  }

  #start({ samples, sampleRate, seconds }) {
    const buffer = this.#context.createBuffer(1, samples.length, sampleRate);
    buffer.copyToChannel(samples, 0);
    const source = this.#context.createBufferSource();
    source.buffer = buffer;
    source.connect(this.#context.destination);
    source.onended = () => {
      this.#playing.delete(source);
      this.#pump();
    };
    this.#playing.add(source);
    const start = Math.max(this.#until, this.#context.currentTime + 0.02);
    source.start(start);
    this.#until = start + seconds;
  }
}

/** Samples from -1 to 1 of base64 little-endian 16-bit PCM. */
export function pcm(base64) {
  const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
  const view = new DataView(bytes.buffer);
  return Float32Array.from({ length: bytes.length >> 1 }, (_, index) => view.getInt16(2 * index, true) / 32_768);
}
