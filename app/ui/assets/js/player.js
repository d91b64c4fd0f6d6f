// The recording of a call, in step with its transcript. Nothing here runs on a page without one.
const SPEEDS = [1, 1.25, 1.5, 2];
const player = () => document.querySelector(".player");
const clock = (seconds) => `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, "0")}`;
let follows = true;

const draw = (box) => {
  const audio = box.querySelector("audio");
  const whole = Number(box.dataset.seconds);
  const now = Math.min(audio.currentTime, whole);
  const head = box.querySelector(".head");
  const x = String((now / whole) * 1000);
  head.setAttribute("x1", x);
  head.setAttribute("x2", x);
  box.querySelector(".player-time").textContent = `${clock(now)} / ${clock(whole)}`;
  const seek = box.querySelector(".player-seek");
  seek.value = String(now);
  seek.setAttribute("aria-valuetext", `${clock(now)} / ${clock(whole)}`);
  mark(now, !audio.paused);
};

const mark = (now, playing) => {
  let heard = null;
  for (const link of document.querySelectorAll("[data-at]")) {
    if (Number(link.dataset.at) <= now + 0.05) heard = link.closest(".turn");
  }
  const before = document.querySelector(".turn.now");
  if (!playing || before === heard) return;
  before?.classList.remove("now");
  heard?.classList.add("now");
  if (follows) heard?.scrollIntoView({ block: "nearest" });
};

const play = (box, at) => {
  const audio = box.querySelector("audio");
  if (at !== undefined) audio.currentTime = at;
  follows = true;
  audio.play().catch(() => box.classList.remove("playing"));
};

document.addEventListener("click", (event) => {
  const box = player();
  if (!box) return;
  const audio = box.querySelector("audio");
  if (event.target.closest(".play")) {
    if (audio.paused) play(box);
    else audio.pause();
    return;
  }
  const speed = event.target.closest(".player-speed");
  if (speed) {
    const next = SPEEDS[(SPEEDS.indexOf(audio.playbackRate) + 1) % SPEEDS.length];
    audio.playbackRate = next;
    speed.textContent = `${next}×`;
    return;
  }
  const link = event.target.closest('.turn-time a[data-at], .evidence a[href^="#t"]');
  if (!link) return;
  const at = link.dataset.at ?? document.querySelector(`${link.hash} [data-at]`)?.dataset.at;
  if (at !== undefined) play(box, Number(at));
});

document.addEventListener("input", (event) => {
  if (!event.target.matches(".player-seek")) return;
  const box = player();
  box.querySelector("audio").currentTime = Number(event.target.value);
  draw(box);
});

for (const name of ["timeupdate", "play", "pause", "ended", "loadedmetadata"]) {
  document.addEventListener(
    name,
    (event) => {
      const box = event.target.closest?.(".player");
      if (!box) return;
      box.classList.toggle("playing", !event.target.paused && !event.target.ended);
      const button = box.querySelector(".play");
      button.setAttribute("aria-label", event.target.paused ? button.dataset.play : button.dataset.pause);
      draw(box);
    },
    true, // media events do not bubble
  );
}

addEventListener("wheel", () => (follows = false), { passive: true });
addEventListener("touchmove", () => (follows = false), { passive: true });

document.addEventListener("keydown", (event) => {
  const box = player();
  if (!box || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.closest("input:not(.player-seek), textarea, select, button, a, summary, dialog, [contenteditable]")) return;
  const audio = box.querySelector("audio");
  if (event.key === " ") {
    event.preventDefault();
    if (audio.paused) play(box);
    else audio.pause();
  } else if (event.key === "ArrowLeft" || event.key === "ArrowRight") {
    event.preventDefault();
    audio.currentTime = Math.max(audio.currentTime + (event.key === "ArrowLeft" ? -5 : 5), 0);
  }
});
