// Numbers and dates as people read them.
"use strict";

const Format = (() => {
  const NONE = "–";
  const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun",
    "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
  const UNITS = [[1e12, "T"], [1e9, "B"], [1e6, "M"], [1e3, "K"]];
  const SPACE = "\u202f";
  const made = new Map();

  function plain(value, least, most) {
    const key = `${least}/${most}`;
    if (!made.has(key)) {
      made.set(key, new Intl.NumberFormat("en-US",
        { minimumFractionDigits: least, maximumFractionDigits: most }));
    }
    return made.get(key).format(value).replace("-", "−");
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
    if (format && format.abbreviation === "compact") {
      let size = Math.abs(value);
      let unit = UNITS.find(([per]) => size >= per);
      // 999,960 is 1.0 M, not 1,000.0 K
      if (unit && unit[0] > 1 && plain(size / unit[0], 0, 1) === "1,000") {
        unit = UNITS[Math.max(0, UNITS.indexOf(unit) - 1)];
      }
      if (unit) {
        const [least, most] = decimals(format, [0, 1]);
        const digits = Math.abs(value / unit[0]) >= 100 ? 0 : most;
        return `${before}${plain(value / unit[0], Math.min(least, digits), digits)}${SPACE}${unit[1]}`;
      }
    }
    const standard = Number.isInteger(value) || Math.abs(value) >= 100 ? [0, 0] : [0, 2];
    return before + plain(value, ...decimals(format, standard));
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
