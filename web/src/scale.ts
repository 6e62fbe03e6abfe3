// Axes: from values to pixels, with round ticks.

export interface Scale {
  /** Pixel of a value. */
  at: (value: number) => number;
  ticks: number[];
}

/** A straight axis from 0 to a round number above the largest value. */
export function linear(values: readonly number[], from: number, to: number): Scale {
  const most = Math.max(...values, 0);
  const step = roundStep(most / 4);
  const top = step > 0 ? Math.ceil(most / step) * step : 1;
  const ticks: number[] = [];
  for (let k = 0; k * step <= top + step / 2 && k <= 10; k += 1) ticks.push(k * step);
  return { at: (value) => from + ((to - from) * value) / top, ticks: step > 0 ? ticks : [0, 1] };
}

/** A logarithmic axis over whole powers; values must be above 0. */
export function logarithmic(values: readonly number[], from: number, to: number, base = 10): Scale {
  const positive = values.filter((value) => value > 0);
  const log = (value: number): number => Math.log(value) / Math.log(base);
  let low = Math.floor(log(Math.min(...positive, 1e308)) + 1e-9);
  let high = Math.ceil(log(Math.max(...positive, 1e-308)) - 1e-9);
  if (positive.length === 0) [low, high] = [0, 1];
  if (high <= low) high = low + 1;
  const every = Math.max(1, Math.ceil((high - low) / 8));
  const ticks: number[] = [];
  for (let power = low; power <= high; power += every) ticks.push(base ** power);
  return { at: (value) => from + ((to - from) * (log(Math.max(value, base ** low)) - low)) / (high - low), ticks };
}

/** 1, 2 or 5 times a power of ten, at least as large as the value. */
function roundStep(value: number): number {
  if (!(value > 0) || !Number.isFinite(value)) return 0;
  const power = 10 ** Math.floor(Math.log10(value));
  return power * ([1, 2, 5, 10].find((factor) => factor * power >= value * 0.999) ?? 10);
}

/** A number with three digits that matter. */
export function short(value: number): string {
  if (value === 0) return "0";
  const size = Math.abs(value);
  if (size >= 1e6 || size < 1e-3) return value.toExponential(2);
  if (size >= 1000) return Math.round(value).toLocaleString("en");
  return String(Number(value.toPrecision(3)));
}
