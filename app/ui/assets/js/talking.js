// <otk-voice>: a call by voice on the Try page. What carries the sound is loaded when Talk is first pressed.
import htmx from "./htmx.js";

const LEVELS = 5; // bars of the meter
const QUIET = 0.004; // of full scale; the meter is logarithmic above it
const AGAIN = 500; // ms
const TRIES = 20; // for the page of a call that is just being opened

/** The call of this window: it outlives the blocks of the page that are drawn anew around it. */
const talk = { state: "idle", call: "", text: "", muted: false, level: 0 };
let stream = null;
let context = null; // of the bot's voice
let ears = null; // of the microphone
let line = null;
let attempt = 0;

function change(news) {
  Object.assign(talk, news);
  for (const part of document.querySelectorAll("otk-voice")) part.draw();
}

const BUSY = new Set(["asking", "connecting", "listening", "thinking", "speaking"]);
const busy = () => BUSY.has(talk.state);

class Refusal extends Error {} // its message is a sentence for the person
class Stopped extends Error {} // the person did not wait

async function begin(part) {
  if (busy()) return;
  attempt += 1;
  const mine = attempt;
  const still = (value) => {
    if (mine !== attempt) throw new Stopped();
    return value;
  };
  const words = { ...part.dataset };
  change({ state: "asking", text: "", call: "", muted: false, level: 0 });
  try {
    await microphone(words, still);
    change({ state: "connecting" });
    const given = still(await ask(words));
    const { connect } = still(await import(given.transport === "room" ? words.room : words.socket));
    const tell = (news) => mine === attempt && hear(news, { ...words, call: given.call });
    const made = await connect({ ...given, stream, ears, context, urls: words, tell });
    if (mine !== attempt) made.end();
    still();
    line = made;
  } catch (error) {
    if (!(error instanceof Stopped)) finish({ state: "failed", text: sentence(words, error) });
  }
}

async function microphone(words, still) {
  if (!window.isSecureContext || !navigator.mediaDevices?.getUserMedia) throw new Refusal(words.insecure);
  // In the press itself: a browser lets no page make sound that begins to later.
  context = new AudioContext({ sampleRate: 24_000 });
  ears = new AudioContext();
  const found = await navigator.mediaDevices.getUserMedia({
    audio: { echoCancellation: true, noiseSuppression: true, autoGainControl: true, channelCount: 1 },
  });
  stream = found;
  try {
    still();
  } catch (error) {
    for (const track of found.getTracks()) track.stop();
    throw error;
  }
  measure();
}

const CAUSES = {
  NotAllowedError: "refused",
  SecurityError: "refused",
  NotFoundError: "nodevice",
  OverconstrainedError: "nodevice",
  NotReadableError: "devicebusy",
  AbortError: "devicebusy",
};

function sentence(words, error) {
  return error instanceof Refusal ? error.message : (words[CAUSES[error.name]] ?? words.failed);
}

/** What a call needs: a ticket, or a room; hangs up the typed talk of the page, if there is one. */
async function ask(words) {
  const headers = { ...JSON.parse(document.body.getAttribute("hx-headers")), Accept: "application/json" };
  const body = new URLSearchParams(words.typed ? { call: words.typed } : {});
  const answer = await fetch(words.talk, { method: "POST", headers, body });
  if (answer.ok) return answer.json();
  if (answer.status === 401) location.reload(); // the page asks to sign in
  const said = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("[data-error]");
  throw new Refusal(said?.textContent.trim() || words.failed);
}

function hear(news, words) {
  if (news.state && busy()) change({ state: KNOWN[news.state] ?? talk.state });
  if (news.heard) guess(news.heard);
  if (news.started) {
    change({ call: words.call, state: talk.state === "connecting" ? "listening" : talk.state });
    show(words.call, words.page);
  }
  if (news.ended) finish({ state: "ended", text: "" });
  if (news.failed) finish({ state: "failed", text: news.failed });
  if (news.lost) finish({ state: "failed", text: words.lost });
  if (news.unanswered) finish({ state: "failed", text: words.unanswered });
}

const KNOWN = { listening: "listening", thinking: "thinking", speaking: "speaking", idle: "listening" };

function finish(news) {
  attempt += 1;
  stop();
  change({ ...news, level: 0 });
}

function stop() {
  line = null;
  for (const track of stream?.getTracks() ?? []) track.stop();
  stream = null;
  context?.close();
  ears?.close();
  context = ears = null;
}

/** The page of this call, in place: its live blocks, its stage, its fields. */
async function show(call, page) {
  const address = `${page}?call=${call}`;
  for (let times = 0; times < TRIES && talk.call === call; times += 1) {
    const answer = await fetch(address).catch(() => null);
    if (answer?.ok) {
      const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("try");
      document.getElementById("try")?.replaceWith(fresh);
      htmx.process(fresh);
      history.replaceState(null, "", address);
      fresh.querySelector("otk-voice [data-hang]")?.focus();
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, AGAIN));
  }
}

/** What the recogniser makes of what is being said, until the turn itself is there. */
function guess(text) {
  const list = document.querySelector("otk-talk .talk");
  const shape = document.getElementById("pending-shape");
  if (!list || !shape) return;
  let turn = list.querySelector(".turn.pending");
  if (!turn) {
    turn = shape.content.firstElementChild.cloneNode(true);
    list.append(turn);
  }
  turn.querySelector(".say").textContent = text;
}

function measure() {
  const meter = ears.createAnalyser();
  ears.createMediaStreamSource(stream).connect(meter);
  const sound = new Float32Array(meter.fftSize);
  const timer = setInterval(() => {
    if (!stream) {
      clearInterval(timer);
      return;
    }
    meter.getFloatTimeDomainData(sound);
    const loud = Math.sqrt(sound.reduce((sum, value) => sum + value * value, 0) / sound.length);
    const level = talk.muted || loud < QUIET ? 0 : Math.min(LEVELS, 1 + Math.floor(Math.log2(loud / QUIET)));
    if (level !== talk.level) change({ level });
  }, 100);
}

function mute() {
  for (const track of stream?.getTracks() ?? []) track.enabled = talk.muted;
  change({ muted: !talk.muted });
}

function leave() {
  line?.end();
  if (busy()) finish({ state: "idle", text: "" }); // it had not begun
}

class Voice extends HTMLElement {
  connectedCallback() {
    this.draw();
  }

  draw() {
    const elsewhere = this.dataset.call && this.dataset.call !== talk.call; // another window, or a page loaded anew
    const state = elsewhere ? "elsewhere" : talk.state === "ended" ? "idle" : talk.state;
    this.hidden = state === "idle";
    this.dataset.state = state;
    this.dataset.level = talk.level;
    const said = state === "failed" ? talk.text : (this.dataset[talk.muted && busy() ? "muted" : state] ?? "");
    const place = this.querySelector("[data-said]");
    if (place.textContent !== said) place.textContent = said;
    this.querySelector("[data-mute]").setAttribute("aria-pressed", String(talk.muted));
    for (const button of document.querySelectorAll("[data-talk-now]")) button.disabled = busy();
  }
}

document.addEventListener("click", (event) => {
  const part = document.querySelector("otk-voice");
  if (!part) return;
  if (event.target.closest("[data-talk-now]")) begin(part);
  else if (event.target.closest("[data-mute]")) mute();
  else if (event.target.closest("[data-hang]")) leave();
});
window.addEventListener("pagehide", leave);

customElements.define("otk-voice", Voice);
