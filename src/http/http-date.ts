const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const month = `(?<month>${months.join('|')})`;
const time = '(?<hour>[01]\\d|2[0-3]):(?<minute>[0-5]\\d):(?<second>[0-5]\\d|60)';

/** The three forms of RFC 9110, 5.6.7: IMF-fixdate, that of RFC 850, and that of asctime(). */
const forms = [
  `(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), (?<day>\\d\\d) ${month} (?<year>[1-9]\\d{3}) ${time} GMT`,
  `(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day, (?<day>\\d\\d)-${month}-(?<year>\\d\\d) ${time} GMT`,
  `(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) ${month} (?<day>[ \\d]\\d) ${time} (?<year>[1-9]\\d{3})`,
].map((form) => new RegExp(`^${form}$`));

/**
 * Reads an HTTP date in any of its three forms (RFC 9110, 5.6.7); undefined if it is none or no day of the calendar.
 * The name of the weekday is not checked. A year of two digits that lies more than 50 years after `now` is past.
 */
export function parseHttpDate(text: string, now = new Date()): Date | undefined {
  const parts = forms.map((form) => form.exec(text)?.groups).find((groups) => groups !== undefined);
  if (!parts) return undefined;
  const { month: monthName = '', year, day, hour, minute, second } = parts;
  const midnight = new Date(Date.UTC(fullYear(Number(year), now), months.indexOf(monthName), Number(day)));
  // The 31st of a month of 30 days has become the first of the next.
  if (midnight.getUTCDate() !== Number(day)) return undefined;
  return new Date(midnight.getTime() + ((Number(hour) * 60 + Number(minute)) * 60 + Number(second)) * 1000);
}

/** The date in the form that is sent, IMF-fixdate: `Sun, 06 Nov 1994 08:49:37 GMT`. */
export function formatHttpDate(date: Date): string {
  return date.toUTCString();
}

function fullYear(year: number, now: Date): number {
  if (year > 99) return year;
  const thisYear = now.getUTCFullYear();
  const inThisCentury = thisYear - (thisYear % 100) + year;
  return inThisCentury > thisYear + 50 ? inThisCentury - 100 : inThisCentury;
}
