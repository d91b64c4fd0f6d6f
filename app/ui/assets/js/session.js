// Session expired while a page was open: ask to sign in in place, then send the request again.
import htmx from "./htmx.js";

let waiting = null;

document.addEventListener("htmx:beforeSwap", (event) => {
  const dialog = document.getElementById("again");
  if (event.detail.xhr.status !== 401 || !dialog || dialog.contains(event.detail.elt)) return;
  event.detail.shouldSwap = false;
  if (event.detail.requestConfig.triggeringEvent?.type?.startsWith("sse:") && dialog.open) return;
  waiting = event.detail.requestConfig;
  if (!dialog.open) dialog.showModal();
});

/** The new session has a new token: the header for htmx, the hidden field for plain forms. */
function renewToken(token) {
  document.body.setAttribute("hx-headers", JSON.stringify({ "X-CSRF-Token": token }));
  for (const field of document.querySelectorAll("input[name=csrf_token]")) field.value = token;
}

document.addEventListener("signed-in", (event) => {
  renewToken(event.detail.csrf);
  const dialog = document.getElementById("again");
  dialog?.close();
  if (dialog) dialog.querySelector("form")?.reset();
  if (!waiting) return;
  const { verb, path, elt, target, parameters } = waiting;
  waiting = null;
  const values = { ...parameters };
  if ("csrf_token" in values) values.csrf_token = event.detail.csrf;
  htmx.ajax(verb, path, { source: elt.isConnected ? elt : document.body, target, values });
});
