// Numbers and dates as people read them.
"use strict";

const Format = (() => {
  const NONE = "–";
  const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun",
    "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
  const UNITS = [[1e3, "K"], [1e6, "M"], [1e9, "B"], [1e12, "T"]];
  const SPACE = "\u202f";
  const made = new Map();

  function plain(value, least, most) {
    const key = `${least}/${most}`;
    if (!made.has(key)) {
      made.set(key, new Intl.NumberFormat("en-US",
        { minimumFractionDigits: least, maximumFractionDigits: most }));
    }
    const text = made.get(key).format(value);
    // what rounds to zero has no sign
    return text.replace("-", /[1-9]/.test(text) ? "−" : "");
  }

  // How many decimals a format asks for, as [least, most].
  function decimals(format, standard) {
    const wanted = format && format.decimalPlaces;
    if (!wanted) return standard;
    return wanted.type === "max" ? [0, wanted.places] : [wanted.places, wanted.places];
  }

  function number(value, format) {
    const type = (format && format.type) || "number";
    if (type === "number-percent") {
      const [least, most] = decimals(format, [1, 1]);
      return `${plain(value * 100, least, most)}${SPACE}%`;
    }
    const before = type === "number-currency" ? currency(format.currencyCode) : "";
    const standard = Number.isInteger(value) || Math.abs(value) >= 100 ? [0, 0] : [0, 2];
    const text = plain(value, ...decimals(format, standard));
    const isLong = text.includes(",") && format && format.abbreviation === "compact";
    return before + (isLong ? shortened(value, decimals(format, [0, 1])) : text);
  }

  // In the first unit of which there are, once rounded, less than a thousand: 999,600 is 1 M.
  function shortened(value, [least, most]) {
    let text;
    for (const [per, unit] of UNITS) {
      const digits = Math.abs(value / per) >= 100 ? 0 : most;
      text = `${plain(value / per, Math.min(least, digits), digits)}${SPACE}${unit}`;
      if (!text.includes(",")) break;
    }
    return text;
  }

  function currency(code) {
    return { USD: "$", EUR: "€", GBP: "£" }[code] || (code ? `${code} ` : "");
  }

  const isDate = (value) => typeof value === "string" && /^\d{4}-\d\d-\d\d( \d\d:\d\d:\d\d)?$/.test(value);
  const isMonth = (value) => isDate(value) && value.slice(8) === "01";

  // Jan 2014, or 28 Jan 2014, or 28 Jan 2014, 06:00
  function date(value, months) {
    const [year, month, day] = value.slice(0, 10).split("-");
    const name = `${MONTHS[month - 1]} ${year}`;
    if (months) return name;
    const time = value.length > 10 ? `, ${value.slice(11, 16)}` : "";
    return `${Number(day)} ${name}${time}`;
  }

  // Any value; `about` may say {format, months}.
  function value(v, about = {}) {
    if (v == null || (typeof v === "number" && !Number.isFinite(v))) return NONE;
    if (typeof v === "number") return number(v, about.format);
    if (isDate(v)) return date(v, about.months);
    return typeof v === "boolean" ? (v ? "Yes" : "No") : String(v);
  }

  // The change from `before` to `now`: {text, direction}. Percentages change by points.
  function change(now, before, format) {
    if (now == null || before == null) return { text: "no earlier period", direction: 0 };
    if (format && format.type === "number-percent") {
      const points = (now - before) * 100;
      return { text: `${signed(points, 1)} points`, direction: Math.sign(round(points, 1)) };
    }
    if (before === 0) {
      return now === 0 ? { text: "unchanged", direction: 0 } : { text: "new", direction: 0 };
    }
    const share = (now - before) / Math.abs(before);
    if (Math.abs(share) >= 10) return { text: "not comparable", direction: 0 };
    return { text: `${signed(share * 100, 1)}${SPACE}%`, direction: Math.sign(round(share * 100, 1)) };
  }

  const round = (v, places) => Math.round(v * 10 ** places) / 10 ** places;
  const signed = (v, places) => (round(v, places) > 0 ? "+" : "") + plain(round(v, places), places, places);

  return { value, number, date, change, isDate, isMonth, NONE };
})();
