// Filters: their controls, their values, and what they mean for a data set.
"use strict";

const Filters = (() => {
  const { make } = Tables;
  const ALL = "";
  let chips, comparison, fold;

  const filterWidgets = () => State.model.pages.flatMap((page) => page.widgets
    .filter((widget) => widget.kind.startsWith("filter-") && !widget.problem)
    .map((widget) => ({ page, widget })));

  // For each data set the expressions that a filter holds against its choice.
  function bindings(widget) {
    const found = [];
    for (const { fieldName, queryName } of [].concat(widget.encodings.fields || [])) {
      const query = widget.queries.find((q) => q.name === queryName) || widget.queries[0];
      if (query && query.fields[fieldName]) {
        found.push({ dataset: query.source, data: query.dataset, tree: query.fields[fieldName],
          fieldName });
      }
    }
    return found;
  }

  function fill(form) {
    form.addEventListener("submit", (event) => event.preventDefault());
    // where there is no room for them, the filters are folded into a line that says what they are set to
    fold = make("button", { type: "button", class: "reset fold", "aria-controls": "controls",
      "aria-expanded": "false", onclick: () => {
        const open = form.classList.toggle("unfolded");
        fold.setAttribute("aria-expanded", String(open));
      } });
    const controls = make("div", { class: "controls", id: "controls" });
    for (const { page, widget } of filterWidgets()) {
      const bound = bindings(widget).filter(({ data }) => !State.dataset(data).problem);
      const filter = { widget, page, bound, key: keyOf(widget), ...optionsOf(bound) };
      // a range of dates has no meaning for other values
      if (widget.kind === "filter-date-range-picker" && filter.kind !== "date") filter.values = [];
      filter.standard = standardOf(filter);
      filter.value = filter.standard;
      State.filters.set(widget.name, filter);
      const control = filter.values.length ? controlOf(filter) : null;
      if (!control) continue;
      filter.control = control;
      if (page.filters) controls.append(control.node);
    }
    comparison = comparisonControl(State.model.comparison);
    if (comparison) controls.append(comparison.node);
    chips = make("div", { class: "chips" });
    const reset = make("button", { type: "button", class: "reset", onclick: () => {
      for (const filter of State.filters.values()) filter.value = filter.standard;
      State.choices = [];
      State.compare(0);
      State.changed();
    } }, "Reset");
    controls.append(reset);
    form.append(fold, controls, chips);
  }

  const keyOf = (widget) =>
    (bindings(widget)[0] || { fieldName: widget.name }).fieldName.replace(/[^\w]+/g, "_");

  function optionsOf(bound) {
    const values = new Set();
    let kind = "text";
    for (const { data, tree } of bound) {
      const axis = Engine.axis(State.dataset(data), tree);
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
    return allowed(widget, chosen.filter((value) => values.includes(value)));
  }

  // A choice of values as a filter keeps it: none means all, and some take one only.
  function allowed(widget, values) {
    const kept = widget.kind === "filter-multi-select" ? values : values.slice(0, 1);
    return { values: kept.length ? kept : null };
  }

  const UNITS = { d: "DAY", w: "WEEK", M: "MONTH", Q: "QUARTER", y: "YEAR",
    h: "HOUR", m: "MINUTE", s: "SECOND" };
  const SECONDS = { s: 1, m: 60, h: 3600, d: 86400, w: 604800 };
  const MONTHS = { M: 1, Q: 3, y: 12 };

  // A date, or a moment relative to the newest one in the data: now-11M/M, now-24h/h.
  function moment(text, newest) {
    if (!text || !newest) return null;
    const length = newest.length > 10 ? 19 : 10;
    const relative = /^now(?:([+-]\d+)([smhdwMQy]))?(?:\/([smhdwMQy]))?$/.exec(text);
    if (!relative) {
      const fixed = text.slice(0, length).replace("T", " ");
      return Format.isDate(fixed) ? fixed : null;
    }
    const [, by, unit, start] = relative;
    const [year, month, ...rest] = newest.split(/[- :]/).map(Number);
    const [day, hour = 0, minute = 0, second = 0] = rest;
    const months = month - 1 + (Number(by) * MONTHS[unit] || 0);
    // the last day of a shorter month stands for its 29th to 31st
    const most = new Date(Date.UTC(year, months + 1, 0)).getUTCDate();
    const time = Date.UTC(year, months, Math.min(day, most), hour, minute, second)
      + (Number(by) * SECONDS[unit] * 1000 || 0);
    const made = new Date(time).toISOString().slice(0, 19).replace("T", " ");
    return (start ? Engine.truncate(UNITS[start], made) : made).slice(0, length);
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

  // The values that the other filters leave a filter, besides those it is set to: of dates none is
  // asked, as a period without a sale is an answer.
  function possible(filter) {
    const others = [...State.filters.values()].filter((other) => other !== filter && other.value.values
      && (other.page.filters || other.page === filter.page));
    const found = new Set(filter.value.values || []);
    for (const { dataset, data, tree } of filter.bound) {
      const conditions = others.flatMap((other) => other.bound.filter((one) => one.dataset === dataset)
        .map((one) => ({ tree: one.tree, values: other.value.values })));
      for (const value of Engine.values(State.dataset(data), tree, conditions, [])) found.add(value);
    }
    return found;
  }

  let labels = 0;

  function labelled(title, control) {
    control.id = `control-${labels++}`;
    return make("div", { class: "filter" }, make("label", { for: control.id }, title), control);
  }

  function oneControl(filter) {
    const select = make("select", { onchange: () => {
      filter.value = { values: select.value === ALL ? null : [filter.values[select.value]] };
      State.changed();
    } }, make("option", { value: ALL }, "All"),
    ...filter.values.map((value, n) => make("option", { value: n }, Format.value(value))));
    return {
      node: labelled(filter.widget.title, select),
      show() {
        const chosen = filter.value.values;
        const there = possible(filter);
        [...select.options].slice(1).forEach((option, n) => {
          option.hidden = option.disabled = !there.has(filter.values[n]);
        });
        select.value = chosen ? String(filter.values.indexOf(chosen[0])) : ALL;
      },
    };
  }

  // What figures are compared with, where the page has a choice.
  function comparisonControl(titles) {
    if (titles.length < 2) return null;
    const select = make("select", { onchange: () => {
      State.compare(Number(select.value));
      State.changed();
    } }, ...titles.map((title, n) => make("option", { value: n }, title)));
    return { node: labelled("Compare with", select),
      show() {
        select.value = String(State.comparison);
        comparison.node.hidden = !State.shownCards().some(({ query }) => query && query.compared);
      } };
  }

  function manyControl(filter) {
    const boxes = filter.values.map((value) => {
      const box = make("input", { type: "checkbox", onchange: () => {
        const chosen = filter.values.filter((_, n) => boxes[n].checked);
        filter.value = { values: chosen.length && chosen.length < filter.values.length ? chosen : null };
        State.changed();
      } });
      return box;
    });
    const summary = make("summary", {});
    const details = make("details", { class: "many" }, summary,
      make("fieldset", {}, make("legend", { class: "unseen" }, filter.widget.title),
        ...filter.values.map((value, n) => make("label", {}, boxes[n], Format.value(value)))));
    return {
      node: make("div", { class: "filter" }, make("span", { "aria-hidden": "true" }, filter.widget.title),
        details),
      show() {
        const chosen = filter.value.values;
        const there = possible(filter);
        filter.values.forEach((value, n) => {
          boxes[n].checked = Boolean(chosen && chosen.includes(value));
          boxes[n].parentNode.hidden = !there.has(value);
        });
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
    const changedTo = (from, to) => { filter.value = { from, to }; State.changed(); };
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
      // a month without data stands for the nearest one within the range
      return { node: select, show: (value) => {
        const within = filter.values.filter((one) => !value || (which === "from" ? one >= value : one <= value));
        select.value = (which === "from" ? within[0] : within.at(-1)) || "";
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

  // The conditions on a card's data set from the filters that reach it, and from what is chosen.
  // `all` includes what is chosen in the card itself.
  function conditionsOn(card, all = false) {
    const name = card.query.source;
    const conditions = [];
    for (const filter of State.filters.values()) {
      if (isOpen(filter) || !(filter.page.filters || filter.page === card.page)) continue;
      for (const { dataset, tree } of filter.bound) {
        if (dataset === name) conditions.push({ tree, ...filter.value });
      }
    }
    for (const choice of State.choices) {
      if (all || choice.card !== card) conditions.push(...followed(choice, card));
    }
    return conditions;
  }

  // The conditions by which a card follows a choice; none when it cannot.
  function followed({ tree, values, also }, { query }) {
    const filter = [...State.filters.values()].find(({ bound }) =>
      bound.some((one) => Engine.same(one.tree, tree)));
    const trees = filter ? filter.bound.filter(({ dataset }) => dataset === query.source)
      .map((bound) => bound.tree) : tree[0] === "column" ? [tree] : [];
    const kinds = also.filter((kind) => State.valuesOf(query, kind.tree).size);
    return trees.filter((one) => {
      const there = State.valuesOf(query, one, kinds);
      return values.some((value) => there.has(value));
    }).flatMap((one) => [{ tree: one, values }, ...kinds]);
  }

  // Whether a filter of a field takes one value only, as figures of several would not add up: then
  // no more are chosen in a chart either.
  const takesOne = (tree) => [...State.filters.values()].some(({ widget, bound }) =>
    widget.kind === "filter-single-select" && bound.some((one) => Engine.same(one.tree, tree)));

  const follows = (choice, card) => Boolean(card.query) && followed(choice, card).length > 0;

  // Whether no other card has the column that is chosen: the choice opens its detail and filters nothing.
  const opensOnly = (choice) => !State.cards.some((card) => card !== choice.card && card.query
    && State.valuesOf(card.query, choice.tree).size);

  // Whether a filter reaches any widget of the page that is shown.
  function reaches(filter) {
    return filter.control && State.shownCards().some((card) => card.query
      && (filter.bound.some(({ dataset }) => dataset === card.query.source)
        || (filter.kind === "date" && Periods.isOf(card))));
  }

  // The filters that are set, and the choice, that do not reach a widget, by title.
  function unmoved(card) {
    const name = card.query.source;
    const titles = [];
    for (const filter of State.filters.values()) {
      if (isOpen(filter) || !filter.page.filters || !reaches(filter)) continue;
      if (card.period && filter.kind === "date") continue;
      if (!filter.bound.some(({ dataset }) => dataset === name)) titles.push(filter.widget.title);
    }
    for (const choice of State.choices) {
      if (card.period && Periods.isDate(choice.tree)) continue;
      if (choice.card !== card && !followed(choice, card).length && !opensOnly(choice)) titles.push(nameOf(choice));
    }
    return titles;
  }

  // How a choice in a chart is called, and what it is.
  function nameOf({ card: { base }, fieldName, tree }) {
    if (!Engine.same(base.query.fields[fieldName], tree)) return Drill.nameOf(tree[1]);
    const encoding = Cards.encodingOf(base.widget, fieldName);
    return encoding ? Charts.nameOf(encoding) : fieldName;
  }

  function textOf({ values }) {
    const [first, last] = [values[0], values.at(-1)]
      .map((value) => Format.value(value, { months: values.every(Format.isMonth) }));
    if (values.length > 1 && values.every(Format.isDate)) return `${first} to ${last}`;
    return values.length < 3 ? values.map((value) => Format.value(value)).join(", ")
      : `${first} and ${values.length - 1} more`;
  }

  // Shows what the filters are set to; those that reach nothing on this page are put away.
  function show(form) {
    const filters = [...State.filters.values()];
    for (const filter of filters) {
      if (!filter.control) continue;
      filter.control.show();
      filter.control.node.hidden = filter.page.filters && !reaches(filter);
    }
    if (comparison) comparison.show();
    const held = chips.contains(document.activeElement);
    chips.replaceChildren(...State.choices.map((choice) => make("button", { type: "button",
      class: "reset chip", onclick: () => State.forget(choice),
      "aria-label": `Clear ${nameOf(choice)} ${textOf(choice)}` }, `${textOf(choice)} ✕`)));
    chips.hidden = !State.choices.length;
    fold.textContent = ["Filters", ...filters.filter((filter) => !isOpen(filter) && reaches(filter)).map(said)]
      .join(" · ");
    form.hidden = chips.hidden && !filters.some(reaches) && !(comparison && !comparison.node.hidden);
    // who cleared one is at the next one, or else at the filters
    if (held) ([...chips.children, ...form.elements].find((node) => node.checkVisibility())
      || document.getElementById("main")).focus();
  }

  // What a filter is set to.
  function said({ value: { values, from, to } }) {
    return values ? values.join(", ") : [...new Set([from, to].map((edge) =>
      (edge ? Format.value(edge, { months: Format.isMonth(edge) }) : "any")))].join(" to ");
  }

  // What is chosen, in a sentence a filter; only what reaches the card, or the page.
  function spoken(card = null) {
    const without = card ? unmoved(card) : [];
    const acts = (filter) => !isOpen(filter) && !without.includes(filter.widget.title)
      && (filter.page.filters || filter.page.name === (card ? card.page.name : State.page))
      && (card || reaches(filter));
    const words = [...State.filters.values()].filter(acts)
      .map((filter) => `${filter.widget.title}: ${said(filter)}.`);
    if (State.comparison && (card ? [card] : State.shownCards()).some(({ query }) => query && query.compared)) {
      words.push(`Compare with: ${State.model.comparison[State.comparison]}.`);
    }
    for (const choice of State.choices) {
      if (!without.includes(nameOf(choice))) words.push(`${nameOf(choice)}: ${textOf(choice)}.`);
    }
    return words.join(" ");
  }

  // How far the data reaches, by the first filter of dates.
  function reach() {
    for (const filter of State.filters.values()) {
      if (filter.kind === "date" && filter.values.length) {
        const [first, last] = [filter.values[0], filter.values.at(-1)];
        const months = filter.values.every(Format.isMonth);
        return `${Format.date(first, months)} to ${Format.date(last, months)}`;
      }
    }
    return "";
  }

  // The first and the last day, or month, of a year, a month or a day; null when it is none of them.
  function span(filter, text) {
    const [, year, month, day] = /^(\d{4})(?:-(\d\d)(?:-(\d\d)(?: \d\d:\d\d:\d\d)?)?)?$/.exec(text) || [];
    if (!year || (month && !(month >= 1 && month <= 12))) return null;
    if (day) return { first: text, last: text };
    const last = month || "12";
    const days = filter.values.every(Format.isMonth) ? 1 : new Date(Date.UTC(year, last, 0)).getUTCDate();
    return { first: `${year}-${month || "01"}-01`, last: `${year}-${last}-${String(days).padStart(2, "0")}` };
  }

  // A filter's value from the address, and what of it means nothing here: {value, dropped}.
  function parse(filter, text) {
    if (filter.widget.kind === "filter-date-range-picker") {
      const edges = text.split("..").slice(0, 2);
      const [from, to = from] = edges.map((edge) => span(filter, edge));
      return { value: { from: from && from.first, to: to && to.last },
        dropped: edges.filter((edge) => edge && !span(filter, edge)) };
    }
    const named = text === "" ? [] : text.split("|").map(State.unpacked);
    const value = allowed(filter.widget, filter.values.filter((one) => named.includes(String(one))));
    const kept = (value.values || []).map(String);
    return { value, dropped: named.filter((name) => !kept.includes(name)) };
  }

  return { fill, show, conditionsOn, follows, opensOnly, takesOne, unmoved, spoken, reach, parse, isStandard };
})();
