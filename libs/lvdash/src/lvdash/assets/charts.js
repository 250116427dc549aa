// Charts: from a widget's encodings and the rows of its query to a Vega view.
"use strict";

const Charts = (() => {
  const MEASURE_SORT = { x: 1, y: 1, "x-reversed": -1, "y-reversed": -1 };
  const FADED = 0.3;
  const LEAST_BAND = 19;
  const MOST_BAR = 32;
  const LABEL_ROOM = 58;
  const AXIS_ROOM = 60;
  const MOST_BANDS = 20;
  const MOST_LABEL = 9;
  // Said outright: a scale without an order keeps that of the values it has seen before.
  const AS_DRAWN = { field: "n", op: "min", order: "ascending" };

  // What the axes of a chart call to say a value, by widget and axis.
  const axisLabels = new Map();
  const expressionFunctions = { axisLabel: (value, name) => axisLabels.get(name)(value) };

  const asList = (encoding) => (encoding ? encoding.fields || [encoding] : []);
  const isMeasure = (encoding) => ((encoding || {}).scale || {}).type === "quantitative";

  // What a chart draws: its dimension, its measures, its colours, in words of the widget.
  function plan(widget) {
    const { encodings, kind } = widget;
    if (kind === "pie") {
      return { kind, dimension: encodings.color, measures: asList(encodings.angle) };
    }
    if (kind === "scatter") {
      return { kind, x: encodings.x, measures: asList(encodings.y), color: encodings.color,
        size: encodings.size };
    }
    const across = isMeasure(encodings.x) && !isMeasure(encodings.y);
    const mode = (widget.mark || {}).layout;
    return {
      kind,
      across,
      dimension: across ? encodings.y : encodings.x,
      measures: asList(across ? encodings.x : encodings.y),
      color: encodings.color,
      mode: mode === "group" ? "group" : mode === "stack-100" ? "share" : "stack",
      labels: (encodings.label || {}).show === true,
    };
  }

  const nameOf = (encoding) => encoding.displayName || encoding.fieldName;

  // The marks of a chart, in the order they are drawn. Each knows its row and its series.
  function marks(widget, rows, palette) {
    const { kind, dimension, measures, color, size, x } = plan(widget);
    const list = [];
    for (const row of rows) {
      for (const measure of measures) {
        const at = dimension || x;
        const series = measures.length > 1 ? nameOf(measure)
          : color ? row[color.fieldName] : kind === "pie" ? row[dimension.fieldName] : null;
        list.push({
          row,
          dimension: row[at.fieldName],
          value: row[measure.fieldName],
          size: size ? row[size.fieldName] : null,
          series,
          measure,
        });
      }
    }
    const shown = list.filter((mark) => mark.value != null && mark.dimension !== undefined);
    order(widget, shown);
    for (const mark of shown) mark.fill = palette.of(mark.series, mark.dimension);
    return shown;
  }

  function order(widget, list) {
    const { kind, dimension, x } = plan(widget);
    const encoding = dimension || x;
    const { by, orderedValues } = (encoding.scale || {}).sort || {};
    const totals = new Map();
    for (const mark of list) {
      totals.set(mark.dimension, (totals.get(mark.dimension) || 0) + mark.value);
    }
    const place = new Map((orderedValues || []).map((value, n) => [value, n]));
    const rank = (value) => (place.has(value) ? place.get(value) : place.size);
    list.sort((a, b) => {
      if (MEASURE_SORT[by] || kind === "pie") {
        const way = MEASURE_SORT[by] || -1;
        const byTotal = (totals.get(a.dimension) - totals.get(b.dimension)) * way;
        if (byTotal) return byTotal;
      }
      return rank(a.dimension) - rank(b.dimension)
        || Engine.compare(a.dimension, b.dimension)
        || (a.series === b.series ? 0 : Engine.compare(a.fillRank, b.fillRank)
          || Engine.compare(a.series, b.series));
    });
  }

  // ---- drawing -----------------------------------------------------------------------------

  // What the view needs of the marks: short names, colours, labels.
  function toData(widget, list, selected, about) {
    const { kind, across, mode } = plan(widget);
    const bands = new Set(list.map((mark) => mark.dimension)).size;
    const groups = mode === "group" ? new Set(list.map((mark) => mark.series)).size : 1;
    const room = (across ? about.height : about.width - AXIS_ROOM) / Math.max(1, bands);
    const bar = Math.max(1, Math.min(MOST_BAR, room * 0.74) / groups);
    const first = new Map(list.map((mark, n) => [mark.dimension, n]));
    return list.map((mark, n) => ({
      // a year before, once for all marks of a month
      y: about.before && first.get(mark.dimension) === n ? about.before.get(mark.dimension) ?? null : null,
      w: Math.min(room * 0.94, bar * groups * 1.5),
      d: time(kind, mark.dimension, about),
      v: mark.value,
      z: mark.size,
      g: mark.series == null ? "" : String(mark.series),
      n,
      fill: mark.fill,
      o: !selected || selected(mark) ? 1 : FADED,
      b: bar,
      t: about.label(mark),
    }));
  }

  const time = (kind, value, about) => (about.temporal
    ? Date.parse(value.length > 10 ? `${value.replace(" ", "T")}Z` : value) : value);

  function spec(widget, about, theme, values) {
    const { kind, across, mode, dimension, measures, labels, size, x } = plan(widget);
    const data = { name: "rows", values };
    const base = {
      $schema: "https://vega.github.io/schema/vega-lite/v6.json",
      data, width: about.width, height: about.height,
      autosize: { type: "fit", contains: "padding" },
      padding: { left: 2, right: across ? 4 : 12, top: 4, bottom: 2 },
      background: null,
      config: config(theme),
    };
    const fill = { field: "fill", type: "nominal", scale: null };
    const opacity = { field: "o", type: "quantitative", scale: null };
    if (kind === "pie") {
      return { ...base, view: { stroke: null },
        mark: { type: "arc", innerRadius: { expr: "min(width, height) * 0.28" }, padAngle: 0.01 },
        encoding: { theta: { field: "v", type: "quantitative", stack: true },
          order: { field: "n", type: "quantitative" }, color: fill, opacity } };
    }
    const label = (which) => `axisLabel(datum.value, ${JSON.stringify(`${widget.name}:${which}`)})`;
    const measure = {
      field: "v", type: "quantitative",
      stack: kind === "line" || kind === "scatter" || mode === "group" ? null
        : mode === "share" ? "normalize" : "zero",
      // labels at the ends of bars need room that the view does not give by itself
      scale: { nice: true, zero: kind !== "scatter",
        ...(across && labels && !about.stacked
          ? { range: [0, { expr: `max(20, width - ${LABEL_ROOM})` }] } : {}) },
      axis: across && labels ? null : {
        title: measures.length === 1 ? nameOf(measures[0]) : null,
        labelExpr: mode === "share" ? "format(datum.value, '.0%')" : label("v"),
        tickCount: across ? Math.max(2, Math.floor(about.width / 110))
          : Math.max(2, Math.floor(about.height / 48)),
        grid: true, ticks: false, domain: false,
      },
    };
    const axis = {
      title: null, labelExpr: label("d"), ticks: false, domain: !across, grid: false,
      labelAngle: 0, labelOverlap: across ? false : "parity", labelSeparation: 8, labelPadding: across ? 8 : 6,
      labelLimit: across ? Math.min(300, about.width * 0.5) : 140,
    };
    if (kind === "scatter") {
      return { ...base,
        mark: { type: "circle", opacity: 0.75, size: 70 },
        encoding: {
          x: { field: "d", type: about.temporal ? "temporal" : isMeasure(x) ? "quantitative" : "nominal",
            scale: { zero: false, ...(about.temporal ? { type: "utc" } : {}) },
            axis: { ...axis, title: nameOf(x), labelExpr: label("d"), grid: true, domain: false } },
          y: measure, color: fill, opacity,
          ...(size ? { size: { field: "z", type: "quantitative", legend: null } } : {}),
        } };
    }
    const place = about.temporal
      ? { field: "d", type: "temporal", scale: { type: "utc" }, axis }
      : { field: "d", type: "nominal", sort: AS_DRAWN, axis,
        ...(kind === "bar" ? {} : { scale: { type: "point", padding: 0.3 } }) };
    const where = across ? { y: place, x: measure } : { x: place, y: measure };
    if (kind === "bar") {
      const offset = mode === "group"
        ? { [across ? "yOffset" : "xOffset"]: { field: "g", type: "nominal", sort: AS_DRAWN } } : {};
      const round = mode === "group" || !about.stacked
        ? (across ? { cornerRadiusTopRight: 2, cornerRadiusBottomRight: 2 }
          : { cornerRadiusTopLeft: 2, cornerRadiusTopRight: 2 }) : {};
      const bars = {
        mark: { type: "bar", ...round, cursor: "pointer" },
        encoding: { ...where, ...offset, color: fill, opacity,
          order: { field: "n", type: "quantitative" },
          size: { field: "b", type: "quantitative", scale: null } },
      };
      if (about.before) {
        const before = { transform: [{ filter: "isValid(datum.y)" }],
          mark: { type: "bar", color: theme.quiet, opacity: 0.28, ...round },
          encoding: { x: place, y: { field: "y", type: "quantitative" },
            size: { field: "w", type: "quantitative", scale: null } } };
        return { ...base, layer: [before, bars] };
      }
      if (!labels || about.stacked) return { ...base, ...bars };
      const text = {
        mark: { type: "text", color: theme.ink, font: theme.font, fontSize: 12,
          ...(across ? { align: "left", dx: 6 } : { baseline: "bottom", dy: -4 }) },
        encoding: { ...where, ...offset, text: { field: "t" }, opacity },
      };
      return { ...base, layer: [bars, text] };
    }
    const detail = { field: "g", type: "nominal" };
    const line = { type: kind === "area" ? "area" : "line", interpolate: "linear",
      strokeWidth: 2.25, ...(kind === "area" ? { opacity: 0.8, line: false } : {}) };
    return { ...base,
      layer: [
        { mark: line, encoding: { ...where, color: fill, detail, order: { field: "n" } } },
        { mark: { type: "circle", size: 46, cursor: "pointer" },
          encoding: { ...where, color: fill, opacity: kind === "area" ? { value: 0 } : opacity,
            ...(kind === "area" ? { detail } : {}) } },
      ] };
  }

  function config(theme) {
    return {
      font: theme.font,
      view: { stroke: null },
      axis: {
        labelColor: theme.quiet, titleColor: theme.quiet, labelFontSize: 12, titleFontSize: 12,
        titleFontWeight: 400, gridColor: theme.line, domainColor: theme.line,
        titlePadding: 8,
      },
      bar: { continuousBandSize: 12 },
    };
  }

  // Sets how the axes of a chart say their values; needed before each drawing.
  function say(widget, about) {
    axisLabels.set(`${widget.name}:v`, about.valueLabel);
    axisLabels.set(`${widget.name}:d`, about.dimensionLabel);
  }

  // How values and labels of a chart are said.
  function describe(widget, list, width, height, dataset) {
    const { dimension, measures, x, kind } = plan(widget);
    const at = dimension || x;
    const values = [...new Set(list.map((mark) => mark.dimension))];
    const months = values.length > 0 && values.every(Format.isMonth);
    const dates = values.length > 0 && values.every(Format.isDate);
    const scale = (at.scale || {}).type;
    const measure = measures[0];
    // where one is too long for its place, all are shortened
    const said = (format) => (mark) => Format.value(mark.value, { format: { ...mark.measure.format, ...format } });
    const short = list.some((mark) => said({})(mark).length > MOST_LABEL);
    return {
      width, height, months,
      temporal: dates && scale === "temporal" && !months && kind !== "bar",
      stacked: list.length > values.length,
      valueLabel: (value) => Format.value(value, { format: axisFormat(measure.format) }),
      dimensionLabel: (value) => (typeof value === "number" && !dates
        ? Format.value(value, { format: at.format })
        : dates ? shortDate(value, months, values.length) : Format.value(value)),
      label: said({ digits: 3, ...(short ? { abbreviation: "compact" } : {}) }),
    };
  }

  const axisFormat = (format) => ({ ...format, decimalPlaces: { type: "max", places: 1 },
    abbreviation: "compact" });

  function shortDate(value, months) {
    if (typeof value === "string") return Format.date(value, months);
    const text = new Date(value).toISOString().replace("T", " ").slice(0, 19);
    return Format.date(text.endsWith("00:00:00") ? text.slice(0, 10) : text, months);
  }

  // The height a chart takes where nothing else says: bars of one height, or a landscape.
  function natural(widget, list, band = 28, other = 260) {
    const { kind, across, labels } = plan(widget);
    const bands = new Set(list.map((mark) => mark.dimension)).size;
    // without labels at the bars there is an axis below them
    return kind === "bar" && across ? Math.min(MOST_BANDS, bands) * band + (labels ? 24 : 60) : other;
  }

  // Of a bar chart with more bars than there is room for, the first ones.
  function fit(widget, list, height) {
    const { kind, across } = plan(widget);
    if (kind !== "bar" || !across) return { list, left: 0 };
    const most = Math.max(3, Math.floor(height / LEAST_BAND));
    const names = [...new Set(list.map((mark) => mark.dimension))];
    if (names.length <= most) return { list, left: 0 };
    const kept = new Set(names.slice(0, most));
    return { list: list.filter((mark) => kept.has(mark.dimension)), left: names.length - most };
  }

  // A line of values without axes, from the lowest to the highest, as wide as its place.
  function spark(values) {
    const low = Math.min(...values), high = Math.max(...values);
    const points = values.map((value, n) => [(n / (values.length - 1)) * 100,
      high > low ? 28 - ((value - low) / (high - low)) * 26 : 15].map((at) => at.toFixed(2)).join(","));
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    for (const [name, value] of Object.entries({ class: "spark", viewBox: "0 0 100 30",
      preserveAspectRatio: "none", "aria-hidden": "true" })) svg.setAttribute(name, value);
    svg.innerHTML = `<polyline points="${points.join(" ")}"/>`;
    return svg;
  }

  return { plan, spark, marks, fit, natural, describe, say, spec, toData, nameOf, expressionFunctions };
})();
