// Going down in a card, from a category to its subcategories to their products, and back.
"use strict";

const Drill = (() => {
  const dimensionOf = ({ encodings, kind }) => {
    if (kind === "table") return [].concat(encodings.columns || [])[0];
    const { dimension, x } = Charts.plan({ encodings, kind });
    return dimension || x;
  };

  // The columns from the coarse to the fine that a card can show, and the place of the one it begins
  // with: what stands before it is chosen by colour.
  function levelsOf({ base }) {
    const first = base.query && dimensionOf(base.widget);
    const tree = first && base.query.fields[first.fieldName];
    if (!tree || tree[0] !== "column") return { path: [], start: 0 };
    const { columns = {} } = State.dataset(base.query.dataset);
    const drawn = Object.values(base.query.fields).filter(([kind]) => kind === "column").map(([, name]) => name);
    for (const whole of State.model.drill) {
      const at = whole.indexOf(tree[1]);
      const path = whole.filter((name, n) => (n <= at ? drawn.includes(name) : columns[name]));
      if (at >= 0) return { path, start: path.indexOf(tree[1]) };
    }
    return { path: [], start: 0 };
  }

  // The column that a card shows when it is opened so far; `down` are columns and their values.
  function shownIn(card, down = card.down) {
    const { path, start } = levelsOf(card);
    return path[Math.max(start, down.length ? path.indexOf(down.at(-1).column) + 1 : 0)];
  }

  // What a column is called: as some widget calls it.
  function nameOf(column) {
    for (const { base: { widget, query } } of State.cards) {
      const field = query && Object.keys(query.fields).find((name) =>
        Engine.same(query.fields[name], ["column", column]));
      const encoding = field && Cards.encodingOf(widget, field);
      if (encoding && encoding.displayName) return encoding.displayName;
    }
    return column.replace(/_/g, " ");
  }

  // Sets what a card asks and how it is called, from what it is compared with, its period and how deep it is.
  function settle(card) {
    const { base, down, period } = card;
    const { compared } = base.query || {};
    card.query = compared ? { ...base.query,
      fields: { ...base.query.fields, ...compared[State.comparison] },
      orders: base.query.orders.map((order) => ({ ...order, by: order.compared[State.comparison] })) } : base.query;
    if (period) card.query = { ...card.query, filters: Periods.filtersOf(card.query, period) };
    card.widget = base.widget;
    if (!down.length) return;
    const { fieldName } = dimensionOf(base.widget);
    const column = shownIn(card);
    card.query = { ...card.query, fields: { ...card.query.fields, [fieldName]: ["column", column] },
      filters: [...card.query.filters, ...down.map((one) =>
        ["=", ["column", one.column], ["value", one.value]])] };
    const renamed = (part) => (Array.isArray(part) ? part.map(renamed)
      : part && typeof part === "object" ? (part.fieldName === fieldName
        ? { ...part, displayName: nameOf(column) }
        : Object.fromEntries(Object.entries(part).map(([key, value]) => [key, renamed(value)]))) : part);
    card.widget = { ...base.widget, encodings: renamed(base.widget.encodings),
      title: `${base.widget.title}: ${down.map(({ value }) => Format.value(value)).join(", ")}` };
  }

  // Opens a card so far.
  function to(card, down) {
    card.down = down;
    card.palette = null;
    card.drop();
    settle(card);
  }

  // Opens a card as the address says, column and value by turns; whether the card can do that.
  function descend(card, words) {
    const { path } = levelsOf(card);
    const down = [];
    for (let n = 0; n + 1 < words.length; n += 2) {
      const column = words[n];
      const value = [...State.valuesOf(card.query, ["column", column])].find((one) => String(one) === words[n + 1]);
      const place = path.indexOf(column);
      const before = down.length ? path.indexOf(down.at(-1).column) : -1;
      if (value == null || place <= before || place >= path.length - 1) return false;
      down.push({ column, value });
    }
    to(card, down);
    return down.length > 0;
  }

  // The field of a card that shows a column, now or at another level.
  function fieldOf(card, column) {
    const { fields } = card.base.query;
    return Object.keys(fields).find((name) => Engine.same(fields[name], ["column", column]))
      || (levelsOf(card).path.includes(column) ? dimensionOf(card.base.widget).fieldName : undefined);
  }

  // The choice in a card that it can be opened into: one value, of the finest column that has one.
  function chosenToOpen(card) {
    const { path } = levelsOf(card);
    const last = path.indexOf(shownIn(card));
    const before = card.down.length ? path.indexOf(card.down.at(-1).column) : -1;
    const place = ({ tree }) => path.indexOf(tree[1]);
    return State.chosenIn(card).filter((choice) => choice.values.length === 1 && choice.values[0] != null
      && place(choice) > before && place(choice) <= last && place(choice) < path.length - 1)
      .sort((a, b) => place(b) - place(a))[0];
  }

  // The buttons of a card that go down and back.
  function buttons(card) {
    const { make } = Tables;
    const choice = chosenToOpen(card);
    const list = [];
    const button = (text, label, act) => make("button", { type: "button", class: "toggle level",
      "aria-label": label, onclick: () => {
        act();
        State.changed();
        const again = card.node.querySelector(".level") || card.node.querySelector(".menu summary");
        if (again) again.focus();
      } }, text);
    if (card.down.length) {
      const above = card.down.length > 1 ? Format.value(card.down.at(-2).value) : "All";
      list.push(button(`‹ ${above}`, `Back to ${above}: ${card.base.widget.title}`, () => {
        const column = shownIn(card);
        State.choices = State.choices.filter((one) => one.card !== card || one.tree[1] !== column);
        to(card, card.down.slice(0, -1));
      }));
    }
    if (choice) {
      const value = Format.value(choice.values[0]);
      const down = [...card.down, { column: choice.tree[1], value: choice.values[0] }];
      list.push(button(`Open ${value} ›`, `Open ${value}: ${nameOf(shownIn(card, down))}`,
        () => to(card, down)));
    }
    return list;
  }

  return { nameOf, settle, to, descend, fieldOf, buttons };
})();
