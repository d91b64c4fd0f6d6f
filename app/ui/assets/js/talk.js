// <otk-talk>: follows the newest line until the person scrolls up; <otk-composer>: Enter sends, the line shows at once.
const NEAR = 80; // px from the end that still count as "at the end"

class Talk extends HTMLElement {
  connectedCallback() {
    this.following = true;
    this.addEventListener("scroll", () => {
      this.following = this.scrollHeight - this.scrollTop - this.clientHeight < NEAR;
    });
    new MutationObserver(() => this.follow()).observe(this, { childList: true, subtree: true });
    this.follow();
  }

  follow() {
    if (this.following) this.scrollTop = this.scrollHeight;
  }
}

class Composer extends HTMLElement {
  connectedCallback() {
    this.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      this.querySelector("form").requestSubmit();
    });
    this.addEventListener("htmx:configRequest", () => this.show());
    this.addEventListener("htmx:afterRequest", (event) => {
      const box = this.querySelector("textarea");
      if (!event.detail.successful) {
        box.value ||= this.sent; // nothing typed is lost
        document.querySelector(".turn.pending")?.remove();
      }
      box?.focus();
    });
  }

  show() {
    const box = this.querySelector("textarea");
    const shape = document.getElementById("pending-shape");
    const list = document.querySelector("otk-talk .talk");
    this.sent = box.value;
    if (!shape || !list || !box.value.trim()) return;
    const line = shape.content.firstElementChild.cloneNode(true);
    line.querySelector(".say").textContent = box.value;
    list.append(line);
    list.closest("otk-talk").following = true;
    list.closest("otk-talk").follow();
    box.value = "";
  }
}

customElements.define("otk-talk", Talk);
customElements.define("otk-composer", Composer);
