// AudioWorklet: plays 24 kHz PCM, segment after segment, and says how much of each was played.
//
// It begins when a little is there, so that a late message makes no gap; what is cut off is gone at once. The context
// runs at 24 kHz: samples in are samples out.
const READY = 1_440; // samples that must wait before playing begins: 60 ms
const NEWS = 2_400; // samples between two reports: 100 ms

class Playback extends AudioWorkletProcessor {
  constructor() {
    super();
    this.segments = []; // {number, parts: [Int16Array], waiting, played, flushed}
    this.running = false;
    this.paused = false;
    this.unsaid = 0;
    this.port.onmessage = ({ data }) => this[data.what](data);
  }

  segment({ number }) {
    this.segments.push({ number, parts: [], waiting: 0, played: 0, flushed: false });
  }

  sound({ pcm }) {
    const segment = this.segments.at(-1);
    if (!segment) return; // it was cut off meanwhile
    const part = new Int16Array(pcm);
    segment.parts.push(part);
    segment.waiting += part.length;
  }

  flush({ number }) {
    const segment = this.segments.find((one) => one.number === number);
    if (segment) segment.flushed = true;
  }

  clear({ number }) {
    const segment = this.segments.find((one) => one.number === number);
    this.segments = this.segments.filter((one) => one !== segment);
    this.running = false;
    if (segment) this.report(segment, true);
  }

  pause() {
    this.paused = true;
    if (this.segments[0]) this.report(this.segments[0], false);
  }

  resume() {
    this.paused = false;
  }

  report(segment, done) {
    this.unsaid = 0;
    this.port.postMessage({ number: segment.number, samples: segment.played, done });
  }

  process(_, [[out]]) {
    const segment = this.segments[0];
    if (!segment || this.paused) return true;
    if (!this.running && (segment.waiting >= READY || segment.flushed)) this.running = true;
    if (!this.running) return true;
    const first = segment.played === 0;
    const given = this.fill(segment, out);
    segment.played += given;
    segment.waiting -= given;
    this.unsaid += given;
    if (segment.waiting === 0) this.dry(segment);
    else if ((first && given) || this.unsaid >= NEWS) this.report(segment, false);
    return true;
  }

  fill(segment, out) {
    let given = 0;
    while (given < out.length && segment.parts.length) {
      const part = segment.parts[0];
      const count = Math.min(part.length, out.length - given);
      for (let index = 0; index < count; index += 1) out[given + index] = part[index] / 32_768;
      given += count;
      if (count === part.length) segment.parts.shift();
      else segment.parts[0] = part.subarray(count);
    }
    return given;
  }

  dry(segment) {
    this.running = false; // the next sound waits for its companions again
    if (segment.flushed) this.segments.shift();
    if (segment.flushed || this.unsaid) this.report(segment, segment.flushed);
  }
}

registerProcessor("playback", Playback);
