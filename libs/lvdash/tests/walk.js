// A reader at random, and what is seen of the page then.
({
  // One click, by chance: on a tab, a filter, a mark, a legend or a row; with Ctrl or without.
  step(seed) {
    // the same numbers for the same seed
    const random = () => {
      seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
      return seed / 2 ** 32;
    };
    random();
    const one = (list) => list[Math.floor(random() * list.length)];
    const all = (selector) => [...document.querySelectorAll(selector)]
      .filter((node) => !node.disabled && !node.closest("[hidden]"));
    const act = random();
    const ctrlKey = random() < 0.3;
    const press = (node) => node && node.dispatchEvent(new MouseEvent("click",
      { bubbles: true, cancelable: true, ctrlKey, view: window }));
    if (act < 0.1) press(one(all("#tabs button")));
    else if (act < 0.45) {
      const control = one(all("#filters select, #filters input[type=checkbox], .inset input"));
      if (control && control.tagName === "SELECT") {
        control.value = one([...control.options].filter((option) => !option.hidden)).value;
        control.dispatchEvent(new Event("change"));
      } else if (control) control.click();
    } else if (act < 0.5) press(one(all("#filters .reset")));
    else if (act < 0.75) {
      const svgs = all("main .figure svg");
      const marks = svgs.length ? [...one(svgs).querySelectorAll(
        ".mark-rect path, .mark-symbol path, .mark-arc path")] : [];
      press(one(marks));
    } else press(one(all("main .choose")));
  },

  // What is set and chosen, as it would be said to somebody else.
  state() {
    const column = (tree) => (tree[0] === "column" ? tree[1] : JSON.stringify(tree));
    return {
      page: State.page,
      compare: State.comparison,
      filters: Object.fromEntries([...State.filters.values()].map(({ key, value }) => [key, value])),
      choices: State.choices.map(({ card, fieldName, tree, values }) => ({ widget: card.widget.name,
        column: column(tree), name: Charts.nameOf(Cards.encodingOf(card.widget, fieldName)), values })),
      notes: Object.fromEntries(State.shownCards().map((card) =>
        [card.widget.name, card.note.hidden ? "" : card.note.textContent])),
    };
  },

  async seen() {
    while (Cards.mounting.size) await Promise.all(Cards.mounting);
    const NUMBER = /-?\d+(\.\d+)?/g;
    const drawn = (node) => {
      const at = ["d", "transform", "fill", "opacity"].map((name) => node.getAttribute(name)).join(" ");
      const words = node.tagName === "text" ? node.textContent : "";
      return { words: words + at.replace(NUMBER, ""), numbers: (at.match(NUMBER) || []).map(Number) };
    };
    const seen = ({ body }) => (body.querySelector(".figure svg")
      ? [body.querySelector(".legend").innerHTML,
        ...[...body.querySelectorAll(".figure svg path[d], .figure svg text")].map(drawn).sort((a, b) => {
          const apart = a.numbers.findIndex((n, i) => Math.abs(n - b.numbers[i]) > 3);
          return Engine.compare(a.words, b.words)
            || (apart < 0 ? 0 : a.numbers[apart] - b.numbers[apart]);
        })]
      : body.innerHTML);
    return Object.fromEntries(State.shownCards().map((card) => [card.widget.name,
      { body: seen(card), note: card.note.hidden ? "" : card.note.textContent }])
      .concat([["detail", document.getElementById("detail").innerHTML], ["filters", [...document.querySelectorAll("#filters select, #filters input, .chip")]
        .map((node) => (node.type === "checkbox" ? node.checked : node.value || node.textContent))]]));
  },

  // The widgets that look otherwise; a few pixels of room for axis labels are no difference.
  differing(one, other) {
    const same = (a, b) => (typeof a === "number" ? Math.abs(a - b) <= 3
      : a && typeof a === "object" ? b && Object.keys(a).length === Object.keys(b).length
        && Object.keys(a).every((key) => same(a[key], b[key])) : a === b);
    return Object.keys({ ...one, ...other }).filter((name) => !same(one[name], other[name]));
  },
})
