// A link to a turn scrolls there and flashes it; :target keeps it lit, and Back works.
document.addEventListener("click", (event) => {
  const link = event.target.closest('a[href^="#t"]');
  if (!link) return;
  const turn = document.querySelector(`article${link.hash}`);
  if (!turn) return;
  turn.classList.remove("flash");
  requestAnimationFrame(() => turn.classList.add("flash"));
  turn.addEventListener("animationend", () => turn.classList.remove("flash"), { once: true });
  turn.focus({ preventScroll: true });
});
