// AudioWorklet: the microphone's sound as 16-bit PCM at 16 kHz, in messages of 40 ms.
//
// The microphone runs at the device's own rate. Each sample out is a sum over the samples around it, weighted by a
// windowed sinc that lets nothing above 7.2 kHz through, so that hiss does not fold down into speech.
const RATE = 16_000;
const CUT = 7_200; // Hz
const WINGS = 24; // samples in on either side that a sample out is made of
const PHASES = 128; // places between two samples in for which weights are kept
const CHUNK = 640; // samples out of one message

const sinc = (x) => (x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x));
const hann = (x) => (Math.abs(x) >= 1 ? 0 : 0.5 + 0.5 * Math.cos(Math.PI * x));

/** Weights of the 2 * WINGS samples around a place, for each phase; they sum up to one. */
function weights(rate) {
  const cut = Math.min((2 * CUT) / rate, 1);
  return Array.from({ length: PHASES }, (_, phase) => {
    const row = new Float32Array(2 * WINGS);
    let sum = 0;
    for (let tap = 0; tap < row.length; tap += 1) {
      const away = tap - WINGS + 1 - phase / PHASES;
      row[tap] = cut * sinc(cut * away) * hann(away / WINGS);
      sum += row[tap];
    }
    return row.map((weight) => weight / sum);
  });
}

class Capture extends AudioWorkletProcessor {
  constructor() {
    super();
    this.step = sampleRate / RATE;
    this.rows = weights(sampleRate);
    this.input = new Float32Array(16_384);
    this.filled = 2 * WINGS; // begins with silence
    this.place = WINGS;
    this.output = new Int16Array(CHUNK);
    this.made = 0;
  }

  process([[sound]]) {
    if (!sound) return true; // no microphone yet
    this.input.set(sound, this.filled);
    this.filled += sound.length;
    while (this.place + WINGS < this.filled) this.make();
    const done = Math.floor(this.place) - WINGS;
    this.input.copyWithin(0, done, this.filled);
    this.filled -= done;
    this.place -= done;
    return true;
  }

  make() {
    const whole = Math.floor(this.place);
    const row = this.rows[Math.floor((this.place - whole) * PHASES)];
    let value = 0;
    for (let tap = 0; tap < row.length; tap += 1) value += row[tap] * this.input[whole - WINGS + 1 + tap];
    this.place += this.step;
    this.output[this.made] = Math.round(Math.max(-1, Math.min(1, value)) * 32_767);
    this.made += 1;
    if (this.made < CHUNK) return;
    this.port.postMessage(this.output.buffer, [this.output.buffer]);
    this.output = new Int16Array(CHUNK);
    this.made = 0;
  }
}

registerProcessor("capture", Capture);
