// Searches the notes by the index that the site was built with, as `notebot search` does, and without any request but
// for the files of the index, which are scripts: a page from file:// may load those and nothing else.
"use strict";
(() => {
  const SHARDS = 64, CHUNK = 500, SHOWN = 50; // the first two as in search_index.py
  const DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  const input = document.getElementById("q"), state = document.getElementById("state");
  const list = document.getElementById("results"), more = document.getElementById("more");
  const loading = new Map(), shards = new Map(), chunks = new Map();

  window.siteSearch = {
    words(shard, text) {
      shards.set(shard, new Map(text.split(" ").filter(Boolean).map((line) => line.split("="))));
    },
    notes(chunk, rows) { chunks.set(chunk, rows); },
  };

  function load(name) {
    if (!loading.has(name)) {
      loading.set(name, new Promise((resolve, reject) => {
        const script = document.createElement("script");
        script.src = `search/${name}.js?${list.dataset.revision}`;
        script.onload = resolve;
        script.onerror = () => { loading.delete(name); reject(new Error(name)); };
        document.head.append(script);
      }));
    }
    return loading.get(name);
  }

  // The tokens, by the rules of core/text/words.py and search_tokens.py.
  const JAPANESE = "\\u3005-\\u3007\\u3041-\\u309f\\u30a1-\\u30ff\\u3400-\\u4dbf\\u4e00-\\u9fff\\uf900-\\ufaff\\u{20000}-\\u{3ffff}";
  const RUN = new RegExp(`[${JAPANESE}]+|(?:(?![${JAPANESE}])[\\p{L}\\p{N}])+`, "gu");
  const IS_JAPANESE = new RegExp(`^[${JAPANESE}]`, "u");
  const PLAIN = { "æ": "ae", "œ": "oe", "ø": "o", "đ": "d", "ð": "d", "þ": "th", "ł": "l", "ħ": "h", "ı": "i", "ŧ": "t", "ß": "ss", "ς": "σ", "\u00ad": "" };

  function runs(text) {
    const folded = text.normalize("NFKD").toLowerCase()
      .replace(/[æœøđðþłħıŧßς\u00ad]/g, (letter) => PLAIN[letter])
      .replace(/[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]/g, "")
      .normalize("NFC");
    return (folded.match(RUN) || []).map((run) => run.replace(/([ァ-ヺー]{2}[ァ-ヺ])ー+(?![ァ-ヺー])/g, "$1"));
  }

  // Conditions that a note has to meet, each a token or the beginning of one.
  function conditions(query, anyEnding) {
    const found = new Map();
    for (const word of query.split(/\s+/)) {
      const parts = runs(word);
      parts.forEach((run, place) => {
        const letters = [...run];
        if (IS_JAPANESE.test(run)) {
          if (letters.length === 1) found.set(run, true);
          for (let at = 0; at + 1 < letters.length; at++) found.set(letters[at] + letters[at + 1], false);
          return;
        }
        const tokens = run.match(/\p{Nd}+[\p{L}\p{Nl}\p{No}]*|[\p{L}\p{Nl}\p{No}]+/gu) || [];
        tokens.forEach((token, at) => {
          const open = place === parts.length - 1 && at === tokens.length - 1 && (anyEnding || word.endsWith("*"));
          found.set(token, found.get(token) || (open && [...token].length > 1));
        });
      });
    }
    return [...found].map(([token, open]) => ({ token, open }));
  }

  function shardOf(token) {
    const first = token.codePointAt(0);
    if (IS_JAPANESE.test(token)) return first % SHARDS;
    const second = [...token][1];
    return (first * 31 + (second ? second.codePointAt(0) : 0)) % SHARDS;
  }

  // Adds the notes of an encoded list with what they are worth.
  function decode(text, worth, notes) {
    let number = 0, shift = 0, rest = 0;
    for (const digit of text) {
      const value = DIGITS.indexOf(digit);
      rest += (value & 31) * 2 ** shift;
      shift += 5;
      if (value & 32) continue;
      number += rest;
      notes.set(number, Math.max(worth, notes.get(number) || 0));
      shift = rest = 0;
    }
  }

  async function match({ token, open }) {
    const shard = shardOf(token);
    await load(`words-${shard}`);
    const notes = new Map(), words = shards.get(shard);
    const keys = open ? [...words.keys()].filter((key) => key.startsWith(token)) : words.has(token) ? [token] : [];
    for (const key of keys) {
      const [named, mentioned] = words.get(key).split("|");
      decode(mentioned, 1, notes);
      decode(named, 4, notes); // a title or tag says more than a sentence
    }
    return notes;
  }

  // The notes that meet all conditions, the best first, and of equal ones the newest.
  async function find(query, anyEnding) {
    const wanted = conditions(query, anyEnding);
    if (!wanted.length) return [];
    const [first, ...others] = (await Promise.all(wanted.map(match))).sort((a, b) => a.size - b.size);
    const hits = [];
    for (const [number, worth] of first) {
      if (others.every((notes) => notes.has(number))) {
        hits.push([number, others.reduce((sum, notes) => sum + notes.get(number), worth)]);
      }
    }
    return hits.sort((a, b) => b[1] - a[1] || b[0] - a[0]).map(([number]) => number);
  }

  function item([file, title, rest, date]) {
    const entry = document.createElement("li"), heading = document.createElement("h2");
    const link = document.createElement("a"), about = document.createElement("p");
    link.href = `notes/${encodeURIComponent(file)}`;
    link.textContent = title;
    about.className = "byline";
    about.textContent = [date, rest].filter(Boolean).join(" · ");
    heading.append(link);
    entry.append(heading, about);
    return entry;
  }

  let turn = 0, numbers = [], shown = 0;

  async function show() {
    const mine = turn, part = numbers.slice(shown, shown + SHOWN);
    await Promise.all([...new Set(part.map((number) => Math.floor(number / CHUNK)))].map((chunk) => load(`notes-${chunk}`)));
    if (mine !== turn) return;
    const rows = part.map((number) => chunks.get(Math.floor(number / CHUNK))[number % CHUNK]);
    const items = rows.filter((row) => row && row.length).map(item);
    list.append(...items);
    if (shown && items.length) items[0].querySelector("a").focus();
    shown += part.length;
    more.hidden = shown >= numbers.length;
  }

  async function search(query) {
    const mine = ++turn, words = state.dataset;
    state.textContent = query.trim() ? words.searching : "";
    try {
      // a plural, or a word that is still being typed, is found by its beginning
      const exact = await find(query, false);
      const hits = exact.length ? exact : await find(query, true);
      if (mine !== turn) return;
      numbers = hits;
      shown = 0;
      list.replaceChildren();
      more.hidden = true;
      await show();
      if (mine !== turn || !query.trim()) return;
      const count = numbers.length;
      state.textContent = count > 1 ? words.found.replace("{count}", count.toLocaleString(document.documentElement.lang))
        : count ? words.foundOne : words.foundNone;
    } catch {
      if (mine === turn) state.textContent = words.failed;
    }
  }

  function asked() {
    const inHash = new URLSearchParams(location.hash.slice(1)).get("q");
    return inHash ?? new URLSearchParams(location.search).get("q") ?? "";
  }

  function ask(query) {
    location.replace(`#q=${encodeURIComponent(query)}`);
    search(query);
  }

  let waiting = 0;
  input.addEventListener("input", (event) => {
    clearTimeout(waiting);
    if (!event.isComposing) waiting = setTimeout(() => ask(input.value), 200);
  });
  input.addEventListener("compositionend", () => ask(input.value));
  input.form.addEventListener("submit", (event) => {
    event.preventDefault();
    clearTimeout(waiting);
    ask(input.value);
  });
  more.addEventListener("click", () => show().catch(() => { state.textContent = state.dataset.failed; }));
  window.addEventListener("hashchange", () => {
    if (asked() !== input.value) search(input.value = asked());
  });
  if (asked()) search(input.value = asked());
})();
