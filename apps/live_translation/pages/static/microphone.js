// The microphone: which there are, and what one of them hears as frames of PCM and as levels.

const RATE = 16_000;

/** The microphones as {id, name}; names are known only once one has been allowed. */
export async function microphones() {
  const devices = await navigator.mediaDevices.enumerateDevices();
  return devices
    .filter(({ kind, deviceId }) => kind === "audioinput" && deviceId)
    .map(({ deviceId, label }, index) => ({ id: deviceId, name: label || `Microphone ${index + 1}` }));
}

/** False where the browser lets no page listen, such as on a plain http address that is not this machine's own. */
export function microphoneExists() {
  return Boolean(navigator.mediaDevices?.getUserMedia && window.AudioWorkletNode);
}

/** What went wrong with a microphone, in words. */
export function microphoneWords(error) {
  if (error.name === "NotAllowedError") return "This page may not use the microphone. Allow it in the address bar of the browser.";
  if (error.name === "NotFoundError") return "There is no microphone. Plug one in, or type what is said.";
  if (error.name === "NotReadableError") return "Another program holds the microphone. Close it and try again.";
  return "The microphone cannot be used here. Type what is said instead.";
}

export class Microphone {
  #stream = null;
  #context = null;

  /** Tells `frame(pcm)` each 200 ms, `level({rms, peak, clipped})` each 50 ms, `lost()` when it is unplugged. */
  async start(deviceId, { frame, level, lost }) {
    // What browsers do to make voices pleasant for people makes them harder for recognisers.
    const wish = { channelCount: 1, echoCancellation: false, noiseSuppression: false, autoGainControl: false };
    if (deviceId) wish.deviceId = { exact: deviceId };
    this.#stream = await navigator.mediaDevices.getUserMedia({ audio: wish });
    try {
      this.#context = await this.#listen(({ data }) => {
        // What was on its way when the microphone was turned off is not for anybody.
        if (!this.#stream) return;
        if (data.pcm) frame(data.pcm);
        else level(data);
      });
    } catch (error) {
      this.stop();
      throw error;
    }
    this.#stream.getAudioTracks()[0].addEventListener("ended", lost);
  }

  get deviceId() {
    return this.#stream?.getAudioTracks()[0]?.getSettings().deviceId ?? "";
  }

  stop() {
    for (const track of this.#stream?.getTracks() ?? []) track.stop();
    this.#stream = null;
    this.#context?.close();
    this.#context = null;
  }

  async #listen(heard) {
    const context = contextFor(this.#stream);
    await context.audioWorklet.addModule("/static/capture.js");
    const node = new AudioWorkletNode(context, "capture", { numberOfOutputs: 0, channelCount: 1, channelCountMode: "explicit" });
    node.port.onmessage = heard;
    context.createMediaStreamSource(this.#stream).connect(node);
    await context.resume();
    return context;
  }
}

// The browser's own resampling is the better one; where it refuses to do it, the worklet takes means.
function contextFor(stream) {
  const context = new AudioContext({ sampleRate: RATE });
  try {
    context.createMediaStreamSource(stream).disconnect();
    return context;
  } catch {
    context.close();
    return new AudioContext();
  }
}

export function base64(buffer) {
  return btoa(Array.from(new Uint8Array(buffer), (byte) => String.fromCharCode(byte)).join(""));
}
