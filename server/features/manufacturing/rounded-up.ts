/**
 * SQL: an amount that is needed, rounded up, so that there is never too little: to whole units where `whole`, else to four decimals. What
 * division left behind the eighth decimal counts for nothing.
 */
export const roundedUp = (amount: string, whole: string) =>
  `CASE WHEN ${whole} THEN ceil(round(${amount}, 8)) ELSE ceil(round(${amount} * 10000, 4)) / 10000 END`;
