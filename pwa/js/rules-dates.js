// The date functions of rules.js: days counted in the proleptic Gregorian calendar, no Date object and no time zone.
// The same as engine/rules/dates.py, function for function.

const LONGEST = 20000;
const END = 'T15:59:59Z'; // 23:59:59 in Shanghai
const LAST = ordinal(9999, 12, 31);
const pad = (n, width = 2) => String(n).padStart(width, '0');

/** Days since 0000-03-01, so that leap days come last. */
function ordinal(year, month, day) {
  const y = month > 2 ? year : year - 1;
  return 365 * y + Math.floor(y / 4) - Math.floor(y / 100) + Math.floor(y / 400)
    + Math.floor((153 * ((month + 9) % 12) + 2) / 5) + day - 1;
}

function civil(number) {
  let year = Math.floor((number + 0.5) / 365.2425) + 1;
  while (ordinal(year, 3, 1) > number) year -= 1;
  const rest = number - ordinal(year, 3, 1);
  const shifted = Math.floor((5 * rest + 2) / 153);
  const month = (shifted + 2) % 12 + 1;
  return [month < 3 ? year + 1 : year, month, rest - Math.floor((153 * shifted + 2) / 5) + 1];
}

function lengthOf(year, month) {
  return month === 2 ? 28 + (year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0)) : 30 + ((month + (month > 7)) % 2);
}

function parts(text) {
  const match = typeof text === 'string' && /^(\d{4})-(\d\d)-(\d\d)$/.exec(text);
  if (!match) return null;
  const [year, month, day] = match.slice(1).map(Number);
  return year > 0 && month > 0 && month < 13 && day > 0 && day <= lengthOf(year, month) ? [year, month, day] : null;
}

function number(text) {
  const found = parts(text);
  return found && ordinal(...found);
}

function show(number) {
  if (number === null || number < ordinal(1, 1, 1) || number > LAST) return null;
  const [year, month, day] = civil(number);
  return `${pad(year, 4)}-${pad(month)}-${pad(day)}`;
}

/** [day, seconds] of an instant, both in UTC. */
function moment(text) {
  const match = typeof text === 'string' && /^(\d{4}-\d\d-\d\d)T([01]\d|2[0-3]):([0-5]\d):([0-5]\d)Z$/.exec(text);
  const day = match ? number(match[1]) : null;
  return day === null ? null : [day, match[2] * 3600 + match[3] * 60 + Number(match[4])];
}

function dayOf(text) {
  const found = moment(text);
  return found ? found[0] + (found[1] >= 16 * 3600) : number(text);
}

/** The corresponding day `months` later and whether it was clamped to the month's end. */
function shiftMonths(text, months) {
  const found = parts(text);
  if (!found) return null;
  const total = found[0] * 12 + found[1] - 1 + Number(months);
  const year = Math.floor(total / 12);
  const month = (total % 12 + 12) % 12 + 1;
  if (!(year >= 1 && year <= 9999)) return null;
  const last = lengthOf(year, month);
  return [ordinal(year, month, Math.min(found[2], last)), found[2] > last];
}

function completed([y1, m1, d1], [y2, m2, d2]) {
  return (y2 - y1) * 12 + m2 - m1 - (d2 < Math.min(d1, lengthOf(y2, m2)) ? 1 : 0);
}

const weekdayOf = (day) => (day + 2) % 7 + 1;
const field = (place) => (text) => parts(text)?.[place] ?? null;

class Days {
  constructor(calendar) {
    this.calendar = calendar;
    this.years = new Map();
    this.provisional = false;
  }

  works(day) {
    const text = show(day);
    const year = Number(text.slice(0, 4));
    if (!this.years.has(year)) this.years.set(year, this.calendar(year) ?? null);
    const found = this.years.get(year);
    const weekend = weekdayOf(day) > 5;
    if (!found) {
      this.provisional = true;
      return !weekend;
    }
    return (found.workdays ?? []).includes(text) || (!weekend && !(found.holidays ?? []).includes(text));
  }
}

