// Cards whose data set holds its rows once for each period: they show those of the chosen months.
"use strict";

const Periods = (() => {
  const column = (name) => ["column", State.model.periods[name]];

  const isKind = ([, tree]) => Engine.same(tree, column("kind"));
  const isOf = ({ base: { query } }) => Boolean(query) && query.filters.some(isKind);

  const dates = () => [...State.filters.values()].find(({ kind, page, values }) =>
    kind === "date" && page.filters && values.length);

  // Whether a column is one that the filter of dates acts on.
  const isDate = (tree) => Boolean(dates()) && dates().bound.some((one) => Engine.same(one.tree, tree));

  // The first and the last of the chosen months, in the filter and in charts; null for all dates.
  function chosen() {
    const { value, values } = dates();
    let [from, to] = [value.from, value.to];
    const months = State.choices.filter(({ tree }) => isDate(tree))
      .map((choice) => choice.values.filter((one) => one != null)).filter((list) => list.length);
    for (const list of months) {
      const [first, last] = [list[0], list.at(-1)];
      if ((to && first > to) || (from && last < from)) continue;
      from = from && from > first ? from : first;
      to = to && to < last ? to : last;
    }
    if (!from && !to) return [null, null];
    const edges = [values[0], values.at(-1)];
    return [from && from > edges[0] ? from : edges[0], to && to < edges[1] ? to : edges[1]];
  }

  // Sets which period each card shows: null where its data set does not hold the chosen one, and the
  // card stays with the one that the file names.
  function settle() {
    for (const card of State.cards) {
      if (!isOf(card) || card.widget.problem || !dates()) continue;
      const dataset = State.dataset(card.query.dataset);
      if (dataset.problem) continue;
      const [first, last] = chosen();
      const holds = Engine.values(dataset, column("last"), [{ tree: column("first"), values: [first] }], []).has(last);
      const period = holds ? { first, last } : null;
      if (Engine.same(period, card.period)) continue;
      card.period = period;
      card.palette = null;
      Drill.settle(card);
    }
  }

  // The filters of a query with the period of its card in the place of the one that the file names.
  function filtersOf({ filters }, period) {
    if (!period) return filters;
    const at = (name) => (period[name] == null ? ["is null", column(name)] : ["=", column(name), ["value", period[name]]]);
    return [...filters.filter((filter) => !isKind(filter)), at("first"), at("last")];
  }

  // What a card says below itself: the months it shows where they are not the chosen ones.
  function note(card) {
    if (!isOf(card) || card.period) return [];
    const [first, last] = ["first", "last"].map((name) =>
      [...State.valuesOf(card.query, column(name))].find((one) => one != null));
    return first ? [`Shows ${Format.date(first, true)} to ${Format.date(last, true)}.`] : [];
  }

  return { isKind, isOf, isDate, settle, filtersOf, note };
})();
