// Toasts: what happened to a request that has no place of its own on the page.
const STAYS = 6000; // ms
const place = () => document.getElementById("toasts");

/** Shows a message; tone bad stays until it is closed, others go after 6 s. Text is never HTML. */
export function toast(tone, text, small = "") {
  const shape = document.getElementById("toast-shape");
  if (!shape || !place()) return;
  const item = shape.content.firstElementChild.cloneNode(true);
  item.classList.add(tone);
  item.querySelector("[data-text]").textContent = text;
  item.querySelector("small").textContent = small;
  item.querySelector("button").addEventListener("click", () => item.remove());
  place().append(item);
  if (tone !== "bad") setTimeout(() => item.remove(), STAYS);
}

// What the page before had to say goes by itself too.
for (const item of place()?.querySelectorAll(".toast") ?? []) setTimeout(() => item.remove(), STAYS);

/** A sentence of the page's language, kept as data attributes of the toasts' place. */
export const words = (name) => place()?.dataset[name] ?? "";
