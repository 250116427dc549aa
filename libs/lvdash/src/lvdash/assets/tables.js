// Tables, pivots and the text alternative of charts.
"use strict";

const Tables = (() => {
  const make = (tag, attributes = {}, ...children) => {
    const node = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) {
      if (value === false || value == null) continue;
      if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
      else node.setAttribute(name, value === true ? "" : value);
    }
    node.append(...children);
    return node;
  };

  // Draws again what is in a node. A button that is made again keeps the focus; else it stays near.
  function redrawn(node, draw) {
    const held = node.contains(document.activeElement) && document.activeElement;
    draw();
    if (!held || held.isConnected) return;
    const buttons = [...node.querySelectorAll("button:enabled")];
    const again = buttons.find((one) => one.className === held.className
      && one.textContent === held.textContent) || node.querySelector(".scroll") || buttons[0];
    if (again) again.focus();
  }

  const OPERATORS = {
    ">=": (a, b) => a >= b, ">": (a, b) => a > b, "<=": (a, b) => a <= b, "<": (a, b) => a < b,
    "=": (a, b) => a === b, "!=": (a, b) => a !== b, "<>": (a, b) => a !== b,
  };

  // The colours a cell's style rules ask for; the first rule that holds wins.
  function styled(cell, value, encoding, theme) {
    for (const rule of ((encoding.style || {}).rules || [])) {
      const { operator, operand } = rule.condition || {};
      const against = typeof value === "number" ? Number((operand || {}).value) : (operand || {}).value;
      if (!OPERATORS[operator] || value == null || !OPERATORS[operator](value, against)) continue;
      const ink = theme.pick(rule.foregroundColor), mark = theme.pick(rule.backgroundColor || rule.color);
      if (ink) { cell.classList.add("inked"); cell.style.setProperty("--ink", ink); }
      if (mark) { cell.classList.add("marked"); cell.style.setProperty("--mark", mark); }
      return;
    }
  }

  const titleOf = (column) => column.displayName || column.fieldName;

  function sorted(rows, { by, down }) {
    return by == null ? rows : [...rows].sort((a, b) => {
      const order = Engine.compare(a[by], b[by]);
      return down && a[by] != null && b[by] != null ? -order : order;
    });
  }

  // What a table shows, unrounded: {head, rows}.
  const grid = ({ columns, rows, state }) => ({
    head: columns.map(titleOf),
    rows: sorted(rows, state).map((row) => columns.map(({ fieldName }) => row[fieldName])),
  });

  const LONG = 16; // letters of a text that may have to be cut
  const MOST_FIGURE = 11; // signs of a figure that a card has room for

  const worded = (text) => (text.length > LONG ? make("span", { class: "text", title: text }, text) : text);

  // A table of rows. `columns`: [{fieldName, displayName, format}], `state`: what was sorted.
  function table({ caption, columns, rows, pageSize, state, redraw, theme, choose, chosen, brief }) {
    const ordered = sorted(rows, state);
    const pages = Math.max(1, Math.ceil(ordered.length / pageSize));
    state.page = Math.min(state.page || 0, pages - 1);
    const first = state.page * pageSize;
    const visible = ordered.slice(first, first + pageSize);
    const numeric = columns.map(({ fieldName, format }) => {
      const value = rows.map((row) => row[fieldName]).find((v) => v != null);
      return value === undefined ? Boolean(format) : typeof value === "number";
    });
    const months = columns.map(({ fieldName }) => monthly(rows.map((row) => row[fieldName])));
    const formats = columns.map(({ fieldName, format }, n) => (brief && numeric[n]
      && rows.some((row) => Format.value(row[fieldName], { format }).length > MOST_FIGURE)
      ? { ...format, abbreviation: "compact", digits: 4 } : format));
    const bars = columns.map(({ fieldName, cellType }) => (cellType === "bar"
      ? Math.max(...rows.map((row) => Math.abs(row[fieldName] || 0)), 0) : 0));
    const head = make("tr", {}, ...columns.map((column, n) => {
      const active = state.by === column.fieldName;
      return make("th", { scope: "col", class: numeric[n] && "number",
        "aria-sort": active ? (state.down ? "descending" : "ascending") : false },
      make("button", { type: "button", class: "sort", onclick: () => {
        state.down = active ? !state.down : numeric[n];
        state.by = column.fieldName;
        state.page = 0;
        redraw();
      } }, titleOf(column)));
    }));
    const body = visible.map((row) => make("tr", { class: chosen && chosen(row) && "chosen" },
      ...columns.map((column, n) => {
        const value = row[column.fieldName];
        const text = Format.value(value, { format: formats[n], months: months[n] });
        const cell = make(n === 0 ? "th" : "td", { scope: n === 0 && "row", class: numeric[n] && "number",
          title: formats[n] !== column.format && Format.value(value, { format: column.format }) });
        if (n === 0 && choose) {
          cell.append(make("button", { type: "button", class: "choose",
            "aria-pressed": String(Boolean(chosen(row))), onclick: (event) => choose(row, Cards.isMore(event)) }, worded(text)));
        } else {
          cell.append(numeric[n] ? text : worded(text));
        }
        for (const { fieldName, format } of column.below || []) {
          cell.append(make("span", { class: "below quiet" }, Format.value(row[fieldName], { format })));
        }
        if (bars[n] && typeof value === "number") {
          cell.classList.add("bar");
          cell.style.setProperty("--share", `${(Math.abs(value) / bars[n]) * 100}%`);
        }
        styled(cell, value, column, theme);
        return cell;
      })));
    const scroller = make("div", { class: "scroll", tabindex: 0, role: "group",
      "aria-label": caption },
    make("table", {}, make("caption", { class: "unseen" }, caption), make("thead", {}, head),
      make("tbody", {}, ...body)));
    if (pages === 1) return [scroller];
    const turn = (by) => () => { state.page += by; redraw(); };
    return [scroller, make("div", { class: "pager" },
      make("button", { type: "button", "data-turn": "back", disabled: state.page === 0,
        "aria-label": `Earlier rows of ${caption}`, onclick: turn(-1) }, "‹"),
      make("span", {}, `${first + 1}–${first + visible.length} of ${ordered.length}`),
      make("button", { type: "button", "data-turn": "on", disabled: state.page >= pages - 1,
        "aria-label": `Further rows of ${caption}`, onclick: turn(1) }, "›"))];
  }

  const monthly = (values) => {
    const present = values.filter((value) => value != null);
    return present.length > 0 && present.every(Format.isMonth);
  };

  // What a pivot is made of: its row and column keys, its heads, and the row behind each cell.
  function turned({ encodings }, rows) {
    const listed = (part) => [].concat((part || {}).fields || part || []);
    const down = listed(encodings.rows), across = listed(encodings.columns);
    const cells = listed(encodings.cell || encodings.cells || encodings.values);
    const key = (fields, row) => JSON.stringify(fields.map(({ fieldName }) => row[fieldName]));
    const keys = (fields) => {
      const found = new Map();
      for (const row of rows) found.set(key(fields, row), fields.map((f) => row[f.fieldName]));
      return [...found].sort(([, a], [, b]) => {
        for (let n = 0; n < a.length; n++) {
          const by = Engine.compare(a[n], b[n]);
          if (by) return by;
        }
        return 0;
      });
    };
    const rowKeys = keys(down), columnKeys = keys(across);
    const found = new Map(rows.map((row) => [key(down, row) + key(across, row), row]));
    const words = (fields, values) => values.map((value, n) =>
      Format.value(value, { format: fields[n].format, months: Format.isMonth(value) })).join(", ");
    const heads = columnKeys.flatMap(([, values]) => cells.map((cell) =>
      [words(across, values), cells.length > 1 ? titleOf(cell) : ""]
        .filter(Boolean).join(": ")));
    const head = [down.map(titleOf).join(", "), ...heads];
    const rowOf = (rowKey, columnKey) => found.get(rowKey + columnKey) || {};
    return { down, cells, rowKeys, columnKeys, head, rowOf, words };
  }

  // What a pivot shows, unrounded: {head, rows}.
  function pivotGrid({ widget, rows }) {
    const { down, cells, rowKeys, columnKeys, head, rowOf, words } = turned(widget, rows);
    return { head, rows: rowKeys.map(([rowKey, values]) => [
      values.length === 1 ? values[0] : words(down, values),
      ...columnKeys.flatMap(([columnKey]) =>
        cells.map(({ fieldName }) => rowOf(rowKey, columnKey)[fieldName]))]) };
  }

  // A pivot: rows by columns, cells coloured by size where asked for.
  function pivot({ caption, widget, rows, theme }) {
    const { down, cells, rowKeys, columnKeys, head, rowOf, words } = turned(widget, rows);
    const limits = cells.map(({ fieldName }) => {
      const values = rows.map((row) => row[fieldName]).filter((v) => v != null);
      return [Math.min(...values), Math.max(...values)];
    });
    const top = make("tr", {}, ...head.map((text, n) =>
      make("th", { scope: "col", class: n > 0 && "number" }, text)));
    const body = rowKeys.map(([rowKey, values]) => make("tr", {},
      make("th", { scope: "row" }, worded(words(down, values))),
      ...columnKeys.flatMap(([columnKey]) => cells.map((encoding, n) => {
        const value = rowOf(rowKey, columnKey)[encoding.fieldName];
        const cell = make("td", { class: "number" },
          value == null ? "" : Format.value(value, { format: { ...encoding.format, digits: 3 } }));
        if (encoding.cellType === "color-scale" && typeof value === "number") {
          const [low, high] = limits[n];
          const share = high > low ? (value - low) / (high - low) : 0;
          cell.classList.add("shade");
          cell.style.setProperty("--shade", `${Math.round(Math.sqrt(Math.max(0, share)) * 100)}%`);
        }
        styled(cell, value, encoding, theme);
        return cell;
      }))));
    return [make("div", { class: "scroll", tabindex: 0, role: "group", "aria-label": caption },
      make("table", { class: "pivot" }, make("caption", { class: "unseen" }, caption),
        make("thead", {}, top), make("tbody", {}, ...body)))];
  }

  return { make, redrawn, titleOf, table, grid, pivot, pivotGrid };
})();
