// A reader at random, and what is seen of the page then.
({
  async step(seed) {
    // the same numbers for the same seed
    const random = () => {
      seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
      return seed / 2 ** 32;
    };
    const one = (list) => list[Math.floor(random() * list.length)];
    const filters = [...State.filters.values()].filter((filter) => filter.control);
    const cards = State.shownCards().filter((card) => card.list && card.list.length);
    const act = random();
    if (act < 0.15) one(document.querySelectorAll("#tabs button")).click();
    else if (act < 0.25 && State.model.comparison.length) {
      State.compare(Math.floor(random() * State.model.comparison.length));
      State.changed();
    } else if (act < 0.6 || !cards.length) {
      const filter = one(filters);
      if (filter.widget.kind === "filter-date-range-picker") {
        const edges = [one(filter.values), one(filter.values)].sort(Engine.compare);
        filter.value = { from: random() < 0.2 ? null : edges[0], to: random() < 0.2 ? null : edges[1] };
      } else filter.value = { values: random() < 0.3 ? null : [one(filter.values)] };
      State.changed();
    } else {
      const card = one(cards);
      const { dimension, x } = Charts.plan(card.widget);
      const { fieldName } = dimension || x;
      if (State.canChoose(card, fieldName)) State.choose(card, fieldName, one(card.list).dimension);
    }
  },

  async seen() {
    while (Cards.mounting.size) await Promise.all(Cards.mounting);
    const NUMBER = /-?\d+(\.\d+)?/g;
    const drawn = (node) => {
      const at = ["d", "transform", "fill", "opacity"].map((name) => node.getAttribute(name)).join(" ");
      const words = node.tagName === "text" ? node.textContent : "";
      return { words: words + at.replace(NUMBER, ""), numbers: (at.match(NUMBER) || []).map(Number) };
    };
    const seen = ({ body }) => (body.querySelector("svg")
      ? [...body.querySelectorAll("svg path[d], svg text")].map(drawn)
        .sort((a, b) => {
          const apart = a.numbers.findIndex((n, i) => Math.abs(n - b.numbers[i]) > 3);
          return Engine.compare(a.words, b.words)
            || (apart < 0 ? 0 : a.numbers[apart] - b.numbers[apart]);
        })
      : body.innerHTML);
    return Object.fromEntries(State.shownCards().map((card) => [card.widget.name,
      { body: seen(card), note: card.note.hidden ? "" : card.note.textContent }]));
  },

  // The widgets that look otherwise; a few pixels of room for axis labels are no difference.
  differing(one, other) {
    const same = (a, b) => (typeof a === "number" ? Math.abs(a - b) <= 3
      : a && typeof a === "object" ? b && Object.keys(a).length === Object.keys(b).length
        && Object.keys(a).every((key) => same(a[key], b[key])) : a === b);
    return Object.keys({ ...one, ...other }).filter((name) => !same(one[name], other[name]));
  },
})