function countOn(start, amount, days) {
  if (Math.abs(Number(amount)) > LONGEST) return null;
  let day = start;
  for (let left = Math.abs(amount); left;) {
    day += amount > 0 ? 1 : -1;
    if (show(day) === null) return null;
    left -= days.works(day);
  }
  return day;
}

function lastDay(text, start, amount, unit, days) {
  if (unit === 'working_days') return countOn(start, amount, days);
  if (unit === 'days') return show(start + Number(amount)) && start + Number(amount);
  return shiftMonths(text, Number(amount) * (unit === 'years' ? 12 : 1))?.[0] ?? null;
}

function addTime([day, seconds], amount, unit) {
  const total = seconds + Number(amount) * (unit === 'hours' ? 3600 : 60);
  const text = show(day + Math.floor(total / 86400));
  const rest = (total % 86400 + 86400) % 86400;
  if (text === null) return `9999-12-31T23:59:59Z`;
  return `${text}T${pad(Math.floor(rest / 3600))}:${pad(Math.floor(rest / 60) % 60)}:${pad(rest % 60)}Z`;
}

function deadline(text, amount, unit, calendar) {
  if (dayOf(text) === null) return null;
  const start = Math.min(dayOf(text), LAST);
  const from = moment(text) ?? [start - 1, 16 * 3600];
  if (show(from[0]) === null) return null;
  if (unit === 'hours' || unit === 'minutes') return addTime(from, amount, unit);
  const days = new Days(calendar);
  let last = lastDay(show(start), start, amount, unit, days) ?? LAST;
  if (unit !== 'working_days') while (last < LAST && !days.works(last)) last += 1;
  return show(last) + END;
}

export const dates = {
  as_date: number,
  as_instant: moment,
  date: (instant) => show(dayOf(instant)),
  start_of_day: (day) => (number(day) === null || show(number(day) - 1) === null ? null : `${show(number(day) - 1)}T16:00:00Z`),
  end_of_day: (day) => (number(day) === null ? null : day + END),
  add_days: (day, n) => (number(day) === null ? null : show(number(day) + Number(n))),
  add_months: (day, n) => show(shiftMonths(day, n)?.[0] ?? null),
  add_years: (day, n) => dates.add_months(day, Number(n) * 12),
  days_between: (a, b) => (number(a) === null || number(b) === null ? null : number(b) - number(a)),
  months_between: (a, b) => {
    const [first, second] = [parts(a), parts(b)];
    if (!first || !second) return null;
    return (b < a ? -completed(second, first) : completed(first, second)) + 0;
  },
  years_between: (a, b) => {
    const months = dates.months_between(a, b);
    return months === null ? null : Math.trunc(months / 12) + 0;
  },
  term_end: (start, n) => {
    const found = shiftMonths(start, n);
    return found ? show(found[1] ? found[0] : found[0] - 1) : null;
  },
  year: field(0),
  month: field(1),
  day: field(2),
  weekday: (day) => (number(day) === null ? null : weekdayOf(number(day))),
  month_start: (day) => (parts(day) ? `${day.slice(0, 8)}01` : null),
  month_end: (day) => (parts(day) ? day.slice(0, 8) + lengthOf(...parts(day)) : null),
  add_working_days: (day, n, calendar) => {
    const days = new Days(calendar);
    const moved = number(day) === null ? null : countOn(number(day), n, days);
    return days.provisional ? null : show(moved);
  },
  working_days_between: (a, b, calendar) => {
    const [start, end] = [number(a), number(b)];
    if (start === null || end === null || Math.abs(end - start) > LONGEST) return null;
    const days = new Days(calendar);
    let total = 0;
    for (let day = Math.min(start, end) + 1; day <= Math.max(start, end); day += 1) total += days.works(day);
    return days.provisional ? null : (end < start ? -total : total) + 0;
  },
  deadline,
};
