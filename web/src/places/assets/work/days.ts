// Days of a calendar as text, `2026-11-21`, in the reader's own clock. Pure.

export function dayOf(moment: Date): string {
  const two = (value: number): string => String(value).padStart(2, "0");
  return `${moment.getFullYear()}-${two(moment.getMonth() + 1)}-${two(moment.getDate())}`;
}

/** Noon of a day, so that summer time shifts none of them. */
export function noon(day: string): Date {
  return new Date(`${day}T12:00:00`);
}

export function plusDays(day: string, days: number): string {
  const moment = noon(day);
  moment.setDate(moment.getDate() + days);
  return dayOf(moment);
}

export function plusMonths(day: string, months: number): string {
  const moment = noon(day);
  moment.setDate(1);
  moment.setMonth(moment.getMonth() + months);
  return dayOf(moment);
}

/** The Monday of the week of a day. */
export function mondayOf(day: string): string {
  return plusDays(day, -((noon(day).getDay() + 6) % 7));
}

/** Whole weeks that show a day: its week, or all of its month. */
export function weeksOf(day: string, span: "week" | "month"): readonly (readonly string[])[] {
  const first = span === "week" ? mondayOf(day) : mondayOf(`${day.slice(0, 7)}-01`);
  const last = span === "week" ? first : plusDays(plusMonths(day, 1), -1);
  const weeks: string[][] = [];
  for (let monday = first; monday <= last; monday = plusDays(monday, 7)) weeks.push([0, 1, 2, 3, 4, 5, 6].map((at) => plusDays(monday, at)));
  return weeks;
}
