// Colours: of the page, light or dark, and of the series of a chart.
"use strict";

const Theme = (() => {
  // for a file without a palette
  const STANDARD = ["#1A5FB4", "#3B8F88", "#B9741C", "#7A5FA8", "#6E7F91", "#7DA2D2"];
  let current;

  // Takes the colours as they are now, light or dark.
  function read() {
    const style = getComputedStyle(document.documentElement);
    const property = (name) => style.getPropertyValue(name).trim();
    const dark = isDark();
    const own = State.model.theme.visualizationColors || [];
    const colors = (own.length ? [].concat(own) : STANDARD).map((color) => shade(color, dark));
    current = {
      ink: property("--ink"), quiet: property("--quiet"), line: property("--line"),
      card: property("--card"),
      font: property("--font"), colors,
      pick: (color) => {
        if (!color) return null;
        if (typeof color === "string") return color;
        if (color.hex) return color.hex;
        if (color.themeColorType === "visualizationColors") {
          return colors[Math.max(0, (color.position || 1) - 1) % colors.length];
        }
        return null;
      },
    };
  }

  const isDark = () => {
    const chosen = document.documentElement.dataset.theme;
    return chosen ? chosen === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  };

  // A colour of the file for a dark ground: the same hue, lighter.
  function shade(color, dark) {
    if (!dark || !/^#[0-9a-f]{6}$/i.test(color)) return color;
    const parts = [1, 3, 5].map((at) => parseInt(color.slice(at, at + 2), 16));
    const lighter = parts.map((part) => Math.round(part + (255 - part) * 0.32));
    return `#${lighter.map((part) => part.toString(16).padStart(2, "0")).join("")}`;
  }

  // Colours of a chart's series; the same value has the same colour whatever is filtered.
  function paletteOf(widget, query, dataset) {
    const { color, dimension, measures, kind } = Charts.plan(widget);
    const by = kind === "pie" ? dimension : color;
    const mapped = new Map((((by || {}).scale || {}).mappings || [])
      .map(({ value, color: wanted }) => [value, wanted]));
    const names = measures.length > 1 ? measures.map(Charts.nameOf)
      : by ? possible(dataset, query, by.fieldName) : [];
    const sorted = ((by || {}).scale || {}).sort || {};
    if (sorted.orderedValues) {
      names.sort((a, b) => rankIn(sorted.orderedValues, a) - rankIn(sorted.orderedValues, b));
    }
    const marked = [].concat((widget.mark || {}).colors || []).map(current.pick).filter(Boolean);
    // where the chart names fewer colours than it has series, those of the theme follow
    const colors = [...marked, ...current.colors.filter((color) => !marked.includes(color))];
    return {
      names,
      of(series) {
        if (series == null) return colors[0];
        if (mapped.has(series)) return current.pick(mapped.get(series)) || colors[0];
        const place = names.indexOf(series);
        return colors[(place < 0 ? 0 : place) % colors.length];
      },
    };
  }

  // All values of a field that a widget can ever show.
  function possible(dataset, query, fieldName) {
    const tree = query.fields[fieldName];
    const alone = { fields: { [fieldName]: tree }, filters: query.filters, orders: [], rows: false };
    return Engine.run(dataset, alone, []).map((row) => row[fieldName])
      .filter((value) => value != null).sort(Engine.compare);
  }

  const rankIn = (list, value) => (list.includes(value) ? list.indexOf(value) : list.length);

  return { read, isDark, paletteOf, rankIn, get current() { return current; } };
})();
