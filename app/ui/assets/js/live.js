// Live pages: one EventSource a page (htmx's sse extension), closed when nobody looks, polled when it is lost.
import htmx from "./htmx.js";

const HIDDEN_FOR = 60_000; // ms; a tab in the background holds no connection longer
const POLL_EVERY = 15_000; // ms
let source = null;
let asleep = false;
let timer = 0;
let polling = 0;

htmx.createEventSource = (url) => {
  source = new EventSource(url, { withCredentials: true });
  return source;
};

const ask = () => {
  for (const part of document.querySelectorAll("[data-live]")) htmx.trigger(part, `sse:${part.dataset.live}`);
};

function lost(is) {
  document.documentElement.classList.toggle("lost", is);
  clearInterval(polling);
  polling = is ? setInterval(ask, POLL_EVERY) : 0;
}

document.addEventListener("htmx:sseOpen", () => lost(false));
document.addEventListener("htmx:sseError", () => {
  if (!asleep) lost(true);
});

document.addEventListener("visibilitychange", () => {
  clearTimeout(timer);
  if (document.hidden) {
    timer = setTimeout(() => {
      asleep = Boolean(source);
      source?.close();
    }, HIDDEN_FOR);
  } else if (asleep) {
    source.dispatchEvent(new Event("error")); // closed: the extension opens it again
    asleep = false;
  }
});

// What a person opened stays open when the block around it is drawn again.
let opened = [];
document.addEventListener("htmx:beforeSwap", (event) => {
  opened = [...(event.detail.target?.querySelectorAll?.("details[open][id]") ?? [])].map((part) => part.id);
});
document.addEventListener("htmx:afterSwap", () => {
  for (const id of opened) document.getElementById(id)?.setAttribute("open", "");
});
