/** Where the points of a timeline stand. No DOM. */

export interface Place {
  x: number;
  y: number;
}

/** By time from left to right, from the lowest value to the highest; in the middle where all are the same. */
export function timelinePoints(
  points: readonly { time: number; value: number }[],
  width: number,
  height: number,
): Place[] {
  const share = (value: number, all: readonly number[], same: number): number => {
    const lowest = Math.min(...all);
    const span = Math.max(...all) - lowest;
    return span === 0 ? same : (value - lowest) / span;
  };
  const times = points.map(({ time }) => time);
  const values = points.map(({ value }) => value);
  return points.map(({ time, value }, index) => ({
    // Snapshots of one moment still stand beside each other.
    x: width * share(time, times, points.length > 1 ? index / (points.length - 1) : 0.5),
    y: height * (1 - share(value, values, 0.5)),
  }));
}
