// What the page knows: the model, the filters' values, the page shown, what is chosen in a chart.
"use strict";

const State = {
  model: null,
  page: null,
  // filters by widget name, see filters.js
  filters: new Map(),
  // cards in the order of the file, see cards.js
  cards: [],
  // what figures are compared with, as a place in the model's list
  comparison: 0,
  // the value that filters the other cards: {card, fieldName, tree, value}
  chosen: null,

  // Set by the page: writes the address and draws again.
  changed() {},

  // A value as part of the address, where | and ~ separate values.
  packed: (value) => String(value).replace(/[%|~]/g, (c) => `%${c.charCodeAt(0).toString(16)}`),
  unpacked: (text) => text.replace(/%(25|7c|7e)/g, (_, code) => String.fromCharCode(parseInt(code, 16))),

  dataset: (name) => State.model.datasets[name],
  sheets: () => State.model.pages.filter((page) => !page.filters),
  shownCards: () => State.cards.filter((card) => card.page.name === State.page),

  // Filters the other cards by a value of a chart or table; the same value again clears it.
  choose(card, fieldName, value) {
    const tree = card.query.fields[fieldName];
    if (Engine.isAggregate(tree)) return;
    const now = State.chosen;
    const same = now && now.card === card && now.value === value
      && JSON.stringify(now.tree) === JSON.stringify(tree);
    State.chosen = same ? null : { card, fieldName, tree, value };
    State.changed();
  },

  // Sets what figures are compared with: some fields of a query are other measures then.
  compare(place) {
    State.comparison = place;
    for (const card of State.cards) {
      const [query] = card.widget.queries || [];
      if (query && query.compared) {
        card.query = { ...query, fields: { ...query.fields, ...query.compared[place] } };
      }
    }
  },

  forget() {
    if (!State.chosen) return;
    State.chosen = null;
    State.changed();
  },

  // Whether a widget's own rows have a value of an expression. Widgets of one data set may each show
  // other rows of it, and share a column whose values mean something else in each.
  hasValue: (query, tree, value) => State.valuesOf(query, tree).has(value),

  valuesOf(query, tree, conditions = []) {
    const dataset = State.dataset(query.dataset);
    if (tree[0] === "column" && !(dataset.columns || {})[tree[1]]) return new Set();
    return Engine.values(dataset, tree, conditions, query.filters);
  },

  // Whether another widget of the page can follow a choice of this field.
  canChoose(card, fieldName) {
    const tree = card.query.fields[fieldName];
    if (tree[0] !== "column") return false;
    const values = [...State.valuesOf(card.query, tree)];
    return State.cards.some((other) => {
      if (other === card || other.page !== card.page || !other.query || other.widget.problem) return false;
      const theirs = State.valuesOf(other.query, tree);
      return values.some((value) => theirs.has(value));
    });
  },

  // Forgets a choice that the filters leave out: it would empty every other widget.
  keepChoice() {
    if (!State.chosen) return;
    const { card, tree, value } = State.chosen;
    if (!State.valuesOf(card.query, tree, Filters.conditionsOn(card)).has(value)) State.chosen = null;
  },
};
