// Going down in a card, from a category to its subcategories to their products, and back.
"use strict";

const Drill = (() => {
  const dimensionOf = ({ encodings, kind }) => {
    if (kind === "table") return [].concat(encodings.columns || [])[0];
    const { dimension, x } = Charts.plan({ encodings, kind });
    return dimension || x;
  };

  // The columns that a card can show instead of its first one, beginning with that.
  function levelsOf({ base }) {
    const first = base.query && dimensionOf(base.widget);
    const tree = first && base.query.fields[first.fieldName];
    if (!tree || tree[0] !== "column") return [];
    const { columns = {} } = State.dataset(base.query.dataset);
    for (const path of State.model.drill) {
      const at = path.indexOf(tree[1]);
      if (at >= 0) return path.slice(at).filter((name, n) => n === 0 || columns[name]);
    }
    return [];
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

  // Sets what a card asks and how it is called, from what it is compared with and how deep it is.
  function settle(card) {
    const { base, down } = card;
    const { compared } = base.query || {};
    card.query = compared ? { ...base.query,
      fields: { ...base.query.fields, ...compared[State.comparison] } } : base.query;
    card.widget = base.widget;
    if (!down.length) return;
    const { fieldName } = dimensionOf(base.widget);
    const levels = levelsOf(card);
    const column = levels[down.length];
    card.query = { ...card.query, fields: { ...card.query.fields, [fieldName]: ["column", column] },
      filters: [...card.query.filters, ...down.map((value, n) =>
        ["=", ["column", levels[n]], ["value", value]])] };
    const renamed = (part) => (Array.isArray(part) ? part.map(renamed)
      : part && typeof part === "object" ? (part.fieldName === fieldName
        ? { ...part, displayName: nameOf(column) }
        : Object.fromEntries(Object.entries(part).map(([key, value]) => [key, renamed(value)]))) : part);
    card.widget = { ...base.widget, encodings: renamed(base.widget.encodings),
      title: `${base.widget.title}: ${down.map((value) => Format.value(value)).join(", ")}` };
  }

  // Goes to a depth of a card: the values of its levels above.
  function to(card, down) {
    card.down = down;
    card.palette = null;
    card.drop();
    settle(card);
  }

  // Goes down by values from the address; whether a card has them.
  function descend(card, values) {
    const levels = levelsOf(card);
    if (!values.length || values.length >= levels.length) return false;
    const found = values.map((text, n) => [...State.valuesOf(card.query, ["column", levels[n]])]
      .find((one) => String(one) === text));
    if (found.includes(undefined)) return false;
    to(card, found);
    return true;
  }

  // The field of a card that shows a column, now or at another level.
  function fieldOf(card, column) {
    const { fields } = card.base.query;
    return Object.keys(fields).find((name) => Engine.same(fields[name], ["column", column]))
      || (levelsOf(card).includes(column) ? dimensionOf(card.base.widget).fieldName : undefined);
  }

  // The value that a card can go down into: the only one chosen in it.
  function chosenToOpen(card) {
    const levels = levelsOf(card);
    if (card.down.length >= levels.length - 1) return null;
    const choice = State.chosenIn(card).find(({ tree }) => tree[1] === levels[card.down.length]);
    return choice && choice.values.length === 1 && choice.values[0] != null ? choice : null;
  }

  // The buttons of a card that go down and back.
  function buttons(card) {
    const { make } = Tables;
    const choice = chosenToOpen(card);
    const levels = levelsOf(card);
    const list = [];
    const button = (text, label, act) => make("button", { type: "button", class: "toggle level",
      "aria-label": label, onclick: () => {
        act();
        State.changed();
        const again = card.node.querySelector(".level") || card.node.querySelector(".menu summary");
        if (again) again.focus();
      } }, text);
    if (card.down.length) {
      const above = card.down.length > 1 ? Format.value(card.down.at(-2)) : "All";
      list.push(button(`‹ ${above}`, `Back to ${above}: ${card.base.widget.title}`, () => {
        const column = levels[card.down.length];
        State.choices = State.choices.filter((one) => one.card !== card || one.tree[1] !== column);
        to(card, card.down.slice(0, -1));
      }));
    }
    if (choice) {
      const value = Format.value(choice.values[0]);
      list.push(button(`Open ${value} ›`, `Open ${value}: ${nameOf(levels[card.down.length + 1])}`,
        () => to(card, [...card.down, choice.values[0]])));
    }
    return list;
  }

  return { levelsOf, nameOf, settle, to, descend, fieldOf, buttons };
})();
