// What is known of one product or customer that was chosen: its row, its months, its largest parts.
"use strict";

const Detail = (() => {
  const { make } = Tables;
  const MOST = 3;
  const panel = document.getElementById("detail");

  // The rows of a card for a choice, under the filters; none when it cannot follow.
  const rowsOf = (card, choice) => (Filters.follows(choice, card)
    ? Engine.run(State.dataset(card.query.dataset), card.query, Filters.conditionsOn(card, true)) : []);

  // What the tables of that column say of it: [title, value].
  function facts(choice) {
    const found = new Map();
    for (const card of State.cards) {
      const { widget, query } = card;
      if (widget.problem || widget.kind !== "table") continue;
      const [first, ...columns] = [].concat(widget.encodings.columns || []);
      if (!Engine.same(query.fields[first.fieldName], choice.tree)) continue;
      const rows = rowsOf(card, choice);
      if (rows.length !== 1) continue;
      for (const column of columns) {
        const title = Tables.titleOf(column);
        if (!found.has(title)) found.set(title, Format.value(rows[0][column.fieldName], { format: column.format }));
      }
    }
    return [...found];
  }

  // Its figures by month, as a line, and by anything else, as the largest ones.
  function parts(choice) {
    const list = [];
    for (const card of State.shownCards()) {
      const { widget, query, base } = card;
      if (!card.toggle || widget.problem || base.query.filters.length) continue;
      const { dimension, measures, color, kind } = Charts.plan(widget);
      if (!dimension || measures.length > 1 || kind === "pie") continue;
      if (Engine.same(query.fields[dimension.fieldName], choice.tree)) continue;
      const rows = rowsOf(card, choice);
      const [measure] = measures;
      const named = rows.filter((row) => row[measure.fieldName] != null)
        .map((row) => ({ at: row[dimension.fieldName], value: row[measure.fieldName] }));
      if (named.length < 2) continue;
      if (named.every(({ at }) => Format.isDate(at))) {
        named.sort((a, b) => Engine.compare(a.at, b.at));
        list.push(make("figure", {}, make("figcaption", {}, base.widget.title),
          Charts.spark(named.map(({ value }) => value)),
          make("p", { class: "quiet" }, `${Format.date(named[0].at, true)} to ${Format.date(named.at(-1).at, true)}`)));
      } else if (!color || rows.length <= new Set(named.map(({ at }) => at)).size) {
        named.sort((a, b) => b.value - a.value);
        list.push(make("figure", {}, make("figcaption", {}, base.widget.title), make("ol", {},
          ...named.slice(0, MOST).map(({ at, value }) => make("li", {}, make("span", {}, Format.value(at)),
            make("strong", {}, Format.value(value, { format: measure.format })))))));
      }
    }
    return list.slice(0, 4);
  }

  function show() {
    const choice = State.choices.find(({ tree, values }) =>
      State.model.details.includes(tree[1]) && values.length === 1);
    panel.hidden = !choice;
    if (!choice) return;
    const still = State.shownCards().filter((card) => card.widget.title && card.query && !card.widget.problem
      && card !== choice.card && !Filters.follows(choice, card)).map(({ widget }) => widget.title);
    const name = Format.value(choice.values[0]);
    panel.setAttribute("aria-label", `Detail: ${name}`);
    panel.replaceChildren(
      make("div", { class: "head" }, make("h2", {}, name),
        make("button", { type: "button", class: "toggle", "aria-label": `Close the detail of ${name}`,
          onclick: () => State.forget(choice) }, "✕")),
      make("dl", {}, ...facts(choice).map(([title, value]) =>
        make("div", {}, make("dt", {}, title), make("dd", {}, value)))),
      ...parts(choice),
      ...(still.length ? [make("p", { class: "quiet" },
        still.length > MOST ? `${still.length} cards cannot follow; each of them says so.`
          : `These cannot follow: ${still.join(", ")}.`)] : []));
  }

  return { show };
})();
