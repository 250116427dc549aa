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

  const standard = (value) => (Number.isInteger(value) || Math.abs(value) >= 100 ? [0, 0] : [0, 2]);

  function number(value, format) {
    const type = (format && format.type) || "number";
    if (isPercent(format)) {
      const [least, most] = decimals(format, [1, 1]);
      return `${plain(value * 100, least, most)}${SPACE}%`;
    }
    const before = type === "number-currency" ? currency(format.currencyCode) : "";
    const text = plain(value, ...decimals(format, standard(value)));
    const isLong = text.includes(",") && format && format.abbreviation === "compact";
    return before + (isLong ? shortened(value, decimals(format, [0, 1]), format.digits) : text);
  }

  // In the first unit of which there are, once rounded, less than a thousand: 999,600 is 1 M.
  // `digits` asks for so many digits in all, instead of decimals.
  function shortened(value, [least, most], digits) {
    let text;
    for (const [per, unit] of UNITS) {
      const size = Math.abs(value / per);
      const places = digits ? Math.max(0, digits - 1 - Math.floor(Math.log10(size)))
        : size >= 100 ? 0 : most;
      text = `${plain(value / per, digits ? places : Math.min(least, places), places)}${SPACE}${unit}`;
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

  const isPercent = (format) => Boolean(format) && format.type === "number-percent";

  // The change in percent of `before`, or in points.
  const difference = (now, before, format) => (now - before) * 100
    / (isPercent(format) ? 1 : Math.abs(before));

  // The change from `before` to `now`: {text, direction}. Percentages change by points.
  function change(now, before, format) {
    if (now == null || before == null) return { text: "no earlier period", direction: 0 };
    const by = difference(now, before, format);
    if (isPercent(format)) {
      return { text: `${signed(by, 1)} points`, direction: Math.sign(round(by, 1)) };
    }
    if (before === 0) {
      return now === 0 ? { text: "unchanged", direction: 0 } : { text: "new", direction: 0 };
    }
    if (Math.abs(by) >= 1000) return { text: "not comparable", direction: 0 };
    return { text: `${signed(by, 1)}${SPACE}%`, direction: Math.sign(round(by, 1)) };
  }

  const THREE = 3; // digits of a shortened figure
  const MOST_MORE = 3;

  // Two figures with the fewest digits that give the change between them to half its last digit.
  function pair(now, before, format) {
    const change = difference(now, before, format);
    for (let more = 0; ; more++) {
      const [a, b] = [now, before].map((one) => rounded(one, format, more));
      const off = Math.abs(difference(a.value, b.value, format) - change);
      if (more === MOST_MORE || !(off > 0.05)) return [a.text, b.text];
    }
  }

  // A value as it is shown with so many more digits than its format asks for: {value, text}.
  function rounded(v, format, more) {
    if (typeof v !== "number") return { value: v, text: value(v, { format, months: false }) };
    if (format && format.abbreviation === "compact" && Math.abs(v) >= 1000) {
      const digits = THREE + more;
      const short = Number(v.toPrecision(digits));
      return { value: short, text: value(short, { format: { ...format, digits } }) };
    }
    const { type = "max" } = (format && format.decimalPlaces) || {};
    const percent = isPercent(format);
    const places = decimals(format, percent ? [1, 1] : standard(v))[1] + more;
    return { value: round(v, percent ? places + 2 : places),
      text: value(v, { format: { ...format, decimalPlaces: { type: percent ? "exact" : type, places } } }) };
  }

  const round = (v, places) => Math.round(v * 10 ** places) / 10 ** places;
  const signed = (v, places) => (round(v, places) > 0 ? "+" : "") + plain(round(v, places), places, places);

  return { value, number, date, change, pair, isDate, isMonth };
})();
