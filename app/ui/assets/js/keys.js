// Keyboard: `/` search, `g` then o c b w s, `j`/`k` rows or calls, `?` the list. Off in fields and when switched off.
const typing = (target) => target.closest("input, textarea, select, [contenteditable]");
let prefix = 0; // time of a `g`, ms

function step(by) {
  const link = document.querySelector(by > 0 ? "[data-next]" : "[data-previous]");
  if (link) return link.click();
  const rows = [...document.querySelectorAll("[data-row]")];
  const at = rows.indexOf(document.activeElement);
  rows[Math.max(0, Math.min(rows.length - 1, at + by))]?.focus();
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
  if (document.documentElement.dataset.keys === "off" || document.querySelector("dialog[open]")) return;
  const afterG = Date.now() - prefix < 1200;
  prefix = 0;
  if (afterG) {
    const link = document.querySelector(`[data-go="${CSS.escape(event.key)}"]`);
    if (link) {
      event.preventDefault();
      link.click();
    }
  } else if (event.key === "g") prefix = Date.now();
  else if (event.key === "/") {
    const search = document.querySelector("input[type=search]");
    if (search) {
      event.preventDefault();
      search.focus();
    }
  } else if (event.key === "?") document.getElementById("keys")?.showModal();
  else if (event.key === "j") step(1);
  else if (event.key === "k") step(-1);
});
