import { z } from "zod";

export interface NumberBounds {
  min?: number | undefined;
  max?: number | undefined;
  /** Digits after the point at most; 0 for a whole number. */
  decimals?: number | undefined;
}

/** A finite number within bounds, both of them allowed. `NaN`, infinities and numbers written as text are none. */
export function numberWithin({ min, max, decimals }: NumberBounds) {
  const bounded = z
    .number()
    .min(min ?? Number.NEGATIVE_INFINITY, `Must be at least ${min}`)
    .max(max ?? Number.POSITIVE_INFINITY, `Must be at most ${max}`);
  if (decimals === undefined) return bounded;
  const fits = decimals === 0 ? Number.isSafeInteger : hasAtMost(decimals);
  return bounded.refine(fits, decimals === 0 ? "Must be a whole number" : `Must have at most ${decimals} decimals`);
}

// The shortest text of a number tells its decimals without floating-point arithmetic; very large and small ones turn to exponents.
const hasAtMost = (decimals: number) => {
  const form = new RegExp(String.raw`^\d+(\.\d{1,${decimals}})?$`);
  return (value: number) => form.test(String(Math.abs(value)));
};
