// Runs beside the page, on the browser's sound thread: turns what the microphone gives into 16 kHz 16-bit frames.

const RATE = 16_000;
const FRAME = 3_200; // 200 ms
const LEVEL = 800; // 50 ms
const FULL_SCALE = 0.98;

class Capture extends AudioWorkletProcessor {
  #step = sampleRate / RATE;
  #place = 0;
  #sum = 0;
  #summed = 0;
  #frame = new Int16Array(FRAME);
  #filled = 0;
  #level = { squares: 0, peak: 0, clipped: 0, samples: 0 };

  process([input]) {
    for (const sample of input[0] ?? []) this.#take(sample);
    return true;
  }

  // Where the context already has the rate that is wanted, each sample is its own mean.
  #take(sample) {
    this.#sum += sample;
    this.#summed += 1;
    this.#place += 1;
    if (this.#place < this.#step) return;
    this.#place -= this.#step;
    this.#put(this.#sum / this.#summed);
    this.#sum = this.#summed = 0;
  }

  #put(sample) {
    const level = this.#level;
    const size = Math.abs(sample);
    level.squares += sample * sample;
    level.peak = Math.max(level.peak, size);
    level.clipped += size >= FULL_SCALE ? 1 : 0;
    level.samples += 1;
    if (level.samples === LEVEL) this.#tellLevel();
    this.#frame[this.#filled] = Math.max(-32_768, Math.min(32_767, Math.round(sample * 32_768)));
    this.#filled += 1;
    if (this.#filled === FRAME) this.#tellFrame();
  }

  #tellLevel() {
    const { squares, peak, clipped, samples } = this.#level;
    this.port.postMessage({ rms: Math.sqrt(squares / samples), peak, clipped: clipped / samples });
    this.#level = { squares: 0, peak: 0, clipped: 0, samples: 0 };
  }

  #tellFrame() {
    const { buffer } = this.#frame;
    this.port.postMessage({ pcm: buffer }, [buffer]);
    this.#frame = new Int16Array(FRAME);
    this.#filled = 0;
  }
}

registerProcessor("capture", Capture);
