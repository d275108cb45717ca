// Keys, decisions in place and undo. Everything here also works without this script, by forms and links.
"use strict";
(() => {
  const list = document.getElementById("cards");
  if (!list) return;
  const toast = document.getElementById("toast");
  const csrf = list.querySelector("[name=csrf]")?.value || document.querySelector("[name=csrf]").value;
  const undecided = (article) => ["queued", "digested"].includes(article.dataset.status) && article.ariaBusy !== "true";
  const articles = () => [...list.querySelectorAll("article")];
  const article = (key) => articles().find((each) => each.dataset.key === key);
  const current = () => list.querySelector("[aria-current]");
  const decided = []; // keys of what was decided here, the last one last
  const inFlight = new Map(); // key -> promise of its decision
  let loading = null;

  function select(chosen, scroll = true) {
    if (!chosen) return;
    current()?.removeAttribute("aria-current");
    chosen.setAttribute("aria-current", "true");
    if (!scroll) return;
    chosen.focus({ preventScroll: true });
    const box = chosen.getBoundingClientRect();
    if (box.top < 60 || box.bottom > innerHeight - 90) {
      scrollTo({ top: scrollY + box.top - Math.max(60, (innerHeight - box.height) / 3), behavior: "instant" });
    }
    if (articles().indexOf(chosen) > articles().length - 25) loadMore();
  }

  // The next cards are fetched before the last ones are reached.
  function loadMore() {
    const more = document.getElementById("more");
    if (!more || loading) return loading;
    loading = fetch(more.dataset.part, { headers: { Accept: "text/html" } })
      .then((answer) => (answer.ok ? answer.text() : Promise.reject(answer.status)))
      .then((html) => {
        more.parentElement.remove();
        list.insertAdjacentHTML("beforeend", html);
        watchForMore();
      })
      .catch(() => undefined)
      .finally(() => (loading = null));
    return loading;
  }

  function watchForMore() {
    const more = document.getElementById("more");
    if (!more) return;
    new IntersectionObserver((seen) => seen.some((each) => each.isIntersecting) && loadMore(), { rootMargin: "600px" }).observe(more);
  }

  async function move(step, wanted = () => true) {
    const from = current();
    for (;;) {
      const all = articles();
      let place = all.indexOf(from) + step;
      while (all[place] && !wanted(all[place])) place += step;
      if (all[place]) return select(all[place]);
      if (step < 0 || !document.getElementById("more")) return undefined;
      const count = all.length;
      await loadMore();
      if (articles().length === count) return undefined;
    }
  }

  function say(text, undoKey) {
    toast.replaceChildren();
    if (!text) return;
    const span = document.createElement("span");
    span.textContent = text;
    toast.append(span);
    if (undoKey) {
      const button = document.createElement("button");
      button.textContent = toast.dataset.undo;
      button.addEventListener("click", () => undo(undoKey));
      toast.append(button);
    }
  }

  // Sends until the server answers, so that a decision made in a tunnel is not lost.
  async function post(path, fields) {
    for (let wait = 1000; ; wait = Math.min(wait * 2, 15000)) {
      try {
        const answer = await fetch(path, {
          method: "POST",
          headers: { Accept: "application/json" },
          body: new URLSearchParams({ csrf, query: list.dataset.query, ...fields }),
        });
        if (answer.headers.get("content-type")?.includes("json")) return [answer.status, await answer.json()];
        location.reload(); // signed out, or another server
        return new Promise(() => undefined);
      } catch {
        say(toast.dataset.offline);
        await new Promise((resolve) => setTimeout(resolve, wait));
      }
    }
  }

  function replace(key, html) {
    const old = article(key);
    if (!old || !html) return;
    const wasCurrent = old.hasAttribute("aria-current");
    old.insertAdjacentHTML("afterend", html);
    const now = old.nextElementSibling;
    old.remove();
    if (wasCurrent) select(now, document.activeElement === document.body);
  }

  async function send(key, action) {
    const shown = article(key);
    const [status, result] = await post("/decide", { key, action, revision: shown.dataset.revision });
    replace(key, result.card);
    article(key)?.removeAttribute("aria-busy");
    if (status !== 200) return say(result.error.message);
    count(action === "undo" || action === "requeue" ? 1 : -1);
    if (action === "undo") return say(toast.dataset.takenBack.replace("{title}", result.title));
    decided.push(key);
    const word = { keep: toast.dataset.kept, later: toast.dataset.later, skip: toast.dataset.skipped }[action] || "";
    return say(toast.dataset.decided.replace("{title}", result.title).replace("{state}", word), key);
  }

  function decide(chosen, action) {
    const back = action === "undo" || action === "requeue";
    if (!chosen || chosen.ariaBusy === "true" || undecided(chosen) === back) return undefined;
    const key = chosen.dataset.key;
    chosen.ariaBusy = "true";
    inFlight.set(key, send(key, action).finally(() => inFlight.delete(key)));
    return back ? undefined : move(1, undecided);
  }

  async function undo(key) {
    const last = key || [...inFlight.keys()].pop() || decided.at(-1);
    if (!last) return;
    await inFlight.get(last);
    if (decided.includes(last)) decided.splice(decided.lastIndexOf(last), 1);
    const chosen = article(last);
    if (!chosen) return;
    select(chosen);
    decide(chosen, "undo");
    await inFlight.get(last);
  }

  const counter = document.getElementById("count");
  function count(step) {
    counter.textContent = counter.textContent.replace(/[\d,]+/, (n) => Math.max(0, +n.replace(/,/g, "") + step).toLocaleString("en"));
  }

  const keys = {
    j: () => move(1),
    k: () => move(-1),
    x: () => decide(current(), "keep"),
    l: () => decide(current(), "later"),
    s: () => decide(current(), "skip"),
    u: () => undo(),
    e: () => current()?.querySelector("h3 a").click(),
    o: () => current()?.dataset.url && open(current().dataset.url, "_blank", "noopener"),
    "/": () => {
      document.querySelector(".filters").open = true;
      document.getElementById("filter-text").focus();
    },
    "?": () => document.getElementById("keys").showModal(),
  };
  let pressed = Promise.resolve();
  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest("input, select, textarea, dialog");
    if (event.key === "Escape" && typing) return event.target.blur();
    if (typing || event.ctrlKey || event.metaKey || event.altKey || event.isComposing || !Object.hasOwn(keys, event.key)) return undefined;
    event.preventDefault();
    pressed = pressed.then(keys[event.key]); // one after the other, also while more cards are fetched
    return undefined;
  });

  list.addEventListener("submit", (event) => {
    if (!event.target.matches(".decide") || event.submitter.value === "edit") return;
    event.preventDefault();
    const chosen = event.target.closest("article");
    select(chosen, false);
    decide(chosen, event.submitter.value);
  });
  list.addEventListener("focusin", (event) => select(event.target.closest("article"), false));
  document.getElementById("show-keys").hidden = false;
  document.getElementById("show-keys").addEventListener("click", keys["?"]);
  addEventListener("beforeunload", (event) => inFlight.size && event.preventDefault());
  watchForMore();
  select(articles().find(undecided), false);
})();
