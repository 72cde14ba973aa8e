import { expect, test } from "vitest";

import { addressOf, FIELDS, parsed, positionOf, queryOf, readAddress, SLIDER_STEPS, usualValues, valueAt, type Field } from "../src/roi/fields";

const fields: [string, Field][] = Object.entries(FIELDS);

test.each(fields)("the slider of %s reaches both ends and never goes back", (_, field) => {
  const values = Array.from({ length: SLIDER_STEPS + 1 }, (_, position) => valueAt(field, position));

  expect(values[0]).toBe(field.min);
  expect(values.at(-1)).toBe(field.max);
  expect(values).toEqual(values.toSorted((a, b) => a - b));
});

test.each(fields)("the slider of %s stands where its value is", (_, field) => {
  expect(valueAt(field, positionOf(field, field.max))).toBe(field.max);
  expect(positionOf(field, field.max * 10)).toBe(SLIDER_STEPS);
  expect(positionOf(field, field.min)).toBe(0);
});

test("the server is asked in its own units, and nothing that the machine does not have", () => {
  expect(queryOf("rent", { ...usualValues(), rent: 99.9, free: 12.5, fee: 0.6 })).toEqual({
    rent_fen: "9990",
    other_fen: "0",
    price_fen: "990",
    price_calls: "1000",
    calls_per_day: "1000",
    characters_per_call: "100",
    free_share: "0.125",
    peak_factor: "3",
    used_share: "1",
    fee_share: "0.006",
  });
  expect(Object.keys(queryOf("buy", usualValues()))).not.toContain("rent_fen");
});

test("a price of electricity keeps its hundredths of a fen", () => {
  expect(queryOf("buy", { ...usualValues(), electricity: 0.5283 })["electricity_fen"]).toBe("52.83");
});

test("an address keeps what is not usual, and gives it back", () => {
  const values = { ...usualValues(), demand: 25_000, price: 19.9 };

  expect(addressOf("rent", usualValues())).toBe("");
  expect(readAddress(`?${addressOf("buy", values)}`)).toEqual({ kind: "buy", values });
});

test("nonsense in an address counts as usual", () => {
  expect(readAddress("?machine=x&demand=-5&free=200&price=abc")).toEqual({ kind: "rent", values: usualValues() });
});

test.each([
  ["1,234.567", 1234.57],
  ["0", 0],
  ["", undefined],
  ["abc", undefined],
  ["-1", undefined],
  ["1e999", undefined],
])("written as %j, rent is %d", (text, value) => {
  expect(parsed(FIELDS.rent, text)).toBe(value);
});
