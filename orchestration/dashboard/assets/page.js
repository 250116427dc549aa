// The page: layout, filters, what is chosen, tooltips, light and dark, the address.
"use strict";

const Page = (() => {
  const { make } = Tables;
  const byId = (id) => document.getElementById(id);
  const CHARTS = new Set(["bar", "line", "area", "pie", "scatter"]);
  const ALL = "";

  let model;
  const cards = [];
  const mounting = new Set();
  const state = { page: null, filters: new Map(), chosen: null };
  let theme;

  // ---- start -------------------------------------------------------------------------------

  async function start() {
    const began = performance.now();
    model = JSON.parse(byId("model").textContent);
    const buffer = await Engine.unpack(byId("data").textContent);
    Engine.open(model.datasets, buffer);
    readTheme();
    makeFilters();
    makePages();
    readAddress();
    showPage();
    addEventListener("hashchange", () => { if (readAddress()) showPage(); });
    byId("theme").addEventListener("click", switchTheme);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", repaint);
    addEventListener("beforeprint", onPaper);
    addEventListener("afterprint", offPaper);
    addEventListener("keydown", (event) => { if (event.key === "Escape") forget(); });
    while (mounting.size) await Promise.all(mounting);
    const root = document.documentElement;
    root.dataset.height = root.scrollHeight;
    root.dataset.ready = Math.round(performance.now() - began);
  }

  // ---- colours -----------------------------------------------------------------------------

  function readTheme() {
    const style = getComputedStyle(document.documentElement);
    const read = (name) => style.getPropertyValue(name).trim();
    const dark = isDark();
    const own = model.theme.visualizationColors || [];
    const colors = own.length ? own.map((color) => shade(color, dark)) : [read("--accent")];
    theme = {
      ink: read("--ink"), quiet: read("--quiet"), line: read("--line"),
      font: read("--font"), colors,
      pick: (color) => {
        if (!color) return null;
        if (typeof color === "string") return color;
        if (color.hex) return color.hex;
        if (color.themeColorType === "visualizationColors") {
          return colors[Math.max(0, (color.position || 1) - 1) % colors.length];
        }
        return null;
      },
    };
  }

  const isDark = () => {
    const chosen = document.documentElement.dataset.theme;
    return chosen ? chosen === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  };

  // A colour of the file for a dark ground: the same hue, lighter.
  function shade(color, dark) {
    if (!dark || !/^#[0-9a-f]{6}$/i.test(color)) return color;
    const parts = [1, 3, 5].map((at) => parseInt(color.slice(at, at + 2), 16));
    const lighter = parts.map((part) => Math.round(part + (255 - part) * 0.32));
    return `#${lighter.map((part) => part.toString(16).padStart(2, "0")).join("")}`;
  }

  // Colours of a chart's series; the same value has the same colour whatever is filtered.
  function paletteOf(widget, query, dataset) {
    const { color, dimension, measures, kind } = Charts.plan(widget);
    const by = kind === "pie" ? dimension : color;
    const mapped = new Map((((by || {}).scale || {}).mappings || [])
      .map(({ value, color: wanted }) => [value, wanted]));
    const names = measures.length > 1 ? measures.map(Charts.nameOf)
      : by ? possible(dataset, query, by.fieldName) : [];
    const sorted = ((by || {}).scale || {}).sort || {};
    if (sorted.orderedValues) {
      names.sort((a, b) => rankIn(sorted.orderedValues, a) - rankIn(sorted.orderedValues, b));
    }
    const marked = (widget.mark || {}).colors;
    const colors = marked ? marked.map(theme.pick).filter(Boolean) : theme.colors;
    return {
      names,
      of(series) {
        if (series == null) return colors[0];
        if (mapped.has(series)) return theme.pick(mapped.get(series)) || colors[0];
        const place = names.indexOf(series);
        return colors[(place < 0 ? 0 : place) % colors.length];
      },
    };
  }

  // All values of a field that a widget can ever show.
  function possible(dataset, query, fieldName) {
    const tree = query.fields[fieldName];
    const alone = { fields: { [fieldName]: tree }, filters: query.filters, orders: [], rows: false };
    return Engine.run(dataset, alone, []).map((row) => row[fieldName])
      .filter((value) => value != null).sort(Engine.compare);
  }

  const rankIn = (list, value) => (list.includes(value) ? list.indexOf(value) : list.length);

  function switchTheme() {
    document.documentElement.dataset.theme = isDark() ? "light" : "dark";
    repaint();
  }

  function repaint() {
    readTheme();
    const button = byId("theme");
    button.textContent = isDark() ? "Light" : "Dark";
    for (const card of cards) { card.drop(); card.palette = null; }
    draw();
  }

  // ---- filters -----------------------------------------------------------------------------

  const filterWidgets = () => model.pages.flatMap((page) => page.widgets
    .filter((widget) => widget.kind.startsWith("filter-") && !widget.problem)
    .map((widget) => ({ page, widget })));

  // For each data set the expressions that a filter holds against its choice.
  function bindings(widget) {
    const found = [];
    for (const { fieldName, queryName } of [].concat(widget.encodings.fields || [])) {
      const query = widget.queries.find((q) => q.name === queryName) || widget.queries[0];
      if (query && query.fields[fieldName]) {
        found.push({ dataset: query.dataset, tree: query.fields[fieldName], fieldName });
      }
    }
    return found;
  }

  function makeFilters() {
    const form = byId("filters");
    form.addEventListener("submit", (event) => event.preventDefault());
    for (const { page, widget } of filterWidgets()) {
      const bound = bindings(widget).filter(({ dataset }) => !model.datasets[dataset].problem);
      const filter = { widget, page, bound, key: keyOf(widget), ...optionsOf(bound) };
      filter.standard = standardOf(filter);
      filter.value = filter.standard;
      state.filters.set(widget.name, filter);
      const control = filter.values.length ? controlOf(filter) : null;
      if (!control) continue;
      filter.control = control;
      if (page.filters) form.append(control.node);
    }
    const reset = make("button", { type: "button", class: "reset", onclick: () => {
      for (const filter of state.filters.values()) filter.value = filter.standard;
      state.chosen = null;
      changed();
    } }, "Reset");
    form.append(reset);
    form.hidden = state.filters.size === 0;
  }

  const keyOf = (widget) =>
    (bindings(widget)[0] || { fieldName: widget.name }).fieldName.replace(/[^\w]+/g, "_");

  function optionsOf(bound) {
    const values = new Set();
    let kind = "text";
    for (const { dataset, tree } of bound) {
      const axis = Engine.axis(model.datasets[dataset], tree);
      if (axis.kind === "date") kind = "date";
      for (const value of axis.values) if (value != null) values.add(value);
    }
    return { values: [...values].sort(Engine.compare), kind };
  }

  // What a filter is set to before anybody chooses.
  function standardOf({ widget, values, kind }) {
    const wanted = (widget.selection || {}).defaultSelection || {};
    if (widget.kind === "filter-date-range-picker") {
      const { min, max } = wanted.range || {};
      const last = values.at(-1);
      return { from: moment((min || {}).value, last), to: moment((max || {}).value, last) };
    }
    const chosen = ((wanted.values || {}).values || []).map(({ value }) => value);
    const known = chosen.filter((value) => values.includes(value));
    return { values: known.length ? known : null };
  }

  // A date, or a date relative to the newest one in the data: now-11M/M.
  function moment(text, newest) {
    if (!text || !newest) return null;
    const relative = /^now(?:([+-])(\d+)([dwMy]))?(?:\/([dwMy]))?$/.exec(text);
    if (!relative) return text.slice(0, 10);
    const [, sign, count, unit, start] = relative;
    const [year, month, day] = newest.slice(0, 10).split("-").map(Number);
    const by = count ? Number(count) * (sign === "-" ? -1 : 1) : 0;
    const step = { d: [0, 0, by], w: [0, 0, by * 7], M: [0, by, 0], y: [by, 0, 0] }[unit] || [0, 0, 0];
    const floor = { M: 1 }[start];
    const made = new Date(Date.UTC(year + step[0], month - 1 + step[1], floor || day + step[2]));
    return made.toISOString().slice(0, 10);
  }

  const isStandard = (filter) => JSON.stringify(filter.value) === JSON.stringify(filter.standard);
  const isOpen = ({ value }) => value.values === null
    || (value.values === undefined && value.from == null && value.to == null);

  function controlOf(filter) {
    const { widget } = filter;
    if (widget.kind === "filter-date-range-picker") return rangeControl(filter);
    if (widget.kind === "filter-multi-select") return manyControl(filter);
    return oneControl(filter);
  }

  let labels = 0;

  function labelled(title, control) {
    control.id = `control-${labels++}`;
    return make("div", { class: "filter" }, make("label", { for: control.id }, title), control);
  }

  function oneControl(filter) {
    const select = make("select", { onchange: () => {
      filter.value = { values: select.value === ALL ? null : [filter.values[select.value]] };
      changed();
    } }, make("option", { value: ALL }, "All"),
    ...filter.values.map((value, n) => make("option", { value: n }, Format.value(value))));
    return {
      node: labelled(filter.widget.title, select),
      show() {
        const chosen = filter.value.values;
        select.value = chosen ? String(filter.values.indexOf(chosen[0])) : ALL;
      },
    };
  }

  function manyControl(filter) {
    const boxes = filter.values.map((value) => {
      const box = make("input", { type: "checkbox", onchange: () => {
        const chosen = filter.values.filter((_, n) => boxes[n].checked);
        filter.value = { values: chosen.length && chosen.length < filter.values.length ? chosen : null };
        changed();
      } });
      return box;
    });
    const summary = make("summary", {});
    const details = make("details", { class: "many" }, summary,
      make("fieldset", {}, make("legend", { class: "unseen" }, filter.widget.title),
        ...filter.values.map((value, n) => make("label", {}, boxes[n], Format.value(value)))));
    document.addEventListener("click", (event) => {
      if (!details.contains(event.target)) details.open = false;
    });
    details.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && details.open) {
        details.open = false;
        summary.focus();
        event.stopPropagation();
      }
    });
    return {
      node: make("div", { class: "filter" }, make("span", { "aria-hidden": "true" }, filter.widget.title),
        details),
      show() {
        const chosen = filter.value.values;
        filter.values.forEach((value, n) => { boxes[n].checked = Boolean(chosen && chosen.includes(value)); });
        const text = !chosen ? "All" : chosen.length === 1 ? Format.value(chosen[0])
          : `${chosen.length} chosen`;
        summary.textContent = text;
        summary.setAttribute("aria-label", `${filter.widget.title}: ${text}`);
      },
    };
  }

  // From and to, with shortcuts. Months when the data has months, else days.
  function rangeControl(filter) {
    const months = filter.values.every(Format.isMonth);
    const changedTo = (from, to) => { filter.value = { from, to }; changed(); };
    const first = filter.values[0], last = filter.values.at(-1);
    const shortcuts = rangeShortcuts(first, last);
    const quick = make("select", { onchange: () => {
      const found = shortcuts[quick.value];
      if (found) changedTo(found.from, found.to);
    } }, ...shortcuts.map(({ name }, n) => make("option", { value: n }, name)),
    make("option", { value: "own", hidden: true }, "Own choice"));
    const edge = (which) => {
      const set = (value) => {
        const { from, to } = filter.value;
        if (which === "from") changedTo(value, to && value && value > to ? value : to);
        else changedTo(from && value && value < from ? value : from, value);
      };
      if (!months) {
        const input = make("input", { type: "date", min: first, max: last,
          onchange: () => set(input.value || null) });
        return { node: input, show: (value) => { input.value = value || ""; } };
      }
      const select = make("select", { onchange: () => set(select.value || null) },
        ...filter.values.map((value) => make("option", { value }, Format.date(value, true))));
      return { node: select, show: (value) => {
        select.value = value || (which === "from" ? first : last);
      } };
    };
    const from = edge("from"), to = edge("to");
    return {
      node: make("div", { class: "filter range", role: "group", "aria-label": filter.widget.title },
        labelled(filter.widget.title, quick), labelled("From", from.node), labelled("To", to.node)),
      show() {
        from.show(filter.value.from);
        to.show(filter.value.to);
        const place = shortcuts.findIndex((one) =>
          one.from === filter.value.from && one.to === filter.value.to);
        quick.value = place < 0 ? "own" : String(place);
      },
    };
  }

  function rangeShortcuts(first, last) {
    const [year, month] = last.split("-").map(Number);
    const at = (y, m) => new Date(Date.UTC(y, m - 1, 1)).toISOString().slice(0, 10);
    const quarter = month - ((month - 1) % 3);
    const list = [
      { name: "Last 12 months", from: at(year, month - 11), to: last },
      { name: "Last 3 months", from: at(year, month - 2), to: last },
      { name: "This month", from: at(year, month), to: last },
      { name: "This quarter", from: at(year, quarter), to: last },
      { name: `This year (${year})`, from: at(year, 1), to: last },
    ];
    for (let back = year - 1; `${back}-12-01` >= first; back--) {
      list.push({ name: String(back), from: at(back, 1), to: at(back, 12) });
    }
    const seen = new Set();
    const distinct = list.filter(({ from, to }) => !seen.has(from + to) && seen.add(from + to));
    return [...distinct, { name: "All dates", from: null, to: null }];
  }

  // The conditions on a data set from the filters that reach it, and from what is chosen.
  function conditionsOn(card, name) {
    const conditions = [];
    for (const filter of state.filters.values()) {
      if (isOpen(filter) || !(filter.page.filters || filter.page === card.page)) continue;
      for (const { dataset, tree } of filter.bound) {
        if (dataset === name) conditions.push({ tree, ...filter.value });
      }
    }
    if (state.chosen && state.chosen.card !== card) {
      conditions.push(...chosenOn(name));
    }
    return conditions;
  }

  function chosenOn(name) {
    const { tree, value } = state.chosen;
    const same = (one) => JSON.stringify(one) === JSON.stringify(tree);
    for (const filter of state.filters.values()) {
      if (!filter.bound.some((bound) => same(bound.tree))) continue;
      return filter.bound.filter(({ dataset }) => dataset === name)
        .map((bound) => ({ tree: bound.tree, values: [value] }));
    }
    const columns = model.datasets[name].columns || {};
    return tree[0] === "column" && columns[tree[1]] ? [{ tree, values: [value] }] : [];
  }

  // Whether a filter reaches any widget of the page that is shown.
  function reaches(filter) {
    return filter.control && cards.some((card) => card.page.name === state.page && card.query
      && filter.bound.some(({ dataset }) => dataset === card.query.dataset));
  }

  // The filters that are set and do not reach a widget, by title.
  function unmoved(card, name) {
    const titles = [];
    for (const filter of state.filters.values()) {
      if (isOpen(filter) || !filter.page.filters || !reaches(filter)) continue;
      if (!filter.bound.some(({ dataset }) => dataset === name)) titles.push(filter.widget.title);
    }
    return titles;
  }

  // ---- what is chosen in a chart -----------------------------------------------------------

  function choose(card, fieldName, value) {
    const tree = card.query.fields[fieldName];
    if (Engine.isAggregate(tree)) return;
    const same = state.chosen && state.chosen.card === card && state.chosen.value === value
      && JSON.stringify(state.chosen.tree) === JSON.stringify(tree);
    state.chosen = same ? null : { card, fieldName, tree, value };
    changed();
  }

  function forget() {
    if (!state.chosen) return;
    state.chosen = null;
    changed();
  }

  // ---- pages and cards ---------------------------------------------------------------------

  const sheets = () => model.pages.filter((page) => !page.filters);

  function makePages() {
    const main = byId("main");
    for (const page of sheets()) {
      const section = make("section", { class: "sheet", id: `sheet-${page.name}`,
        "aria-label": page.title, hidden: true });
      section.style.setProperty("--columns", page.columns);
      page.section = section;
      for (const widget of page.widgets) {
        const filter = state.filters.get(widget.name);
        if (filter && !filter.page.filters) {
          if (filter.control) section.append(placed(widget, make("div", { class: "card inset" },
            filter.control.node), page.columns));
          continue;
        }
        section.append(makeCard(page, widget).node);
      }
      main.append(section);
      byId("tabs").append(make("button", { type: "button", "data-page": page.name,
        onclick: () => { goTo(page.name); } }, page.title));
    }
    byId("theme").textContent = isDark() ? "Light" : "Dark";
    byId("reach").textContent = reach();
    addEventListener("resize", later(() => { for (const card of cards) card.resize(); }));
  }

  // How far the data reaches: the last day, when a caption says so, else the newest month.
  function reach() {
    for (const filter of state.filters.values()) {
      if (filter.kind === "date" && filter.values.length) {
        const [first, last] = [filter.values[0], filter.values.at(-1)];
        const months = filter.values.every(Format.isMonth);
        return `${Format.date(first, months)} to ${Format.date(last, months)}`;
      }
    }
    return "";
  }

  function later(act) {
    let waiting;
    return () => { clearTimeout(waiting); waiting = setTimeout(act, 120); };
  }

  function placed(widget, node, columns) {
    const { x = 0, y = 0, width = 1, height = 1 } = widget.position;
    const span = Math.ceil((width * 6) / columns);
    for (const [name, value] of Object.entries({ x: x + 1, y: y + 1, w: width, h: height, span })) {
      node.style.setProperty(`--${name}`, value);
    }
    node.dataset.span = span;
    return node;
  }

  function makeCard(page, widget) {
    if (widget.kind === "text" && !widget.problem) {
      const node = placed(widget, make("div", { class: "words" }), page.columns);
      node.innerHTML = widget.html;
      return { node };
    }
    const id = `card-${page.name}-${widget.name}`.replace(/[^\w-]/g, "_");
    const body = make("div", { class: "body" });
    const note = make("p", { class: "note", hidden: true });
    const head = make("div", { class: "head" });
    const card = {
      page, widget, body, note, head, id, view: null, asTable: false,
      table: { by: null, down: false, page: 0 }, query: (widget.queries || [])[0],
      drop() {
        card.turn = null;
        card.drawn = null;
        if (card.view) { card.view.finalize(); card.view = null; }
      },
      resize() {
        card.room = null;
        card.drawn = null;
        if (card.page.name === state.page) drawCard(card);
        else card.drop();
      },
    };
    if (widget.title) head.append(make("h2", { id }, widget.title));
    if (CHARTS.has(widget.kind) && !widget.problem) {
      card.toggle = make("button", { type: "button", class: "toggle", "aria-pressed": "false",
        "aria-label": `Table: ${widget.title}`,
        onclick: () => {
          card.asTable = !card.asTable;
          card.toggle.setAttribute("aria-pressed", String(card.asTable));
          card.drop();
          drawCard(card);
        } }, "Table");
      head.append(card.toggle);
    }
    const kind = widget.problem ? "broken" : widget.kind === "counter" && !widget.title ? "caption"
      : widget.kind;
    card.node = placed(widget, make("section", { class: `card ${kind}`, "data-widget": widget.name,
      "aria-labelledby": widget.title ? id : false,
      "aria-label": widget.title ? false : widget.name }, head,
    ...(widget.note ? [make("p", { class: "quiet about" }, widget.note)] : []), body, note),
    page.columns);
    cards.push(card);
    return card;
  }

  function goTo(name) {
    state.page = name;
    state.chosen = null;
    writeAddress(true);
    showPage();
    scrollTo({ top: 0 });
  }

  function showPage() {
    for (const page of sheets()) {
      page.section.hidden = page.name !== state.page;
    }
    for (const tab of byId("tabs").children) {
      if (tab.dataset.page === state.page) tab.setAttribute("aria-current", "page");
      else tab.removeAttribute("aria-current");
    }
    draw();
  }

  // ---- drawing -----------------------------------------------------------------------------

  function changed() {
    writeAddress(false);
    draw();
    byId("said").textContent = `Figures drawn anew. ${spoken()}`;
  }

  function spoken() {
    const words = [...state.filters.values()].filter((filter) => !isOpen(filter)).map((filter) => {
      const { values, from, to } = filter.value;
      const text = values ? values.join(", ")
        : [from, to].map((edge) => (edge ? Format.value(edge, { months: Format.isMonth(edge) }) : "any"))
          .join(" to ");
      return `${filter.widget.title}: ${text}.`;
    });
    return words.join(" ");
  }

  function draw() {
    const began = performance.now();
    for (const filter of state.filters.values()) {
      if (!filter.control) continue;
      filter.control.show();
      filter.control.node.hidden = filter.page.filters && !reaches(filter);
    }
    byId("choices").textContent = spoken();
    byId("filters").hidden = ![...state.filters.values()].some(reaches);
    const shown = cards.filter((card) => card.page.name === state.page);
    for (const card of shown) if (!card.widget.problem) roomOf(card);
    for (const card of shown) drawCard(card);
    document.documentElement.dataset.drawn = (performance.now() - began).toFixed(1);
  }

  function drawCard(card) {
    const { widget, body } = card;
    if (widget.problem) return say(card, widget.problem, true);
    const dataset = model.datasets[card.query.dataset];
    if (dataset.problem) {
      return say(card, `The data set '${dataset.title}' gives no result: ${dataset.problem}.`, true);
    }
    if (dataset.rows === 0) return say(card, "No data yet.");
    const conditions = conditionsOn(card, card.query.dataset);
    const still = widget.title ? unmoved(card, card.query.dataset) : [];
    const mine = state.chosen && state.chosen.card === card ? state.chosen.value : null;
    const key = JSON.stringify([conditions, still, mine, card.asTable, card.table]);
    if (card.drawn === key) return null;
    const rows = Engine.run(dataset, card.query, conditions);
    card.rows = rows;
    note(card, still.length ? [`Not filtered by ${still.join(", ").toLowerCase()}.`] : []);
    if (widget.kind === "counter") drawCounter(card, rows[0] || {});
    else if (!rows.length) { say(card, "Nothing in this selection."); }
    else if (widget.kind === "table") drawTable(card, rows);
    else if (widget.kind === "pivot") {
      body.replaceChildren(...Tables.pivot({ caption: widget.title, widget, rows, theme }));
    } else drawChart(card, dataset, rows);
    card.drawn = key;
    return null;
  }

  function note(card, words) {
    card.note.textContent = words.join(" ");
    card.note.hidden = words.length === 0;
  }

  function say(card, words, wrong = false) {
    card.drop();
    card.note.hidden = true;
    card.body.replaceChildren(make("p", { class: wrong ? "notice wrong" : "notice" }, words));
    return null;
  }

  function drawCounter(card, row) {
    const { value, target } = card.widget.encodings;
    const now = row[value.fieldName];
    const shown = Format.value(now, { format: value.format, months: false });
    const exact = typeof now === "number" ? Format.value(now, { format: { ...value.format,
      abbreviation: "none" } }) : shown;
    const figure = make("p", { class: typeof now === "string" ? "value day" : "value",
      title: exact !== shown ? exact : false, "data-value": now == null ? "" : String(now) }, shown);
    const parts = [figure];
    if (target) {
      const before = row[target.fieldName];
      const { text, direction } = Format.change(now, before, value.format);
      const arrow = direction > 0 ? "▲ " : direction < 0 ? "▼ " : "";
      const was = before == null ? "" : ` from ${Format.value(before, { format: value.format })}`;
      parts.push(make("p", { class: "change", "data-before": before == null ? "" : String(before) },
        make("span", { class: direction > 0 ? "up" : direction < 0 ? "down" : "even" },
          make("span", { "aria-hidden": "true" }, arrow), text), was));
    }
    card.body.replaceChildren(...parts);
  }

  const LINE = 34;

  function drawTable(card, rows) {
    const { widget, body } = card;
    const columns = [].concat(widget.encodings.columns || []).filter((column) => column.visible !== false);
    const dimension = columns.find(({ fieldName }) => !Engine.isAggregate(card.query.fields[fieldName]));
    const chosen = state.chosen && state.chosen.card === card
      ? (row) => row[state.chosen.fieldName] === state.chosen.value : () => false;
    const shares = dimension === columns[0] && canChoose(card, dimension.fieldName);
    const height = roomOf(card).height - 40;
    body.replaceChildren(...Tables.table({
      caption: widget.title, columns, rows, theme,
      pageSize: pageSize(rows.length, height),
      state: card.table,
      redraw: (turned) => {
        drawCard(card);
        const button = turned && body.querySelector(`[data-turn=${turned}]`);
        if (button) button.focus();
      },
      chosen,
      choose: shares ? (row) => {
        choose(card, dimension.fieldName, row[dimension.fieldName]);
        const pressed = body.querySelector("[aria-pressed=true]");
        if (pressed) pressed.focus();
      } : null,
    }));
  }

  const LINE_OF_WORDS = 20;
  // where cards stand below each other and are as high as what they hold
  const stacked = matchMedia("(max-width: 60rem)");

  // The size a card has for its body, in pixels. Measured once, until the window changes:
  // asking the browser between drawings makes it lay out the page again each time.
  function roomOf(card) {
    if (!card.room) {
      const parts = [...card.node.children].filter((node) => node !== card.body && node !== card.note);
      const taken = parts.reduce((sum, node) => sum + node.offsetHeight, 0);
      card.room = { width: Math.max(120, card.body.clientWidth),
        height: card.node.clientHeight - taken - 36 };
    }
    const { width, height } = card.room;
    return { width, height: height - (card.note.hidden ? 0
      : linesOf(card.note.textContent.length * 6.6, width) * LINE_OF_WORDS + 4) };
  }

  const linesOf = (length, width) => Math.max(1, Math.ceil(length / width));

  function legendHeight(series, width) {
    const length = series.reduce((sum, item) => sum + item.textContent.length * 7 + 34, 0);
    return series.length ? linesOf(length, width) * LINE_OF_WORDS + 6 : 0;
  }

  // All rows when they fit, else pages of five, ten, fifteen rows.
  function pageSize(rows, height) {
    const fitting = Math.floor(height / LINE);
    if (rows <= fitting) return rows;
    if (stacked.matches) return rows <= 12 ? rows : 10;
    return Math.max(5, 5 * Math.floor((height - LINE) / LINE / 5));
  }

  // Whether another widget of the page can follow a choice of this field.
  function canChoose(card, fieldName) {
    const tree = card.query.fields[fieldName];
    if (tree[0] !== "column") return false;
    return cards.some((other) => other !== card && other.page === card.page && other.query
      && !other.widget.problem && (model.datasets[other.query.dataset].columns || {})[tree[1]]);
  }

  function drawChart(card, dataset, rows) {
    const { widget, body } = card;
    card.palette = card.palette || paletteOf(widget, card.query, dataset);
    const palette = card.palette;
    const plan = Charts.plan(widget);
    const at = plan.dimension || plan.x;
    let list = Charts.marks(widget, rows, palette);
    if (!list.length) { say(card, "Nothing in this selection."); return; }
    if (card.asTable) {
      card.drop();
      drawAlternative(card, rows);
      return;
    }
    const series = legendOf(list, palette, plan);
    const { width } = roomOf(card);
    const heightNow = () => (stacked.matches ? Charts.natural(widget, list)
      : Math.max(140, Math.min(560, roomOf(card).height - legendHeight(series, width))));
    const fitted = Charts.fit(widget, list, heightNow() - 24);
    list = fitted.list;
    if (fitted.left) {
      note(card, [`${fitted.left} more in the table.`, card.note.textContent].filter(Boolean));
    }
    const height = heightNow();
    const about = Charts.describe(widget, list, width, height, dataset);
    const chosen = state.chosen && state.chosen.card === card
      ? (mark) => mark.row[state.chosen.fieldName] === state.chosen.value : null;
    const data = Charts.toData(widget, list, chosen, about);
    card.list = list;
    card.data = data;
    Charts.say(widget, about);
    const shape = JSON.stringify([width, about.temporal, about.months, about.stacked]);
    if (card.view && card.shape === shape) {
      card.view.height(height).data("rows", data).resize().run();
    } else {
      card.drop();
      card.shape = shape;
      const mounted = mount(card, about, at).catch((error) => say(card, String(error), true));
      mounting.add(mounted);
      mounted.finally(() => mounting.delete(mounted));
    }
    card.legend.replaceChildren(...series);
    card.legend.hidden = series.length === 0;
    card.figure.setAttribute("aria-label", alternative(widget, list, about));
  }

  async function mount(card, about, at) {
    const { widget, body } = card;
    card.legend = make("ul", { class: "legend", "aria-hidden": "true" });
    // Vega gives its own element a role of its own, so it gets one below the figure
    const canvas = make("div", { class: "canvas", "aria-hidden": "true" });
    card.figure = make("div", { class: "figure", role: "img" }, canvas);
    body.replaceChildren(card.legend, card.figure);
    const turn = {};
    card.turn = turn;
    card.mounted = card.data;
    const { view } = await vegaEmbed(canvas, Charts.spec(widget, about, theme, card.data), {
      mode: "vega-lite", renderer: "svg", actions: false, tooltip: false, hover: false,
      defaultStyle: false, expressionFunctions: Charts.expressionFunctions, logLevel: 1,
    });
    if (card.turn !== turn) { view.finalize(); return; }
    if (card.data !== card.mounted) view.data("rows", card.data).resize().run();
    view.addEventListener("click", (event, item) => {
      const mark = markOf(card, item);
      if (mark && canChoose(card, at.fieldName)) choose(card, at.fieldName, mark.row[at.fieldName]);
      else if (!mark) forget();
    });
    view.addEventListener("mousemove", (event, item) => showTip(event, card, markOf(card, item)));
    view.addEventListener("mouseout", () => { byId("tip").hidden = true; });
    card.view = view;
  }

  function markOf(card, item) {
    const datum = item && item.datum;
    return datum && datum.n !== undefined ? card.list[datum.n] : null;
  }

  // The series of a chart with the colours they are drawn in; none for a single one.
  function legendOf(list, palette, plan) {
    const shown = new Map();
    for (const mark of list) if (mark.series != null) shown.set(mark.series, mark.fill);
    if (shown.size === 0 || (shown.size === 1 && plan.kind !== "pie")) return [];
    const total = list.reduce((sum, mark) => sum + mark.value, 0);
    return [...shown].sort(([a], [b]) => rankIn(palette.names, a) - rankIn(palette.names, b))
      .map(([name, fill]) => {
        const swatch = make("span", { class: "swatch" });
        swatch.style.background = fill;
        const share = plan.kind === "pie"
          ? ` ${Format.number(list.find((mark) => mark.series === name).value / total,
            { type: "number-percent", decimalPlaces: { type: "max", places: 1 } })}` : "";
        return make("li", {}, swatch, Format.value(name) + share);
      });
  }

  // What a chart says, in words: its kind, how many values, the largest of them.
  function alternative(widget, list, about) {
    const largest = [...list].sort((a, b) => b.value - a.value).slice(0, 3);
    const words = largest.map((mark) => {
      const name = [Format.value(mark.dimension, { months: about.months }), mark.series]
        .filter((part, n, all) => part != null && all.indexOf(part) === n).join(", ");
      return `${name}: ${about.label(mark)}`;
    });
    return `${widget.title}. A ${widget.kind} chart of ${list.length} values; the largest: `
      + `${words.join("; ")}. The button 'Table' shows all of them.`;
  }

  function drawAlternative(card, rows) {
    const { encodings } = card.widget;
    const seen = new Set();
    const columns = ["x", "y", "angle", "color", "size"].flatMap((channel) =>
      (encodings[channel] ? encodings[channel].fields || [encodings[channel]] : []))
      .filter(({ fieldName }) => fieldName && !seen.has(fieldName) && seen.add(fieldName))
      .sort((a, b) => Engine.isAggregate(card.query.fields[a.fieldName])
        - Engine.isAggregate(card.query.fields[b.fieldName]))
      .map((column) => ({ ...column, displayName: column.displayName || column.fieldName,
        format: column.format ? { ...column.format, abbreviation: "none" } : undefined }));
    const plan = Charts.plan(card.widget);
    const at = plan.dimension || plan.x;
    if (!card.table.touched) card.table = { by: at.fieldName, down: false, page: 0, touched: true };
    const chosen = state.chosen && state.chosen.card === card
      ? (row) => row[state.chosen.fieldName] === state.chosen.value : () => false;
    card.body.replaceChildren(...Tables.table({
      caption: card.widget.title, columns, rows, theme,
      pageSize: pageSize(rows.length, roomOf(card).height - 40),
      state: card.table,
      redraw: (turned) => {
        drawCard(card);
        const button = turned && card.body.querySelector(`[data-turn=${turned}]`);
        if (button) button.focus();
      },
      chosen,
      choose: columns[0].fieldName === at.fieldName && canChoose(card, at.fieldName) ? (row) => {
        choose(card, at.fieldName, row[at.fieldName]);
        const pressed = card.body.querySelector("[aria-pressed=true]");
        if (pressed) pressed.focus();
      } : null,
    }));
  }

  // ---- tooltips ----------------------------------------------------------------------------

  function showTip(event, card, mark) {
    const tip = byId("tip");
    if (!mark) { tip.hidden = true; return; }
    const { widget, query } = card;
    const lines = Object.keys(query.fields).map((name) => {
      const encoding = encodingOf(widget, name);
      if (!encoding) return null;
      const value = mark.row[name];
      return [Charts.nameOf(encoding), Format.value(value, {
        format: encoding.format ? { ...encoding.format, abbreviation: "none" } : undefined,
        months: Format.isMonth(value) })];
    }).filter(Boolean);
    tip.replaceChildren(...lines.map(([name, value]) =>
      make("div", {}, make("span", {}, name), make("strong", {}, value))));
    tip.hidden = false;
    const box = tip.getBoundingClientRect();
    const left = event.clientX + 14 + box.width > innerWidth ? event.clientX - box.width - 14
      : event.clientX + 14;
    const top = event.clientY + 14 + box.height > innerHeight ? event.clientY - box.height - 14
      : event.clientY + 14;
    tip.style.transform = `translate(${Math.max(4, left)}px, ${Math.max(4, top)}px)`;
  }

  function encodingOf(widget, fieldName) {
    for (const encoding of Object.values(widget.encodings)) {
      for (const one of [].concat(encoding.fields || encoding)) {
        if (one && one.fieldName === fieldName) return one;
      }
    }
    return null;
  }

  // ---- the address -------------------------------------------------------------------------

  function writeAddress(turn) {
    const words = new URLSearchParams({ page: state.page });
    for (const filter of state.filters.values()) {
      if (isStandard(filter)) continue;
      const { values, from, to } = filter.value;
      words.set(filter.key, values === undefined ? `${from || ""}..${to || ""}`
        : values === null ? "" : values.join("|"));
    }
    if (state.chosen) {
      const { card, fieldName, value } = state.chosen;
      words.set("chosen", [card.widget.name, fieldName, value].join("~"));
    }
    const address = `#${words}`;
    if (address === location.hash) return;
    if (turn) history.pushState(null, "", address);
    else history.replaceState(null, "", address);
  }

  // Takes the state from the address; what it does not name is as at the start.
  function readAddress() {
    const hash = location.hash.slice(1);
    if (hash === "main") return false;
    const words = new URLSearchParams(hash);
    const wanted = words.get("page");
    state.page = sheets().some(({ name }) => name === wanted) ? wanted : sheets()[0].name;
    for (const filter of state.filters.values()) {
      const text = words.get(filter.key);
      filter.value = text == null ? filter.standard : readFilter(filter, text);
    }
    const [name, fieldName, ...rest] = (words.get("chosen") || "").split("~");
    const card = cards.find((one) => one.widget.name === name && one.page.name === state.page);
    const tree = card && card.query && card.query.fields[fieldName];
    const value = tree && !Engine.isAggregate(tree)
      ? Engine.axis(model.datasets[card.query.dataset], tree).values
        .find((one) => String(one) === rest.join("~")) : undefined;
    state.chosen = value === undefined ? null : { card, fieldName, tree, value };
    return true;
  }

  function readFilter(filter, text) {
    if (filter.widget.kind === "filter-date-range-picker") {
      const [from, to] = text.split("..").map((edge) => (Format.isDate(edge) ? edge : null));
      return { from, to: to === undefined ? null : to };
    }
    const values = filter.values.filter((value) => text.split("|").includes(String(value)));
    return { values: values.length ? values : null };
  }

  // ---- paper -------------------------------------------------------------------------------

  let chosenTheme;

  // Paper is light, whatever the screen is.
  function onPaper() {
    chosenTheme = document.documentElement.dataset.theme;
    if (!isDark()) return;
    document.documentElement.dataset.theme = "light";
    repaint();
  }

  function offPaper() {
    if (chosenTheme) document.documentElement.dataset.theme = chosenTheme;
    else delete document.documentElement.dataset.theme;
    repaint();
  }

  // The rows behind every widget of the page that is shown, for whoever wants to check them.
  const drawn = () => Object.fromEntries(cards.filter((card) => card.page.name === state.page)
    .map((card) => [card.widget.name, card.rows || null]));

  return { start, drawn };
})();
