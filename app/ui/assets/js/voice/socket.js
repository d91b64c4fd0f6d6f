// A call over the WebSocket: the microphone's PCM up, the bot's PCM down, what was played said back.
const SPOKEN = 24_000;

/**
 * Begins a call. `tell(news)` hears of {state}, {heard, final}, {started}, {ended}, {lost},, {failed: text}.
 * Returns {end()}; throws when the sound cannot be set up.
 */
export async function connect({ stream, ears, context, ticket, urls, tell }) {
  await context.audioWorklet.addModule(urls.playback);
  const playback = new AudioWorkletNode(context, "playback", { numberOfInputs: 0, outputChannelCount: [1] });
  playback.connect(context.destination);
  await ears.audioWorklet.addModule(urls.capture);
  const capture = new AudioWorkletNode(ears, "capture", { numberOfOutputs: 0, channelCount: 1, channelCountMode: "explicit" });
  const microphone = ears.createMediaStreamSource(stream);
  microphone.connect(capture);

  const address = new URL(urls.talk, location.href);
  address.protocol = location.protocol === "https:" ? "wss:" : "ws:";
  const socket = new WebSocket(address);
  socket.binaryType = "arraybuffer";
  let over = false;

  const send = (what, facts) => {
    if (socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify({ type: what, ...facts }));
  };
  const close = () => {
    over = true;
    microphone.disconnect();
    capture.port.onmessage = playback.port.onmessage = null;
    socket.close(1000);
  };

  socket.onopen = () => {
    send("start", { ticket });
    capture.port.onmessage = ({ data }) => {
      if (socket.readyState === WebSocket.OPEN) socket.send(data);
    };
  };
  playback.port.onmessage = ({ data: { number, samples, done } }) => {
    // What left the worklet is not yet in the ear: the device's own delay does not count as played.
    const late = done ? 0 : Math.round((context.outputLatency || 0) * SPOKEN);
    send("played", { segment: number, samples: Math.max(0, samples - late), done });
  };
  const controls = {
    segment: ({ segment }) => playback.port.postMessage({ what: "segment", number: segment }),
    flush: ({ segment }) => playback.port.postMessage({ what: "flush", number: segment }),
    clear: ({ segment }) => playback.port.postMessage({ what: "clear", number: segment }),
    pause: () => playback.port.postMessage({ what: "pause" }),
    resume: () => playback.port.postMessage({ what: "resume" }),
    started: () => tell({ started: true }),
    state: ({ state }) => tell({ state }),
    heard: ({ text, final }) => tell({ heard: text, final }),
    ended: () => {
      close();
      tell({ ended: true });
    },
    error: ({ text }) => {
      close();
      tell({ failed: text });
    },
  };
  socket.onmessage = ({ data }) => {
    if (data instanceof ArrayBuffer) playback.port.postMessage({ what: "sound", pcm: data }, [data]);
    else {
      const said = JSON.parse(data);
      controls[said.type]?.(said);
    }
  };
  socket.onclose = () => {
    if (over) return;
    close();
    tell({ lost: true });
  };
  return {
    end() {
      send("hang_up");
      close();
      tell({ ended: true });
    },
  };
}
