// What leaves the page: the figures of a card as text, its chart as a picture, its table in full.
"use strict";

const Export = (() => {
  const { make } = Tables;
  const BOM = "\ufeff"; // tells Excel that the file is UTF-8
  const SCALE = 2;
  const MOST_ROWS = 2000;
  const dialog = document.getElementById("full");

  // ---- as text -----------------------------------------------------------------------------

  // A spreadsheet takes a text that begins like this for a formula.
  const FORMULA = /^[=+\-@\t\r]/;

  function exact(value) {
    if (value == null || (typeof value === "number" && !Number.isFinite(value))) return "";
    if (typeof value === "number") return String(value);
    return FORMULA.test(value) ? `'${value}` : String(value);
  }

  const lines = (grid, cell, between) => [grid.head, ...grid.rows]
    .map((row) => row.map((value) => cell(exact(value))).join(between));

  const quoted = (text) => (/[",\r\n]/.test(text) ? `"${text.replace(/"/g, '""')}"` : text);
  const csv = (card) => `${BOM}${lines(Cards.gridOf(card), quoted, ",").join("\r\n")}\r\n`;
  const copied = (card) => lines(Cards.gridOf(card), (text) => text.replace(/[\t\r\n]+/g, " "), "\t")
    .join("\n");

  // ---- as a picture ------------------------------------------------------------------------

  // The chart with what stands around it on the page: title, description, filters, legend, note.
  async function picture(card) {
    const theme = Theme.current;
    const { currency } = State.model;
    const chart = await card.view.toCanvas(SCALE);
    const canvas = make("canvas");
    const width = Math.max(320, chart.width / SCALE) + 32;
    const pen = canvas.getContext("2d");
    const font = (size, weight = 400) => `${weight} ${size}px ${theme.font}`;
    const above = [[card.widget.title, font(16, 600), theme.ink],
      [card.widget.note, font(13), theme.quiet], [Filters.spoken(card), font(13), theme.quiet],
      [currency && `Amounts in ${currency}.`, font(13), theme.quiet]]
      .flatMap(([text, style, color]) => {
        pen.font = style;
        return wrapped(pen, text, width - 32).map((line) => [line, style, color]);
      });
    pen.font = font(13);
    const note = wrapped(pen, card.note.hidden ? "" : card.note.textContent, width - 32);
    const legend = placed(pen, card.legend.children, width - 32);
    const rows = legend.length ? legend.at(-1).row + 1 : 0;
    const top = 16 + 22 * (above.length + rows);
    canvas.width = width * SCALE;
    canvas.height = (top + chart.height / SCALE + 22 * note.length + 16) * SCALE;
    pen.scale(SCALE, SCALE);
    pen.fillStyle = theme.card;
    pen.fillRect(0, 0, canvas.width, canvas.height);
    const write = (text, x, y, style, color) => {
      pen.font = style;
      pen.fillStyle = color;
      pen.fillText(text, x, y);
    };
    above.forEach(([text, style, color], n) => write(text, 16, 30 + 22 * n, style, color));
    for (const { text, color, x, row } of legend) {
      const y = 30 + 22 * (above.length + row);
      pen.fillStyle = color;
      pen.fillRect(16 + x, y - 10, 11, 11);
      write(text, 32 + x, y, font(13), theme.quiet);
    }
    pen.drawImage(chart, 16, top, chart.width / SCALE, chart.height / SCALE);
    note.forEach((text, n) => write(text, 16, top + chart.height / SCALE + 16 + 22 * n, font(13),
      theme.quiet));
    return new Promise((done) => { canvas.toBlob(done, "image/png"); });
  }

  function wrapped(pen, text, width) {
    const made = [];
    for (const word of (text || "").split(" ").filter(Boolean)) {
      const longer = made.length ? `${made.at(-1)} ${word}` : word;
      if (made.length && pen.measureText(longer).width <= width) made[made.length - 1] = longer;
      else made.push(word);
    }
    return made;
  }

  // The entries of a legend with their places, in as many rows as they need.
  function placed(pen, items, width) {
    let x = 0, row = 0;
    return [...items].map((item) => {
      const long = pen.measureText(item.textContent).width + 36;
      if (x && x + long > width) { x = 0; row++; }
      const entry = { text: item.textContent, color: item.firstChild.style.background, x, row };
      x += long;
      return entry;
    });
  }

  // ---- where it goes -----------------------------------------------------------------------

  function save(card, blob, ending) {
    const address = URL.createObjectURL(blob);
    const name = card.widget.title.replace(/[\\/:*?"<>|\s]+/g, " ").trim();
    make("a", { href: address, download: `${name}.${ending}` }).click();
    setTimeout(() => URL.revokeObjectURL(address), 60000);
  }

  async function toClipboard(text) {
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      // without that right, as in some browsers for a file
      const area = make("textarea", { class: "unseen" });
      area.value = text;
      (dialog.open ? dialog : document.body).append(area);
      area.select();
      document.execCommand("copy");
      area.remove();
    }
  }

  // What can be done with a card now: [name, action].
  function actions(card) {
    return [
      ["Copy", () => toClipboard(copied(card))],
      ["CSV", () => save(card, new Blob([csv(card)], { type: "text/csv" }), "csv")],
      ...(card.view ? [["PNG", async () => save(card, await picture(card), "png")]] : []),
    ];
  }

  // A button for an action; it says for a moment that it was done.
  function button([name, act], then) {
    const node = make("button", { type: "button", onclick: async () => {
      await act();
      document.getElementById("said").textContent = `${name}: done.`;
      node.textContent = `${name} ✓`;
      setTimeout(() => { node.textContent = name; then(); }, 700);
    } }, name);
    return node;
  }

  function menu(card) {
    const items = make("div", { class: "items" });
    const close = () => {
      if (!node.open) return;
      node.open = false;
      summary.focus();
    };
    const summary = make("summary", { "aria-label": `Export: ${card.widget.title}`, title: "Export",
      onclick: () => {
        items.replaceChildren(...actions(card).map((action) => button(action, close)),
          ...(card.widget.kind === "counter" ? [] : [make("button", { type: "button", onclick: () => {
            close();
            showFull(card);
          } }, "Full table")]),
          ...(isExplained(card) ? [make("button", { type: "button", onclick: () => {
            close();
            explain(card);
          } }, "What is this figure?")] : []));
      } }, "⋯");
    const node = make("details", { class: "menu" }, summary, items);
    return node;
  }

  // ---- the table in full -------------------------------------------------------------------

  function showFull(card) {
    const { widget } = card;
    const draw = () => Tables.redrawn(dialog, () => {
      dialog.replaceChildren(
        make("div", { class: "head" }, make("h2", { id: "full-title" }, widget.title),
          ...actions(card).slice(0, 2).map((action) => button(action, () => {})),
          make("button", { type: "button", onclick: () => dialog.close() }, "Close")),
        make("p", { class: "quiet about" },
          [widget.note, Filters.spoken(card)].filter(Boolean).join(" · ")),
        ...Cards.tableOf(card, MOST_ROWS, () => { draw(); Cards.drawCard(card); }));
    });
    draw();
    dialog.showModal();
  }

  // ---- what it means -----------------------------------------------------------------------

  const isExplained = ({ widget }) => widget.meaning.length > 0 || State.model.documentation !== "";

  // What the figures of a card mean, in the words that came with the data.
  function explain({ base: { widget } }) {
    const address = State.model.documentation.replace("{name}", encodeURIComponent(widget.name));
    dialog.replaceChildren(
      make("div", { class: "head" }, make("h2", { id: "full-title" }, widget.title),
        make("button", { type: "button", onclick: () => dialog.close() }, "Close")),
      ...(widget.note ? [make("p", { class: "quiet about" }, widget.note)] : []),
      make("dl", { class: "meaning" }, ...widget.meaning.map(([title, text]) =>
        make("div", {}, make("dt", {}, title), make("dd", {}, text)))),
      ...(address ? [make("p", {}, make("a", { href: address, target: "_blank", rel: "noopener" },
        "Where it comes from: the documentation"))] : []));
    dialog.showModal();
  }

  dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });

  return { menu, csv, copied, picture, showFull };
})();
