/** Shares and means with their 95% intervals. */

const Z_95 = 1.959963984540054; // standard normal, 97.5%

/** A share and its interval. */
export interface Share {
  share: number;
  low: number;
  high: number;
}

/** A mean of scores and its interval; neither deviation nor interval for a single score. */
export interface Mean {
  count: number;
  mean: number;
  deviation: number | null;
  low: number | null;
  high: number | null;
}

/** Wilson's score interval of a share (Wilson 1927), 95%; null without a vote. */
export function wilson(successes: number, trials: number): Share | null {
  if (trials === 0) return null;
  const share = successes / trials;
  const weight = (Z_95 * Z_95) / trials;
  const middle = (share + weight / 2) / (1 + weight);
  const half = (Z_95 * Math.sqrt((share * (1 - share)) / trials + weight / (4 * trials))) / (1 + weight);
  return { share, low: Math.max(0, middle - half), high: Math.min(1, middle + half) };
}

/** Exact two-sided sign test: how often a fair coin is at least so uneven. Votes without a preference do not count. */
export function signTest(wins: number, losses: number): number {
  const tosses = wins + losses;
  let term = 0.5 ** tosses;
  let tail = 0;
  for (let heads = 0; heads <= Math.min(wins, losses); heads += 1) {
    tail += term;
    term *= (tosses - heads) / (heads + 1);
  }
  return Math.min(1, 2 * tail);
}

/** Share of Student's t between −t and t, for whole degrees of freedom (Abramowitz & Stegun, 26.7.3 and 26.7.4). */
function studentWithin(t: number, freedom: number): number {
  const angle = Math.atan(t / Math.sqrt(freedom));
  const square = Math.cos(angle) ** 2;
  const odd = freedom % 2 === 1;
  let term = odd ? Math.cos(angle) : 1;
  let sum = freedom === 1 ? 0 : term;
  for (let k = odd ? 3 : 2; k < freedom; k += 2) {
    term *= ((k - 1) / k) * square;
    sum += term;
  }
  return odd ? (2 / Math.PI) * (angle + Math.sin(angle) * sum) : Math.sin(angle) * sum;
}

/** The t that 95% lie within. */
export function student95(freedom: number): number {
  let low = 0;
  let high = 13; // one degree of freedom has 12.7
  for (let step = 0; step < 60; step += 1) {
    const middle = (low + high) / 2;
    if (studentWithin(middle, freedom) < 0.95) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** Mean of scores from 1 to 5 with its 95% interval, cut at the ends of the scale; no interval for a single one. */
export function meanScore(scores: readonly number[]): Mean | null {
  const count = scores.length;
  if (count === 0) return null;
  const mean = scores.reduce((sum, score) => sum + score, 0) / count;
  if (count === 1) return { count, mean, deviation: null, low: null, high: null };
  const deviation = Math.sqrt(scores.reduce((sum, score) => sum + (score - mean) ** 2, 0) / (count - 1));
  const half = (student95(count - 1) * deviation) / Math.sqrt(count);
  return { count, mean, deviation, low: Math.max(1, mean - half), high: Math.min(5, mean + half) };
}
