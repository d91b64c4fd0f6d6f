// What every request does: busy buttons, errors said aloud, focus and announcements after a swap.
import { toast, words } from "./toasts.js";

const pressed = (event) => event.detail.requestConfig?.triggeringEvent?.submitter ?? event.detail.elt.closest?.("button");

document.addEventListener("htmx:beforeRequest", (event) => pressed(event)?.setAttribute("aria-busy", "true"));
document.addEventListener("htmx:afterRequest", (event) => pressed(event)?.removeAttribute("aria-busy"));

document.addEventListener("submit", (event) => {
  if (event.defaultPrevented) return;
  event.submitter?.setAttribute("aria-busy", "true"); // a plain form: the next page takes over
});
window.addEventListener("pageshow", () => {
  for (const button of document.querySelectorAll('[aria-busy="true"]')) button.removeAttribute("aria-busy");
});

// A refusal that is not a form with errors (those are drawn where they stand) is told in a toast.
document.addEventListener("htmx:beforeSwap", (event) => {
  const { xhr } = event.detail;
  if (xhr.status < 400 || !xhr.responseText.includes("data-error")) return;
  event.detail.shouldSwap = false;
  event.detail.isError = true;
});

document.addEventListener("htmx:responseError", (event) => {
  const { xhr } = event.detail;
  if (xhr.status === 401) return; // session.js asks to sign in again
  const said = new DOMParser().parseFromString(xhr.responseText, "text/html").querySelector("[data-error]");
  const reference = xhr.getResponseHeader("X-Request-ID");
  toast("bad", said?.textContent.trim() || words("failed"), reference ? `${words("reference")} ${reference}` : "");
});
document.addEventListener("htmx:sendError", () => toast("bad", words("offline")));
document.addEventListener("htmx:timeout", () => toast("bad", words("offline")));

document.addEventListener("htmx:afterSwap", (event) => {
  const fresh = event.detail.target?.isConnected ? event.detail.target : document;
  const said = document.getElementById("announcer");
  const news = document.querySelector("[data-announce]");
  if (said && news && said.textContent !== news.dataset.announce) said.textContent = news.dataset.announce;
  takeFocus(fresh.querySelector?.("[data-focus]") ?? document.querySelector("[data-focus]"));
});

/** data-focus: what the person needs next; data-focus="lost": only when what had the focus is gone. */
function takeFocus(wanted) {
  if (!wanted) return;
  const lost = document.activeElement === document.body || !document.activeElement?.isConnected;
  if (wanted.dataset.focus === "lost" && !lost) return;
  wanted.removeAttribute("data-focus");
  wanted.focus();
}

// A plain page that came back with errors: the summary is what the person needs first.
takeFocus(document.querySelector("[data-focus]"));
