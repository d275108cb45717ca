// Typed text is stored on the server while it is typed, so that it survives a reload, a crash and a restart.
"use strict";
(() => {
  const form = document.getElementById("edit");
  if (!form || !form.querySelector(".save-bar")) return;
  const inputs = [...form.querySelectorAll("input:not([type=hidden]), textarea")];
  const state = document.getElementById("draft-state");
  const hidden = (name) => form.querySelector(`[name=${name}]`).value;
  // What the server has not confirmed is kept by the browser, by each page under a name of its own, so that two tabs never
  // overwrite each other. A page that is open has a lock of that name; a page that crashed has left only its text.
  const drafts = `notebot draft ${hidden("key")} `;
  const safe = drafts + Math.random().toString(36).slice(2) + Date.now().toString(36);
  const leftovers = new Set(); // names of pages that are gone, and whose text is in this one now
  const dirty = new Map(); // name -> text that was typed since the last confirmed request
  const known = new Map(inputs.map((input) => [input.name, input.value])); // name -> text that the server has
  let flying = new Map(); // name -> text of the request that has no answer yet
  let timer = 0;
  let sending = false;
  let leaving = false;
  let waiting = false;

  const grow = (input) => {
    if (input.tagName !== "TEXTAREA") return;
    input.style.height = "auto";
    input.style.height = `${input.scrollHeight + 4}px`;
  };

  function remember() {
    try {
      const texts = [...dirty].map(([name, text]) => [name, text, known.get(name), flying.get(name)]);
      if (dirty.size) localStorage.setItem(safe, JSON.stringify(texts));
      else for (const name of [safe, ...leftovers]) localStorage.removeItem(name);
    } catch {
      // a browser without storage still sends everything to the server
    }
  }

  function typed(input, wait = 350) {
    dirty.set(input.name, input.value);
    remember();
    grow(input);
    clearTimeout(timer);
    timer = setTimeout(send, wait);
  }

  function fieldsOf(sent) {
    const fields = new URLSearchParams({ csrf: hidden("csrf"), key: hidden("key") });
    for (const [name, text] of sent) {
      fields.set(name, text);
      fields.set(`known_${name}`, known.get(name));
    }
    return fields;
  }

  // Another tab has typed into the same field: both texts are shown, and nothing is sent until one is chosen.
  function conflict(answer, onServer = true) {
    waiting = true;
    for (const [name, theirs] of Object.entries(answer.texts)) {
      const input = inputs.find((each) => each.name === name);
      const box = document.createElement("div");
      box.className = "notice conflict";
      box.setAttribute("role", "alert");
      const text = document.createElement("pre");
      text.textContent = theirs;
      const choice = (word, chosen) => {
        const button = document.createElement("button");
        button.type = "button";
        button.textContent = word;
        button.addEventListener("click", () => {
          if (onServer) known.set(name, theirs);
          input.value = chosen() ?? input.value;
          box.remove();
          waiting = Boolean(form.querySelector(".conflict"));
          typed(input, 0);
        });
        return button;
      };
      box.append(answer.error.message, text, choice(form.dataset.take, () => theirs), " ", choice(form.dataset.keep, () => null));
      input.after(box);
    }
    return undefined;
  }

  async function send() {
    if (sending || waiting || !dirty.size || leaving) return undefined;
    sending = true;
    const sent = (flying = new Map(dirty));
    remember();
    try {
      const answer = await fetch("/drafts", {
        method: "POST",
        headers: { Accept: "application/json" },
        body: fieldsOf(sent),
      });
      if (answer.status === 409) return conflict(await answer.json());
      if (!answer.ok) throw new Error(answer.status);
      const parts = await answer.json();
      for (const [name, text] of sent) {
        known.set(name, text);
        if (dirty.get(name) === text) dirty.delete(name);
      }
      for (const [name, html] of Object.entries(parts)) document.getElementById(`live-${name}`).innerHTML = html;
      if (!dirty.size) state.textContent = form.dataset.saved;
    } catch {
      state.textContent = form.dataset.offline;
      clearTimeout(timer);
      timer = setTimeout(send, 2000);
    } finally {
      sending = false;
      flying = new Map();
      remember();
    }
    if (dirty.size && state.textContent !== form.dataset.offline) send();
    return undefined;
  }

  for (const input of inputs) {
    grow(input);
    input.addEventListener("input", () => typed(input));
  }
  addEventListener("pagehide", () => {
    if (dirty.size && !leaving && !waiting) {
      fetch("/drafts", { method: "POST", keepalive: true, headers: { Accept: "application/json" }, body: fieldsOf(dirty) }).catch(() => undefined);
    }
  });
  form.addEventListener("submit", () => {
    leaving = true; // the form itself contains everything
    dirty.clear();
  });

  function textsOf(left) {
    try {
      return JSON.parse(localStorage.getItem(left)) || [];
    } catch {
      return []; // not written by this script
    }
  }

  // What pages that are gone have left is put back, as if it were typed now. Of two texts for one field the first is put
  // back, and both are shown; so are a text and what another tab has sent to the server since.
  function restore(isOpen) {
    const names = Object.keys(localStorage).filter((name) => name.startsWith(drafts) && name !== safe && !isOpen(name));
    for (const left of names) {
      const conflicts = {};
      for (const [name, text, ...own] of textsOf(left)) {
        const input = inputs.find((each) => each.name === name);
        if (!input || input.value === text) continue;
        if (dirty.has(name)) {
          conflicts[name] = text;
          continue;
        }
        // the server refuses the text if it has something that the other page did not know
        if (!own.includes(known.get(name))) known.set(name, own[0]);
        input.value = text;
        state.textContent = form.dataset.restored;
        typed(input, 0);
      }
      leftovers.add(left);
      if (Object.keys(conflicts).length) conflict({ texts: conflicts, error: { message: form.dataset.elsewhere } }, false);
    }
    remember();
  }

  try {
    const locks = navigator.locks; // over plain http, browsers have none: an open page then counts as gone
    if (locks) {
      locks.request(safe, () => new Promise((release) => addEventListener("pagehide", release)));
      locks.query().then(({ held }) => restore((name) => held.some((lock) => lock.name === name)));
    } else restore(() => false);
  } catch {
    // a browser without storage
  }

  // Tags: the word at the cursor is completed from the archive's tags.
  const tags = document.getElementById("tags");
  const choices = document.getElementById("tag-choices");
  let asked = 0;
  const word = () => {
    const before = tags.value.slice(0, tags.selectionStart);
    const start = Math.max(...[" ", ",", "、", "　"].map((sign) => before.lastIndexOf(sign))) + 1;
    return { start, text: before.slice(start) };
  };
  function choose(tag) {
    const { start, text } = word();
    const rest = tags.value.slice(start + text.length).trimStart();
    tags.value = `${tags.value.slice(0, start)}${tag} ${rest}`;
    tags.focus();
    tags.setSelectionRange(start + tag.length + 1, start + tag.length + 1);
    choices.replaceChildren();
    typed(tags);
  }
  tags.addEventListener("input", async () => {
    const { text } = word();
    const mine = ++asked;
    if (text.replace("#", "").length < 1) return choices.replaceChildren();
    const answer = await fetch(`/tags.json?q=${encodeURIComponent(text)}`, { headers: { Accept: "application/json" } }).catch(() => null);
    if (!answer?.ok || mine !== asked) return undefined;
    const found = await answer.json();
    choices.replaceChildren(
      ...found.map((tag) => {
        const button = document.createElement("button");
        button.type = "button";
        button.textContent = `#${tag}`;
        button.addEventListener("click", () => choose(tag));
        return button;
      }),
    );
    return undefined;
  });
  tags.addEventListener("keydown", (event) => {
    if (event.key === "Tab" && !event.shiftKey && choices.firstChild && word().text) {
      event.preventDefault();
      choose(choices.firstChild.textContent.slice(1));
    }
  });

  for (const button of form.querySelectorAll(".add")) {
    button.hidden = false;
    button.addEventListener("click", () => {
      const input = document.getElementById("related");
      if (input.value.split(/\s+/).includes(button.dataset.add)) return;
      input.value = `${input.value} ${button.dataset.add}`.trim();
      typed(input);
    });
  }
})();
