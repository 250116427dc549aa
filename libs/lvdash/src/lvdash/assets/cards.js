// Cards: a widget each, drawn as a figure, a chart, a table or a sentence.
"use strict";

const Cards = (() => {
  const { make, redrawn } = Tables;
  const CHARTS = new Set(["bar", "line", "area", "pie", "scatter"]);
  const LINE = 32;
  const PAGER = 33;
  const MOST_BAND = 48;
  const tip = document.getElementById("tip");
  // charts that are still being drawn
  const mounting = new Set();

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
      initial: { by: null, down: false, page: 0 },
      // the widget as the file has it, and the values of the levels that the card has gone down
      base: { widget, query: (widget.queries || [])[0] }, down: [],
      // the months that it shows, where its data set has rows for each period
      period: null,
      drop() {
        card.turn = null;
        card.drawn = null;
        if (card.view) { card.view.finalize(); card.view = null; }
      },
      resize() {
        card.room = null;
        card.drawn = null;
        if (card.page.name === State.page) drawCard(card);
        else card.drop();
      },
    };
    card.heading = make("h2", { id }, widget.title);
    card.levels = make("span", { class: "levels" });
    if (widget.title) head.append(card.heading, card.levels);
    if (CHARTS.has(widget.kind) && !widget.problem) {
      card.toggle = make("button", { type: "button", class: "toggle", "aria-pressed": "false",
        "aria-label": `Table: ${widget.title}`,
        onclick: () => {
          card.asTable = !card.asTable;
          card.toggle.setAttribute("aria-pressed", String(card.asTable));
          card.drop();
          drawCard(card);
        } }, "Table");
      const plan = Charts.plan(widget);
      card.table.by = (plan.dimension || plan.x).fieldName;
      card.initial.by = card.table.by;
      head.append(card.toggle);
    }
    if (widget.title && !widget.problem) head.append(Export.menu(card));
    const kind = widget.problem ? "broken" : widget.kind === "counter" && !widget.title ? "caption"
      : widget.kind;
    card.node = placed(widget, make("section", { class: `card ${kind}`, "data-widget": widget.name,
      "aria-labelledby": widget.title ? id : false,
      "aria-label": widget.title ? false : widget.name }, head,
    ...(widget.note ? [make("p", { class: "quiet about" }, widget.note)] : []), body, note),
    page.columns);
    State.cards.push(card);
    return card;
  }

  // One card that fails leaves the others as they are.
  const drawCard = (card) => redrawn(card.node, () => {
    try {
      fillCard(card);
    } catch (error) {
      console.error(error);
      say(card, `It cannot be drawn: ${error.message}.`, true);
    }
  });

  function fillCard(card) {
    const { widget, body } = card;
    if (widget.problem) { say(card, widget.problem, true); return; }
    const dataset = State.dataset(card.query.dataset);
    if (dataset.problem) {
      say(card, `The data set '${dataset.title}' gives no result: ${dataset.problem}.`, true);
      return;
    }
    if (dataset.rows === 0) { say(card, "No data yet."); return; }
    const conditions = Filters.conditionsOn(card);
    const still = widget.title ? Filters.unmoved(card) : [];
    const mine = State.chosenIn(card).map(({ fieldName, values }) => [fieldName, values]);
    const key = JSON.stringify([conditions, still, mine, card.asTable, card.table,
      card.query.compared ? State.comparison : null, card.down, card.period]);
    if (card.drawn === key) return;
    const rows = Engine.run(dataset, card.query, conditions);
    card.rows = rows;
    card.heading.textContent = widget.title;
    card.levels.replaceChildren(...Drill.buttons(card));
    note(card, [...(still.length ? [`Not filtered by ${still.join(", ").toLowerCase()}.`] : []), ...Periods.note(card)]);
    if (widget.kind === "counter") drawCounter(card, rows[0] || {}, conditions);
    else if (!rows.length) sayNothing(card);
    else if (widget.kind === "table") fillTable(card);
    else if (widget.kind === "pivot") body.replaceChildren(...tableOf(card));
    else drawChart(card, dataset, rows);
    card.drawn = key;
  }

  function note(card, words) {
    card.note.textContent = words.join(" ");
    card.note.hidden = words.length === 0;
  }

  // The note stays: it says what the card is not filtered by.
  function sayNothing(card) {
    const noteHidden = card.note.hidden;
    say(card, "Nothing in this selection.");
    card.note.hidden = noteHidden;
  }

  function say(card, words, wrong = false) {
    card.drop();
    card.note.hidden = true;
    card.body.replaceChildren(make("p", { class: wrong ? "notice wrong" : "notice" }, words));
  }

  const DIGIT = 17; // pixels of a digit of a figure

  // The months of the figure of a counter, without those that the data holds in part.
  function trendOf(card, conditions) {
    const { query, widget } = card;
    const value = query.fields[widget.encodings.value.fieldName];
    const dates = [...State.filters.values()].find(({ kind, bound }) => kind === "date"
      && bound.some(({ dataset }) => dataset === query.source));
    if (!dates || !widget.title || !Engine.isAggregate(value)) return [];
    // rows that link two months belong to neither
    const [at, ...others] = dates.bound.filter(({ dataset }) => dataset === query.source)
      .map(({ tree }) => tree);
    const months = { fields: { at, value }, orders: [], rows: false,
      filters: [...query.filters, ...others.map((other) => ["=", at, other])] };
    const partial = State.partialMonths(at);
    return Engine.run(State.dataset(query.dataset), months, conditions)
      .filter((row) => row.at != null && typeof row.value === "number" && !partial.has(row.at))
      .sort((a, b) => Engine.compare(a.at, b.at));
  }

  // Whether a figure is as it should be, in words and colour, where the page was told.
  function stateOf({ widget }, now) {
    const most = State.model.limits[widget.name];
    if (most === undefined || typeof now !== "number") return [];
    return [make("p", { class: `state ${now > most ? "bad" : "good"}` }, now > most ? "▲ Look at this" : "✓ In order")];
  }

  function drawCounter(card, row, conditions) {
    const { value, target } = card.widget.encodings;
    const now = row[value.fieldName];
    const before = target ? row[target.fieldName] : null;
    let [shown, was] = Format.pair(now, before, value.format);
    if (typeof now === "number" && shown.length * DIGIT > roomOf(card).width) {
      [shown, was] = Format.pair(now, before, { ...value.format, abbreviation: "compact" });
    }
    const exact = typeof now === "number" ? Format.value(now, { format: { ...value.format,
      abbreviation: "none" } }) : shown;
    const figure = make("p", { class: typeof now === "string" ? "value day" : "value",
      title: exact !== shown ? exact : false, "data-value": now == null ? "" : String(now) }, shown);
    const parts = [figure, ...stateOf(card, now)];
    if (target) {
      const { text, direction } = Format.change(now, before, value.format);
      const arrow = direction > 0 ? "▲ " : direction < 0 ? "▼ " : "";
      parts.push(make("p", { class: "change", "data-before": before == null ? "" : String(before) },
        make("span", { class: direction > 0 ? "up" : direction < 0 ? "down" : "even" },
          make("span", { "aria-hidden": "true" }, arrow), text), before == null ? "" : ` from ${was}`));
    }
    const trend = trendOf(card, conditions);
    if (trend.length > 2) {
      const ends = [trend[0], trend.at(-1)].map(({ at }) => Format.date(at, Format.isMonth(at)));
      parts.push(make("div", { class: "trend", title: `By month, ${ends.join(" to ")}` },
        Charts.spark(trend.map((one) => one.value))));
    }
    card.body.replaceChildren(...parts);
  }

  // The columns of a card as a table; the figures of a chart stand beside their dimensions.
  function columnsOf({ widget, query }) {
    const { encodings, kind } = widget;
    if (kind === "table") {
      return [].concat(encodings.columns || []).filter((column) => column.visible !== false);
    }
    if (kind === "counter") return [{ ...encodings.value, displayName: widget.title },
      ...[].concat(encodings.target || [])];
    const seen = new Set();
    return ["x", "y", "angle", "color", "size"].flatMap((channel) =>
      (encodings[channel] ? encodings[channel].fields || [encodings[channel]] : []))
      .filter(({ fieldName }) => fieldName && !seen.has(fieldName) && seen.add(fieldName))
      .sort((a, b) => Engine.isAggregate(query.fields[a.fieldName])
        - Engine.isAggregate(query.fields[b.fieldName]))
      .map((column) => ({ ...column,
        format: column.format ? { ...column.format, abbreviation: "none" } : undefined }));
  }

  // All that a card shows, unrounded and in its order: {head, rows}.
  function gridOf(card) {
    const { widget, rows = [], table } = card;
    return widget.kind === "pivot" ? Tables.pivotGrid({ widget, rows })
      : Tables.grid({ columns: columnsOf(card), rows, state: table });
  }

  const MOST_BELOW = 2;
  const MOST_COLUMNS = 8;

  // Where a table is wider than the screen its figures stand beside what they are of. What tells
  // rows of one name apart stands below the name.
  function figuresFirst(columns, rows) {
    if (!narrow.matches && !(stacked.matches && columns.length > MOST_COLUMNS)) return columns;
    const isFigure = ({ fieldName }) => rows.some((row) => typeof row[fieldName] === "number");
    const [first, ...others] = columns;
    const below = [];
    const names = () => new Set(rows.map((row) =>
      JSON.stringify([first, ...below].map(({ fieldName }) => row[fieldName])))).size;
    while (below.length < MOST_BELOW && others.length && !isFigure(others[0]) && names() < rows.length) {
      below.push(others.shift());
    }
    return [{ ...first, below }, ...others.filter(isFigure), ...others.filter((column) => !isFigure(column))];
  }

  // A card as a table; `more` adds to what it does.
  function tableOf(card, pageSize, redraw, more = {}) {
    const { widget, rows = [], table } = card;
    const about = { caption: widget.title, rows, theme: Theme.current };
    return widget.kind === "pivot" ? Tables.pivot({ ...about, widget })
      : Tables.table({ ...about, columns: figuresFirst(columnsOf(card), rows), state: table, pageSize, redraw, ...more });
  }

  // The table in a card; the values of its first dimension can be chosen when they come first.
  function fillTable(card) {
    const { body, rows, query } = card;
    const [first] = columnsOf(card);
    const open = !Engine.isAggregate(query.fields[first.fieldName])
      && State.canChoose(card, first.fieldName);
    body.replaceChildren(...tableOf(card, pageSize(rows.length, roomOf(card).height - LINE - 2), () => {
      drawCard(card);
      State.turned();
    }, {
      brief: card.node.dataset.span < 6,
      chosen: chosenRows(card) || (() => false),
      choose: open ? (row, more) => State.choose(card, first.fieldName, row[first.fieldName], more) : null,
    }));
  }

  // Whether a row of a card is among what is chosen in it; null when nothing is.
  function chosenRows(card) {
    const mine = State.chosenIn(card);
    return mine.length ? (row) => mine.every(({ fieldName, values }) => values.includes(row[fieldName]))
      : null;
  }

  const isMore = (event) => event.ctrlKey || event.shiftKey || event.metaKey;

  const LINE_OF_WORDS = 20;
  // where cards stand below each other and are as high as what they hold
  const stacked = matchMedia("(max-width: 68rem)");
  const narrow = matchMedia("(max-width: 44rem)");

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

  const MOST_OF_A_NAME = 386; // pixels of a name in a legend, with its colour

  function legendHeight(series, width) {
    let lines = 1, used = 0;
    for (const item of series) {
      const length = Math.min(item.textContent.length * 7 + 34, MOST_OF_A_NAME);
      if (used && used + length > width) { lines++; used = 0; }
      used += length;
    }
    return series.length ? lines * LINE_OF_WORDS + 6 : 0;
  }

  // All rows when they fit, else pages of as many as there is room for.
  function pageSize(rows, height) {
    const fitting = Math.floor(height / LINE);
    if (rows <= fitting) return rows;
    if (stacked.matches) return rows <= 12 ? rows : 10;
    return Math.max(5, Math.floor((height - PAGER) / LINE));
  }

  function drawChart(card, dataset, rows) {
    const { widget, body } = card;
    card.palette = card.palette || Theme.paletteOf(card);
    const palette = card.palette;
    const plan = Charts.plan(widget);
    const at = plan.dimension || plan.x;
    let list = Charts.marks(widget, rows, palette);
    if (!list.length) { sayNothing(card); return; }
    if (card.asTable) {
      card.drop();
      fillTable(card);
      return;
    }
    const series = legendOf(card, list, palette, plan);
    const { width } = roomOf(card);
    card.before = null;
    const heightNow = () => (stacked.matches ? Charts.natural(widget, list)
      // a few bars stay together, at the top
      : Math.max(100, Math.min(560, Charts.natural(widget, list, MOST_BAND, Infinity),
        roomOf(card).height - legendHeight(series, width))));
    const fitted = Charts.fit(widget, list, heightNow() - 24);
    list = fitted.list;
    if (fitted.left) {
      note(card, [`${fitted.left} more in the table.`, card.note.textContent].filter(Boolean));
    }
    const height = heightNow();
    const about = Charts.describe(widget, list, width, height, dataset);
    const chosen = chosenRows(card);
    about.before = lastYear(card, dataset);
    const data = Charts.toData(widget, list, chosen && ((mark) => chosen(mark.row)), about);
    if (about.before) {
      series.push(make("li", {}, make("span", { class: "swatch before" }), "Same month last year"));
    }
    card.list = list;
    card.data = data;
    Charts.say(widget, about);
    const shape = JSON.stringify([width, height, about.temporal, about.months, about.stacked,
      Boolean(about.before)]);
    if (card.view && card.shape === shape) {
      card.view.data("rows", data).resize().run();
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

  const yearLater = (month, by) => `${Number(month.slice(0, 4)) + by}${month.slice(4)}`;

  // The figure of each month a year before, under the same filters; null where it is not asked for.
  function lastYear(card, dataset) {
    const { widget, query } = card;
    const { dimension, measures, across } = Charts.plan(widget);
    if (!State.model.last_year.includes(widget.name) || across || measures.length > 1) return null;
    const tree = query.fields[dimension.fieldName];
    const earlier = Filters.conditionsOn(card).map((condition) => {
      if (!Engine.same(condition.tree, tree)) return condition;
      const { values, from, to } = condition;
      const moved = (month) => month && yearLater(month, -1);
      return { tree, ...(values ? { values: values.map(moved) } : { from: moved(from), to: moved(to) }) };
    });
    const rows = Engine.run(dataset, { ...query, orders: [], fields: { at: tree,
      value: query.fields[measures[0].fieldName] } }, earlier);
    card.before = new Map(rows.filter(({ at, value }) => at != null && value != null)
      .map(({ at, value }) => [yearLater(at, 1), value]));
    return card.before;
  }

  async function mount(card, about, at) {
    const { widget, body } = card;
    card.legend = make("ul", { class: "legend" });
    // Vega gives its own element a role of its own, so it gets one below the figure
    const canvas = make("div", { class: "canvas", "aria-hidden": "true" });
    card.figure = make("div", { class: "figure", role: "img" }, canvas);
    body.replaceChildren(card.legend, card.figure);
    const turn = {};
    card.turn = turn;
    card.mounted = card.data;
    const { view } = await vegaEmbed(canvas, Charts.spec(widget, about, Theme.current, card.data), {
      mode: "vega-lite", renderer: "svg", actions: false, tooltip: false, hover: false,
      defaultStyle: false, expressionFunctions: Charts.expressionFunctions, logLevel: 1,
    });
    if (card.turn !== turn) { view.finalize(); return; }
    if (card.data !== card.mounted) view.data("rows", card.data).resize().run();
    view.addEventListener("click", (event, item) => {
      const mark = markOf(card, item);
      if (mark && State.canChoose(card, at.fieldName)) {
        State.choose(card, at.fieldName, mark.row[at.fieldName], isMore(event));
      } else if (!mark && !isMore(event)) State.forget();
    });
    view.addEventListener("mousemove", (event, item) => showTip(event, card, markOf(card, item)));
    view.addEventListener("mouseout", () => { tip.hidden = true; });
    card.view = view;
  }

  function markOf(card, item) {
    const datum = item && item.datum;
    return datum && datum.n !== undefined ? card.list[datum.n] : null;
  }

  // The series of a chart with the colours they are drawn in; none for a single one. A click adds
  // one to what is chosen, or takes it away.
  function legendOf(card, list, palette, plan) {
    const shown = new Map();
    for (const mark of list) if (mark.series != null) shown.set(mark.series, mark.fill);
    if (shown.size === 0 || (shown.size === 1 && plan.kind !== "pie")) return [];
    const total = list.reduce((sum, mark) => sum + mark.value, 0);
    const by = plan.kind === "pie" ? plan.dimension : plan.measures.length === 1 ? plan.color : null;
    const open = by && State.canChoose(card, by.fieldName);
    const mine = open && State.chosenIn(card).find(({ fieldName }) => fieldName === by.fieldName);
    return [...shown].sort(([a], [b]) => Theme.rankIn(palette.names, a) - Theme.rankIn(palette.names, b))
      .map(([name, fill]) => {
        const swatch = make("span", { class: "swatch" });
        swatch.style.background = fill;
        const share = plan.kind === "pie"
          ? ` ${Format.number(list.find((mark) => mark.series === name).value / total,
            { type: "number-percent", decimalPlaces: { type: "max", places: 1 } })}` : "";
        const text = Format.value(name) + share;
        return make("li", {}, swatch, open ? make("button", { type: "button", class: "choose",
          "aria-pressed": String(Boolean(mine && mine.values.includes(name))),
          onclick: () => State.choose(card, by.fieldName, name, true) }, text) : text);
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

  // ---- tooltips ----------------------------------------------------------------------------

  function showTip(event, card, mark) {
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
    lines.push(...asideOf(card, mark));
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

  // The share of a mark in its chart or its bar, and the change from the one before it in time.
  function asideOf(card, mark) {
    const { widget, query, rows } = card;
    const { measure: { fieldName }, series, dimension, value } = mark;
    const [kind] = query.fields[fieldName] || [];
    if (!["sum", "count"].includes(kind) || value == null) return [];
    const { dimension: at, x, measures } = Charts.plan(widget);
    const name = (at || x).fieldName;
    const lines = [];
    const bar = rows.filter((row) => row[name] === dimension);
    const all = bar.length > 1 ? bar : Format.isDate(dimension) ? [] : rows;
    const total = all.reduce((sum, row) => sum + (row[fieldName] || 0), 0);
    if (total > 0 && value >= 0 && all.length > 1) {
      lines.push([all === bar ? `Share of ${Format.value(dimension, { months: true })}` : "Share",
        Format.number(value / total, { type: "number-percent" })]);
    }
    if (Format.isDate(dimension)) {
      const { color } = Charts.plan(widget);
      const before = rows.filter((row) => row[name] < dimension
        && (!color || measures.length > 1 || row[color.fieldName] === series))
        .sort((a, b) => Engine.compare(b[name], a[name]))[0];
      if (card.before && card.before.has(dimension)) {
        const last = card.before.get(dimension);
        const whole = bar.reduce((sum, row) => sum + (row[fieldName] || 0), 0);
        lines.push([`Last year ${Format.value(last)}`, Format.change(whole, last).text]);
      }
      if (before) {
        const months = Format.isMonth(before[name]);
        lines.push([`From ${Format.date(before[name], months)}`,
          Format.change(value, before[fieldName]).text]);
      }
    }
    return lines;
  }

  // A tooltip closes when the page moves, on Escape, and on a tap elsewhere.
  const hideTip = () => { tip.hidden = true; };
  addEventListener("scroll", hideTip, { capture: true, passive: true });
  addEventListener("keydown", ({ key }) => { if (key === "Escape") hideTip(); });
  addEventListener("pointerdown", ({ target }) => { if (!target.closest("svg")) hideTip(); });

  function encodingOf(widget, fieldName) {
    for (const encoding of Object.values(widget.encodings)) {
      for (const one of [].concat(encoding.fields || encoding)) {
        if (one && one.fieldName === fieldName) return one;
      }
    }
    return null;
  }

  return { placed, makeCard, drawCard, roomOf, encodingOf, isMore, gridOf, tableOf, mounting };
})();
