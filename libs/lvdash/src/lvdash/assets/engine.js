// Data sets, filters and aggregation. Knows nothing of the page.
"use strict";

const Engine = (() => {
  const TYPES = {
    uint8: Uint8Array, int8: Int8Array, uint16: Uint16Array, int16: Int16Array,
    int32: Int32Array, float64: Float64Array,
  };

  // The compressed block of all columns, as bytes.
  async function unpack(base64) {
    const binary = atob(base64);
    const bytes = new Uint8Array(binary.length);
    for (let i = 0; i < binary.length; i++) bytes[i] = binary.charCodeAt(i);
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
    return new Response(stream).arrayBuffer();
  }

  // Adds to every column its codes, and to numbers how to read them.
  function open(datasets, buffer) {
    for (const dataset of Object.values(datasets)) {
      if (dataset.problem) continue;
      dataset.memory = { rows: new Map(), axes: new Map(), values: new Map() };
      for (const column of Object.values(dataset.columns)) {
        column.codes = new TYPES[column.type](buffer, column.at, dataset.rows);
      }
    }
    return datasets;
  }

  // ---- values of rows ----------------------------------------------------------------------

  // A function from a row's number to the value of an expression without aggregates.
  function reader(dataset, tree) {
    const [operation, ...parts] = tree;
    if (operation === "value") return () => parts[0];
    if (operation === "column") {
      const { codes, kind, values, per, none } = dataset.columns[parts[0]];
      if (kind !== "number") return (row) => values[codes[row]];
      return (row) => {
        const code = codes[row];
        return code === none || code !== code ? null : code / per;
      };
    }
    const readers = parts.map((part) => (Array.isArray(part) ? reader(dataset, part) : () => part));
    return (row) => apply(operation, readers, row);
  }

  // One operation on parts that are evaluated only when they are needed.
  function apply(operation, parts, at) {
    const value = (n) => parts[n](at);
    switch (operation) {
      case "case":
        for (let n = 0; n + 1 < parts.length; n += 2) if (value(n) === true) return value(n + 1);
        return value(parts.length - 1);
      case "coalesce":
        for (let n = 0; n < parts.length; n++) { const v = value(n); if (v != null) return v; }
        return null;
      case "and": {
        const a = value(0), b = value(1);
        return a === false || b === false ? false : a == null || b == null ? null : true;
      }
      case "or": {
        const a = value(0), b = value(1);
        return a === true || b === true ? true : a == null || b == null ? null : false;
      }
      case "is null": return value(0) == null;
      case "nullif": { const a = value(0); return a === value(1) ? null : a; }
    }
    const all = parts.map((part) => part(at));
    if (operation === "in") return all[0] == null ? null : all.slice(1).includes(all[0]);
    if (all.some((v) => v == null)) return null;
    const [a, b, c] = all;
    switch (operation) {
      case "+": return a + b;
      case "-": return a - b;
      case "*": return a * b;
      case "/": return b === 0 ? null : a / b;
      case "=": return a === b;
      case "<>": return a !== b;
      case "<": return a < b;
      case "<=": return a <= b;
      case ">": return a > b;
      case ">=": return a >= b;
      case "not": return !a;
      case "between": return b <= a && a <= c;
      case "concat": return all.join("");
      case "abs": return Math.abs(a);
      case "round": { const p = 10 ** b; return Math.sign(a) * Math.round(Math.abs(a) * p) / p; }
      case "date_trunc": return truncate(a, b);
    }
    throw new Error(`unknown operation ${operation}`);
  }

  function truncate(unit, text) {
    if (text == null) return null;
    const [, time = "00:00:00"] = text.split(" ");
    const kept = { HOUR: 2, MINUTE: 5, SECOND: 8 }[unit];
    if (kept) return `${text.slice(0, 10)} ${time.slice(0, kept)}${":00:00".slice(kept - 2)}`;
    const day = new Date(`${text.slice(0, 10)}T00:00:00Z`);
    if (unit === "WEEK") day.setUTCDate(day.getUTCDate() - ((day.getUTCDay() + 6) % 7));
    const [year, month, date] = day.toISOString().slice(0, 10).split("-");
    const quarter = String(Math.floor((month - 1) / 3) * 3 + 1).padStart(2, "0");
    return {
      YEAR: `${year}-01-01`, QUARTER: `${year}-${quarter}-01`, MONTH: `${year}-${month}-01`,
      WEEK: `${year}-${month}-${date}`, DAY: `${year}-${month}-${date}`,
    }[unit];
  }

  // An expression as an axis: its distinct values, and for each row the place of its value.
  function axis(dataset, tree) {
    const key = JSON.stringify(tree);
    const known = dataset.memory.axes.get(key);
    if (known) return known;
    let made;
    const column = tree[0] === "column" ? dataset.columns[tree[1]] : null;
    if (column && column.kind !== "number") {
      made = { codes: column.codes, values: column.values, kind: column.kind };
    } else {
      const read = reader(dataset, tree);
      const places = new Map();
      const values = [];
      const codes = new Int32Array(dataset.rows);
      for (let row = 0; row < dataset.rows; row++) {
        const value = read(row);
        let place = places.get(value);
        if (place === undefined) {
          place = values.length;
          places.set(value, place);
          values.push(value);
        }
        codes[row] = place;
      }
      const kind = tree[0] === "date_trunc" ? "date" : typeof values.find((v) => v != null);
      made = { codes, values, kind: kind === "number" ? "number" : kind === "date" ? "date" : "text" };
    }
    dataset.memory.axes.set(key, made);
    return made;
  }

  // ---- filters -----------------------------------------------------------------------------

  // A condition on an expression: {tree, values} (one of) or {tree, from, to} (a range).
  function allows(condition) {
    if (condition.values) {
      const wanted = new Set(condition.values);
      return (value) => wanted.has(value);
    }
    const { from, to } = condition;
    // a time on the last day is within a range of days
    const within = (value) => to == null || (typeof value === "string" ? value.slice(0, to.length) : value) <= to;
    return (value) => value != null && (from == null || value >= from) && within(value);
  }

  // The numbers of the rows that meet all conditions and all filter expressions.
  function rows(dataset, conditions, filters) {
    const key = JSON.stringify([conditions, filters]);
    const known = dataset.memory.rows.get(key);
    if (known) return known;
    const tests = conditions.map((condition) => {
      const { codes, values } = axis(dataset, condition.tree);
      const allowed = Uint8Array.from(values, allows(condition));
      return (row) => allowed[codes[row]] === 1;
    });
    for (const filter of filters) {
      const read = reader(dataset, filter);
      tests.push((row) => read(row) === true);
    }
    const found = new Int32Array(dataset.rows);
    let count = 0;
    next: for (let row = 0; row < dataset.rows; row++) {
      for (const test of tests) if (!test(row)) continue next;
      found[count++] = row;
    }
    const result = found.subarray(0, count);
    if (dataset.memory.rows.size > 48) dataset.memory.rows.clear();
    dataset.memory.rows.set(key, result);
    return result;
  }

  // The distinct values of an expression in those rows.
  function values(dataset, tree, conditions, filters) {
    const key = JSON.stringify([tree, conditions, filters]);
    const known = dataset.memory.values.get(key);
    if (known) return known;
    const { codes, values: all } = axis(dataset, tree);
    const result = new Set(Array.from(rows(dataset, conditions, filters), (row) => all[codes[row]]));
    if (dataset.memory.values.size > 400) dataset.memory.values.clear();
    dataset.memory.values.set(key, result);
    return result;
  }

  // ---- aggregation -------------------------------------------------------------------------

  const AGGREGATES = new Set(
    ["sum", "avg", "min", "max", "min_by", "max_by", "count", "count_distinct"]);

  const isAggregate = (tree) =>
    AGGREGATES.has(tree[0]) || tree.slice(1).some((part) => Array.isArray(part) && isAggregate(part));

  // One aggregate for every group, as an array. `group` gives the group of the n-th row.
  function aggregate(dataset, tree, found, group, groups) {
    const [operation, argument, by] = tree;
    const size = found.length;
    if (operation === "count" && !argument) {
      const counts = new Float64Array(groups);
      for (let n = 0; n < size; n++) counts[group[n]]++;
      return counts;
    }
    if (operation === "count_distinct") {
      const { codes, values } = axis(dataset, argument);
      const seen = Array.from({ length: groups }, () => new Set());
      for (let n = 0; n < size; n++) {
        const code = codes[found[n]];
        if (values[code] != null) seen[group[n]].add(code);
      }
      return seen.map((set) => set.size);
    }
    const column = argument[0] === "column" ? dataset.columns[argument[1]] : null;
    if ((operation === "sum" || operation === "avg") && column && column.kind === "number") {
      const { codes, per, none } = column;
      const sums = new Float64Array(groups), counts = new Float64Array(groups);
      for (let n = 0; n < size; n++) {
        const code = codes[found[n]];
        if (code === none || code !== code) continue;
        sums[group[n]] += code;
        counts[group[n]]++;
      }
      return Array.from(sums, (sum, g) =>
        counts[g] === 0 ? null : operation === "sum" ? sum / per : sum / per / counts[g]);
    }
    const read = reader(dataset, argument);
    const key = by ? reader(dataset, by) : read;
    const result = new Array(groups).fill(null);
    const keys = new Array(groups).fill(null), counts = new Float64Array(groups);
    for (let n = 0; n < size; n++) {
      const value = read(found[n]), g = group[n];
      if (operation === "count") { if (value != null) counts[g]++; continue; }
      if (operation === "sum" || operation === "avg") {
        if (value == null) continue;
        result[g] = (result[g] ?? 0) + value;
        counts[g]++;
        continue;
      }
      const rank = key(found[n]);
      if (rank == null) continue;
      const better = keys[g] == null || (operation.startsWith("min") ? rank < keys[g] : rank > keys[g]);
      if (better) { keys[g] = rank; result[g] = value; }
    }
    if (operation === "count") return counts;
    if (operation === "avg") return result.map((sum, g) => (counts[g] ? sum / counts[g] : null));
    return result;
  }

  // Evaluates an expression for each group; aggregates and dimensions are looked up.
  function evaluator(tree, lookUp) {
    const found = lookUp(tree);
    if (found) return found;
    if (tree[0] === "value") return () => tree[1];
    const parts = tree.slice(1).map((part) =>
      Array.isArray(part) ? evaluator(part, lookUp) : () => part);
    return (g) => apply(tree[0], parts, g);
  }

  // The result of a widget's query: a list of rows, each an object by field name.
  function run(dataset, query, conditions) {
    const found = rows(dataset, conditions, query.filters);
    const names = Object.keys(query.fields);
    let result;
    if (query.rows && !names.some((name) => isAggregate(query.fields[name]))) {
      const readers = names.map((name) => [name, reader(dataset, query.fields[name])]);
      const orders = query.orders.map((order) => reader(dataset, order.by));
      result = Array.from(found, (row) => ({
        ...Object.fromEntries(readers.map(([name, read]) => [name, read(row)])),
        [ORDER]: orders.map((read) => read(row)),
      }));
    } else {
      result = grouped(dataset, query, names, found);
    }
    return sort(result, query.orders);
  }

  const ORDER = Symbol("order");

  function grouped(dataset, query, names, found) {
    const dimensions = names.filter((name) => !isAggregate(query.fields[name]));
    const axes = dimensions.map((name) => axis(dataset, query.fields[name]));
    const group = new Int32Array(found.length);
    const places = [];
    if (axes.length === 0) {
      places.push([]);
    } else {
      const index = new Map();
      for (let n = 0; n < found.length; n++) {
        let key = 0;
        for (const { codes, values } of axes) key = key * values.length + codes[found[n]];
        let g = index.get(key);
        if (g === undefined) {
          g = places.length;
          index.set(key, g);
          places.push(axes.map(({ codes }) => codes[found[n]]));
        }
        group[n] = g;
      }
    }
    const made = new Map();
    const lookUp = (tree) => {
      const key = JSON.stringify(tree);
      const dimension = dimensions.findIndex((name) => JSON.stringify(query.fields[name]) === key);
      if (dimension >= 0) return (g) => axes[dimension].values[places[g][dimension]];
      if (!AGGREGATES.has(tree[0])) return null;
      if (!made.has(key)) made.set(key, aggregate(dataset, tree, found, group, places.length));
      const values = made.get(key);
      return (g) => values[g];
    };
    const fields = names.map((name) => [name, evaluator(query.fields[name], lookUp)]);
    const orders = query.orders.map((order) => evaluator(order.by, lookUp));
    return places.map((_, g) => ({
      ...Object.fromEntries(fields.map(([name, value]) => [name, value(g)])),
      [ORDER]: orders.map((value) => value(g)),
    }));
  }

  // Missing values come last, whichever way the order goes.
  function compare(a, b) {
    if (a === b) return 0;
    if (a == null) return 1;
    if (b == null) return -1;
    return a < b ? -1 : 1;
  }

  function sort(result, orders) {
    if (!orders.length) return result;
    return result.sort((one, two) => {
      for (let n = 0; n < orders.length; n++) {
        const a = one[ORDER][n], b = two[ORDER][n];
        const by = compare(a, b) * (orders[n].down && a != null && b != null ? -1 : 1);
        if (by) return by;
      }
      return 0;
    });
  }

  const same = (tree, other) => JSON.stringify(tree) === JSON.stringify(other);

  return { unpack, open, axis, values, run, compare, same, isAggregate, truncate };
})();
