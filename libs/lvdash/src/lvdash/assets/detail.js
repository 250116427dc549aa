// What is known of one product, customer or country that was chosen: its row, its months, its
// largest parts.
"use strict";

const Detail = (() => {
  const { make } = Tables;
  const MOST = 3;
  const MOST_PARTS = 5;
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

  // The largest of a card's rows; what can be chosen in the card can be chosen here.
  function largest(card, title, rows, { fieldName }, measure) {
    const open = State.canChoose(card, fieldName);
    return make("figure", {}, make("figcaption", {}, title), make("ol", {}, ...rows.slice(0, MOST).map((row) => {
      const text = Format.value(row[fieldName]);
      return make("li", {}, open ? make("button", { type: "button", class: "choose",
        onclick: (event) => State.choose(card, fieldName, row[fieldName], Cards.isMore(event)) }, text)
        : make("span", {}, text),
      make("strong", {}, Format.value(row[measure.fieldName], { format: measure.format })));
    })));
  }

  // Its figures by month, as a line, and by anything else, as the largest ones.
  function parts(choice) {
    const list = [];
    const shown = State.shownCards();
    for (const card of [...shown, ...State.cards.filter((one) => !shown.includes(one))]) {
      const { widget, query, base } = card;
      if (widget.problem || !query || !base.query.filters.every(Periods.isKind)) continue;
      const isTable = widget.kind === "table";
      if (!isTable && (!card.toggle || widget.kind === "pie")) continue;
      const columns = isTable ? [].concat(widget.encodings.columns || []) : [];
      const plan = isTable ? { dimension: columns[0], measures: [] } : Charts.plan(widget);
      const { dimension, measures } = plan;
      if (!dimension || measures.length > 1 || Engine.same(query.fields[dimension.fieldName], choice.tree)) continue;
      const rows = rowsOf(card, choice);
      const measure = isTable ? columns.find(({ fieldName }) => rows.length && typeof rows[0][fieldName] === "number")
        : measures[0];
      if (!measure) continue;
      const at = (row) => row[dimension.fieldName], value = (row) => row[measure.fieldName];
      const named = rows.filter((row) => value(row) != null && at(row) != null);
      if (named.length < 2 || (!isTable && new Set(named.map(at)).size < named.length
        && !named.every((row) => Format.isDate(at(row))))) continue;
      if (isTable) list.push(largest(card, `${base.widget.title}: ${Tables.titleOf(measure).toLowerCase()}`, named, dimension, measure));
      else if (named.every((row) => Format.isDate(at(row)))) {
        const partial = State.partialMonths(query.fields[dimension.fieldName]);
        const whole = named.filter((row) => !partial.has(at(row))).sort((a, b) => Engine.compare(at(a), at(b)));
        if (whole.length < 3) continue;
        const ends = [whole[0], whole.at(-1)].map((row) => Format.date(at(row), true));
        list.push(make("figure", {}, make("figcaption", {}, base.widget.title),
          Charts.spark(whole.map(value)), make("p", { class: "quiet" }, ends.join(" to "))));
      } else {
        named.sort((a, b) => value(b) - value(a));
        list.push(largest(card, base.widget.title, named, dimension, measure));
      }
    }
    return list.slice(0, MOST_PARTS);
  }

  function show() {
    const choice = State.choices.find(({ tree, values }) =>
      State.model.details.includes(tree[1]) && values.length === 1);
    const held = panel.contains(document.activeElement);
    panel.hidden = !choice;
    if (!choice) {
      panel.replaceChildren();
      if (held) document.getElementById("main").focus();
      return;
    }
    const still = Filters.opensOnly(choice) ? [] : State.shownCards().filter((card) => card.widget.title && card.query && !card.widget.problem
      && card !== choice.card && !Filters.follows(choice, card)).map(({ widget }) => widget.title);
    const name = Format.value(choice.values[0]);
    // beside the card that it was chosen in, not on it
    const { card: { widget, page } } = choice;
    panel.classList.toggle("left", page.name === State.page && widget.position.x * 2 >= page.columns);
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
    if (held) panel.querySelector("button").focus();
  }

  return { show };
})();
