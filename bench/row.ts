/** A figure of ours beside a baseline that was measured in the same run. */
export interface Row {
  what: string;
  against: string;
  unit: string;
  baseline: number;
  ours: number;
  note: string;
}
