/** Series of a chart, and how those of bars stand on each other. */

export interface ChartSeries {
  readonly name: string;
  /** As many as there are names. */
  readonly values: readonly number[];
  /** A custom property of the style sheet, such as `--vermilion`. */
  readonly colour: string;
}

/** Each series on top of those before it, the highest first: what is drawn later covers its lower part. */
export function stacked(series: readonly ChartSeries[]): readonly ChartSeries[] {
  const sums: ChartSeries[] = [];
  for (const each of series) {
    const below = sums.at(-1)?.values;
    sums.push({ ...each, values: each.values.map((value, k) => value + (below?.[k] ?? 0)) });
  }
  return sums.reverse();
}
