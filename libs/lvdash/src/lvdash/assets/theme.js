// Colours: of the page, light or dark, and of the series of a chart.
"use strict";

const Theme = (() => {
  // For a file without a palette. Light and dark, also with a colour vision deficiency, they differ
  // from each other, from the grey of what is missing, and stand out from the card.
  const STANDARD = ["#1A5FB4", "#D07A00", "#2F8F6B", "#9C2F74", "#7A2E0E", "#40207A", "#5B98D8"];
  let current;
  let places;

  // Takes the colours as they are now, light or dark.
  function read() {
    const style = getComputedStyle(document.documentElement);
    const property = (name) => style.getPropertyValue(name).trim();
    const dark = isDark();
    const own = State.model.theme.visualizationColors || [];
    const colors = (own.length ? [].concat(own) : STANDARD).map((color) => shade(color, dark));
    current = {
      ink: property("--ink"), quiet: property("--quiet"), line: property("--line"),
      card: property("--card"), missing: property("--missing"),
      font: property("--font"), colors,
      pick: (color) => {
        if (!color) return null;
        if (typeof color === "string") return color;
        if (color.hex) return shade(color.hex, dark);
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
    const lighter = parts.map((part) => Math.round(Math.sqrt(part * 255)));
    return `#${lighter.map((part) => part.toString(16).padStart(2, "0")).join("")}`;
  }

  // What stands for an unknown value is grey on every chart.
  const isMissing = (value) => typeof value === "string" && /^(n\/a|unknown)?$/i.test(value.trim());

  // What a chart colours by: the field and all values it can ever have, or the names of its figures.
  function coloured({ widget, query }) {
    const { color, dimension, measures, kind } = Charts.plan(widget);
    const by = kind === "pie" ? dimension : color;
    if (measures.length > 1) return { field: "", names: measures.map(Charts.nameOf), mapped: new Map() };
    const { mappings, sort } = (by || {}).scale || {};
    const mapped = new Map((mappings || []).map(({ value, color: wanted }) => [value, wanted]));
    if (!by) return { field: null, names: [], mapped };
    const tree = query.fields[by.fieldName];
    const names = [...Engine.values(State.dataset(query.dataset), tree, [], query.filters)]
      .filter((value) => value != null).sort(Engine.compare);
    const ordered = (sort || {}).orderedValues;
    if (ordered) names.sort((a, b) => rankIn(ordered, a) - rankIn(ordered, b));
    return { field: JSON.stringify(tree), names, mapped };
  }

  // The place in the palette of every value that any chart of the file colours, by field: a value
  // has one colour on all charts, and those of several fields share none while the palette lasts.
  function assign() {
    const fields = new Map();
    for (const card of State.cards) {
      if (!card.toggle || State.dataset(card.query.dataset).problem) continue;
      const { field, names, mapped } = coloured(card);
      if (field == null) continue;
      if (!fields.has(field)) fields.set(field, new Set());
      for (const name of names) if (!mapped.has(name) && !isMissing(name)) fields.get(field).add(name);
    }
    let place = 0;
    return new Map([...fields].map(([field, names]) =>
      [field, new Map([...names].sort(Engine.compare).map((name) => [name, place++]))]));
  }

  // The colours of a chart's series; the first of the theme is that of charts without series.
  function paletteOf(card) {
    places = places || assign();
    const { field, names, mapped } = coloured(card);
    const marked = [].concat((card.widget.mark || {}).colors || []).map(current.pick).filter(Boolean);
    // where the chart names fewer colours than it has series, those of the theme follow
    const colors = [...marked, ...current.colors.filter((color) => !marked.includes(color))];
    return {
      names,
      of(series, dimension) {
        if (isMissing(series == null ? dimension : series)) return current.missing;
        if (series == null) return colors[0];
        if (mapped.has(series)) return current.pick(mapped.get(series)) || colors[0];
        const place = marked.length || !places.has(field) ? names.indexOf(series)
          : places.get(field).get(series) + 1;
        return colors[Math.max(0, place) % colors.length];
      },
    };
  }

  const rankIn = (list, value) => (list.includes(value) ? list.indexOf(value) : list.length);

  return { read, isDark, paletteOf, rankIn, get current() { return current; } };
})();
