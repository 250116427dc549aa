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
  // what is chosen in charts and tables and filters the other cards: {card, fieldName, tree, values, also}
  choices: [],

  // Set by the page: writes the address and draws again.
  changed() {},
  // Set by the page: writes the address after a table was sorted or turned.
  turned() {},

  // A value as part of the address, where | and ~ separate values.
  packed: (value) => String(value).replace(/[%|~]/g, (c) => `%${c.charCodeAt(0).toString(16)}`),
  unpacked: (text) => text.replace(/%(25|7c|7e)/g, (_, code) => String.fromCharCode(parseInt(code, 16))),

  // The months, as a data set says them, that the data holds in part.
  partialMonths(tree) {
    const { dataset: name, column, value } = State.model.partial;
    const dataset = State.model.datasets[name];
    if (!dataset || dataset.problem || !dataset.columns[column] || !dataset.columns[tree[1]]) return new Set();
    return Engine.values(dataset, tree, [{ tree: ["column", column], values: [value] }], []);
  },

  dataset: (name) => State.model.datasets[name],
  sheets: () => State.model.pages.filter((page) => !page.filters),
  shownCards: () => State.cards.filter((card) => card.page.name === State.page),

  // Filters the other cards by a value of a chart or table; the same value again clears it. `more`
  // adds it to what is chosen, or takes it away; of dates, all between are chosen too.
  choose(card, fieldName, value, more = false) {
    const tree = card.query.fields[fieldName];
    if (Engine.isAggregate(tree)) return;
    const same = State.choices.find((choice) => choice.card === card && Engine.same(choice.tree, tree));
    let values = [value];
    if (same && more) {
      values = same.values.includes(value) ? same.values.filter((one) => one !== value)
        : [...same.values, value].sort(Engine.compare);
      if (Filters.takesOne(tree)) values = values.filter((one) => one === value);
      else if (same.values.length < values.length && values.every(Format.isDate)) {
        values = [...State.valuesOf(card.query, tree)].filter((one) => one >= values[0]
          && one <= values.at(-1)).sort(Engine.compare);
      }
    } else if (same && !more && same.values.length === 1 && same.values[0] === value) values = [];
    const others = more ? State.choices.filter((choice) => choice !== same) : [];
    State.choices = values.length ? [...others, State.choiceOf(card, fieldName, tree, values)] : others;
    State.changed();
  },

  // A choice of a field; `also` are the values of the column that says what the field means there.
  choiceOf(card, fieldName, tree, values) {
    const kind = ["column", State.model.meanings[tree[1]]];
    const kinds = [...State.valuesOf(card.query, kind, [{ tree, values }])];
    return { card, fieldName, tree, values, also: kinds.length ? [{ tree: kind, values: kinds }] : [] };
  },

  // What is chosen among the marks that a card shows now.
  chosenIn: (card) => State.choices.filter((choice) => choice.card === card
    && Engine.same(choice.tree, card.query.fields[choice.fieldName])),

  // Sets what figures are compared with: some fields of a query are other measures then.
  compare(place) {
    State.comparison = place;
    for (const card of State.cards) Drill.settle(card);
  },

  forget(choice = null) {
    if (!State.choices.length) return;
    State.choices = choice ? State.choices.filter((one) => one !== choice) : [];
    State.changed();
  },

  // The values of an expression in a widget's own rows. Widgets of one data set may each show other
  // rows of it, and share a column whose values mean something else in each.
  valuesOf(query, tree, conditions = []) {
    const dataset = State.dataset(query.dataset);
    if (dataset.problem || (tree[0] === "column" && !dataset.columns[tree[1]])) return new Set();
    return Engine.values(dataset, tree, conditions, query.filters);
  },

  // Whether another widget of the page can follow a choice of this field.
  canChoose(card, fieldName) {
    const tree = card.query.fields[fieldName];
    if (tree[0] !== "column") return false;
    if (State.model.details.includes(tree[1])) return true;
    const values = [...State.valuesOf(card.query, tree)];
    return State.cards.some((other) => {
      if (other === card || other.page !== card.page || !other.query || other.widget.problem) return false;
      const theirs = State.valuesOf(other.query, tree);
      return values.some((value) => theirs.has(value));
    });
  },

  // Forgets what of the choices the filters, or other choices, leave out: it would empty the page.
  keepChoices() {
    Periods.settle();
    for (const choice of State.choices) {
      const { card, tree, values } = choice;
      const there = State.valuesOf(card.query, tree, Filters.conditionsOn(card));
      if (values.every((value) => there.has(value))) continue;
      choice.values = values.filter((value) => there.has(value));
      State.choices = State.choices.filter((one) => one.values.length);
      State.keepChoices();
      return;
    }
  },
};
