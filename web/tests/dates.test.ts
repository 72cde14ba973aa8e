import { expect, test } from "vitest";

import { addDays, dayIn, daysBetween, daysUntil, endOfDay, secondsUntil, shortDay, timeIn } from "../src/lib/dates";

const SHANGHAI = "Asia/Shanghai";

test.each([
  [SHANGHAI, "2026-11-22T15:59:59Z", "2026-11-22"],
  [SHANGHAI, "2026-11-22T16:00:00Z", "2026-11-23"],
  ["America/New_York", "2026-11-22T04:59:59Z", "2026-11-21"],
  ["UTC", "2026-11-22T00:00:00Z", "2026-11-22"],
])("in %s it is at %s the day %s", (zone, moment, day) => {
  expect(dayIn(zone, new Date(moment))).toBe(day);
});

test("a time is told by the clock of the zone", () => {
  expect(timeIn(SHANGHAI, "2026-11-22T16:05:00Z")).toBe("2026-11-23 00:05");
});

test.each([
  ["2026-12-31", 1, "2027-01-01"],
  ["2028-02-28", 1, "2028-02-29"],
  ["2026-11-22", -29, "2026-10-24"],
])("%s and %d days is %s", (day, count, then) => {
  expect(addDays(day, count)).toBe(then);
});

test("days between two are all there, both ends too", () => {
  expect(daysBetween("2026-02-27", "2026-03-01")).toEqual(["2026-02-27", "2026-02-28", "2026-03-01"]);
  expect(daysBetween("2026-03-02", "2026-03-01")).toEqual([]);
});

test.each([
  [SHANGHAI, "2026-11-22", "2026-11-22T15:59:59Z"],
  ["America/New_York", "2026-07-01", "2026-07-02T03:59:59Z"],
  ["UTC", "2026-11-22", "2026-11-22T23:59:59Z"],
])("in %s the day %s ends at %s", (zone, day, end) => {
  expect(endOfDay(zone, day)).toBe(end);
});

test.each([
  ["zh", "11月22日"],
  ["en", "Nov 22"],
] as const)("a day is short in %s", (language, shown) => {
  expect(shortDay("2026-11-22", language)).toBe(shown);
});

test("what is over has no seconds and no days left", () => {
  const now = Date.parse("2026-11-22T10:00:00Z");

  expect(secondsUntil("2026-11-22T10:00:01.2Z", now)).toBe(2);
  expect(secondsUntil("2026-11-22T09:00:00Z", now)).toBe(0);
  expect(daysUntil("2026-11-22T10:00:01Z", now)).toBe(1);
  expect(daysUntil("2026-11-21T10:00:00Z", now)).toBe(0);
});
