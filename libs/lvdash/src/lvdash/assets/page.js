// The page: its sheets, its address, light and dark, paper.
"use strict";

const Page = (() => {
  const { make } = Tables;
  const byId = (id) => document.getElementById(id);

  async function start() {
    const began = performance.now();
    State.model = JSON.parse(byId("model").textContent);
    const buffer = await Engine.unpack(byId("data").textContent);
    Engine.open(State.model.datasets, buffer);
    State.changed = changed;
    State.turned = () => writeAddress(false);
    keepTheme(kept());
    Theme.read();
    Filters.fill(byId("filters"));
    makePages();
    readAddress();
    showPage();
    addEventListener("hashchange", () => { readAddress(); showPage(); });
    byId("skip").addEventListener("click", (event) => {
      // the address keeps what is shown, not where the reader is
      event.preventDefault();
      byId("main").focus();
    });
    byId("theme").addEventListener("click", switchTheme);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", repaint);
    addEventListener("beforeprint", onPaper);
    document.addEventListener("click", closeLists, { capture: true });
    addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || document.querySelector("dialog[open]")) return;
      if (!closeLists(event)) State.forget();
    });
    while (Cards.mounting.size) await Promise.all(Cards.mounting);
    const root = document.documentElement;
    root.dataset.height = root.scrollHeight;
    root.dataset.ready = Math.round(performance.now() - began);
  }

  // Closes the open list or menu; a click beside it does nothing else, but may open another.
  function closeLists(event) {
    const open = document.querySelector("details[open]");
    if (!open || (event.type === "click" && open.contains(event.target))) return false;
    open.open = false;
    if (event.type === "keydown") open.querySelector("summary").focus();
    else if (!event.target.closest("summary")) { event.stopPropagation(); event.preventDefault(); }
    return true;
  }

  // ---- sheets ------------------------------------------------------------------------------

  function makePages() {
    const main = byId("main");
    for (const page of State.sheets()) {
      const section = make("section", { class: "sheet", id: `sheet-${page.name}`,
        "aria-label": `Page ${page.title}`, hidden: true });
      section.style.setProperty("--columns", page.columns);
      page.section = section;
      for (const widget of page.widgets) {
        const filter = State.filters.get(widget.name);
        if (filter && !filter.page.filters) {
          if (filter.control) section.append(Cards.placed(widget, make("div", { class: "card inset" },
            filter.control.node), page.columns));
          continue;
        }
        section.append(Cards.makeCard(page, widget).node);
      }
      main.append(section);
      byId("tabs").append(make("button", { type: "button", "data-page": page.name,
        onclick: () => { goTo(page.name); } }, page.title));
    }
    byId("theme").textContent = Theme.isDark() ? "Light" : "Dark";
    const { currency } = State.model;
    byId("reach").textContent = [Filters.reach(), ...freshness(), currency && `amounts in ${currency}`]
      .filter(Boolean).join(" · ");
    addEventListener("resize", later(() => { for (const card of State.cards) card.resize(); }));
  }

  // How fresh the figures are: a text with values of data sets in it, {data set.column}.
  function freshness() {
    let known = true;
    const text = State.model.freshness.replace(/\{([^.}]+)\.([^}]+)\}/g, (_, name, column) => {
      const dataset = State.model.datasets[name];
      if (!dataset || dataset.problem || !dataset.rows || !dataset.columns[column]) { known = false; return ""; }
      const { values, codes } = dataset.columns[column];
      return Format.value(values && values[codes[0]]);
    });
    return [known && text, State.model.published].filter(Boolean);
  }

  function later(act) {
    let waiting;
    return () => { clearTimeout(waiting); waiting = setTimeout(act, 120); };
  }

  function goTo(name) {
    State.page = name;
    writeAddress(true);
    showPage();
    scrollTo({ top: 0 });
  }

  function showPage() {
    for (const page of State.sheets()) {
      page.section.hidden = page.name !== State.page;
    }
    for (const tab of byId("tabs").children) {
      if (tab.dataset.page === State.page) tab.setAttribute("aria-current", "page");
      else tab.removeAttribute("aria-current");
    }
    draw();
  }

  function changed() {
    showDropped([]);
    State.keepChoices();
    writeAddress(false);
    draw();
    byId("said").textContent = `Figures updated. ${Filters.spoken()}`;
  }

  function draw() {
    const began = performance.now();
    Filters.show(byId("filters"));
    byId("choices").textContent = Filters.spoken();
    const shown = State.shownCards();
    // all sizes are asked for before anything is drawn, so that the sheet is laid out once
    for (const card of shown) if (!card.widget.problem) Cards.roomOf(card);
    for (const card of shown) Cards.drawCard(card);
    Detail.show();
    document.documentElement.dataset.drawn = (performance.now() - began).toFixed(1);
  }

  // ---- the address -------------------------------------------------------------------------

  function writeAddress(turn) {
    const words = new URLSearchParams({ page: State.page });
    for (const filter of State.filters.values()) {
      if (Filters.isStandard(filter)) continue;
      const { values, from, to } = filter.value;
      words.set(filter.key, values === undefined ? `${from || ""}..${to || ""}`
        : values === null ? "" : values.map(State.packed).join("|"));
    }
    if (State.comparison) words.set("compare", State.model.comparison[State.comparison]);
    for (const { card, tree, values } of State.choices) {
      words.append("chosen", [card.widget.name, tree[1], ...values].map(State.packed).join("~"));
    }
    for (const { widget, down } of State.cards) {
      if (down.length) words.append("open", [widget.name,
        ...down.flatMap(({ column, value }) => [column, value])].map(State.packed).join("~"));
    }
    for (const { widget, table, initial } of State.cards) {
      if (JSON.stringify(table) === JSON.stringify(initial)) continue;
      const { by, down, page } = table;
      words.append("table", [widget.name, by ?? "", down ? "down" : "up", page].map(State.packed).join("~"));
    }
    const address = `#${words}`;
    if (address === location.hash) return;
    if (turn) history.pushState(null, "", address);
    else history.replaceState(null, "", address);
  }

  // Takes the state from the address; what it does not name is as at the start, and what means
  // nothing here is left out and named.
  function readAddress() {
    const words = new URLSearchParams(location.hash.slice(1));
    const known = new Set(["page", "compare", "chosen", "open", "table"]);
    const dropped = [];
    const among = (word, names) => {
      const text = words.get(word);
      if (text != null && !names.includes(text)) dropped.push([word, text]);
      return Math.max(0, names.indexOf(text));
    };
    const names = State.sheets().map(({ name }) => name);
    State.page = names[among("page", names)];
    for (const filter of State.filters.values()) {
      known.add(filter.key);
      const text = words.get(filter.key);
      const found = text == null ? { value: filter.standard, dropped: [] } : Filters.parse(filter, text);
      filter.value = found.value;
      dropped.push(...found.dropped.map((part) => [filter.widget.title, part]));
    }
    State.comparison = among("compare", State.model.comparison);
    for (const card of State.cards) Drill.to(card, []);
    for (const text of words.getAll("open")) {
      const [name, ...down] = text.split("~").map(State.unpacked);
      const card = State.cards.find((one) => one.widget.name === name);
      if (!card || !Drill.descend(card, down)) dropped.push(["open", text]);
    }
    for (const card of State.cards) card.table = { ...card.initial };
    for (const text of words.getAll("table")) {
      const [name, by, way, page] = text.split("~").map(State.unpacked);
      const card = State.cards.find((one) => one.widget.name === name);
      if (!card || !card.query || (by && !(by in card.query.fields)) || !(page >= 0)) {
        dropped.push(["table", text]);
      } else card.table = { by: by || null, down: way === "down", page: Math.floor(page) };
    }
    // chosen months say which period a card shows, and that which customers can be chosen in it
    readChoices(words);
    Periods.settle();
    dropped.push(...readChoices(words));
    State.keepChoices();
    for (const [word, part] of words) if (!known.has(word)) dropped.push([word, part]);
    showDropped(dropped);
  }

  // Takes what is chosen from the address; returns what means nothing here.
  function readChoices(words) {
    const dropped = [];
    State.choices = [];
    for (const text of words.getAll("chosen")) {
      const [name, column, ...named] = text.split("~").map(State.unpacked);
      const card = State.cards.find((one) => one.widget.name === name);
      const tree = ["column", column];
      const fieldName = card && card.query && Drill.fieldOf(card, column);
      const values = fieldName ? [...State.valuesOf(card.query, tree)]
        .filter((one) => named.includes(String(one))).sort(Engine.compare) : [];
      if (Filters.takesOne(tree)) values.splice(1);
      if (values.length) State.choices.push(State.choiceOf(card, fieldName, tree, values));
      const left = named.filter((one) => !values.map(String).includes(one));
      dropped.push(...(named.length ? left : [name]).map((part) => ["chosen", part]));
    }
    return dropped;
  }

  function showDropped(list) {
    const said = list.map(([word, part]) => `${word} "${part.slice(0, 60)}"`).join(", ");
    byId("dropped").hidden = list.length === 0;
    byId("dropped").textContent = said && `Left out of the address, as this page does not know it: ${said}.`;
  }

  // ---- light and dark ----------------------------------------------------------------------

  // The theme that was chosen at an earlier visit; a browser may keep nothing for files.
  function kept() {
    try { return localStorage.getItem("lvdash-theme"); } catch { return null; }
  }

  function keepTheme(name) {
    if (!["light", "dark"].includes(name)) return;
    document.documentElement.dataset.theme = name;
    try { localStorage.setItem("lvdash-theme", name); } catch { /* it lasts as long as the page */ }
  }

  function switchTheme() {
    keepTheme(Theme.isDark() ? "light" : "dark");
    repaint();
  }

  function repaint() {
    Theme.read();
    byId("theme").textContent = Theme.isDark() ? "Light" : "Dark";
    for (const card of State.cards) { card.drop(); card.palette = null; }
    draw();
  }

  // Paper is light, whatever the screen is.
  function onPaper() {
    if (!Theme.isDark()) return;
    const { dataset } = document.documentElement;
    const before = dataset.theme;
    dataset.theme = "light";
    repaint();
    addEventListener("afterprint", () => {
      if (before) dataset.theme = before;
      else delete dataset.theme;
      repaint();
    }, { once: true });
  }

  // The rows behind every widget of the sheet that is shown, for whoever wants to check them.
  const drawn = () => Object.fromEntries(State.shownCards()
    .map((card) => [card.widget.name, card.rows || null]));

  return { start, drawn };
})();
