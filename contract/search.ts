import { LIMITS } from "./limits.ts";
import { cleanText } from "./text.ts";

const statement =
  /;\s*(?:(?:drop|alter|create|truncate)\s+(?:table|database|schema|view|index|user|role|function|trigger|sequence|extension)\b|delete\s+from\b|insert\s+into\b|update\s+[\w."]+\s+set\b|exec(?:ute)?\s+\w+_|(?:grant|revoke)\s+\w+\s+(?:on|to|from)\b|select\s+(?:[\d*'"(@]|null\b|version\b|current_|pg_|case\b|\w+\s+from\b)|shutdown\b|copy\s+\w+\s+(?:to|from)\b|waitfor\b|declare\s+@)/i;

// Families of injection, as they look when someone tries them; ordinary text with quotes, dashes and SQL words passes.
// Each takes time that grows with the length of the text and no faster: no two repetitions side by side can match the same.
export const forbiddenPatterns: readonly RegExp[] = [
  statement,
  /'\s*;\s*(?:$|--|drop|delete|insert|update|alter|create|truncate|exec|shutdown|grant|union|select)/i,
  // Feet: 6'--8' is a length.
  /'\s*(?:--(?!\d)|\/\*)/,
  /'\s*#\s*$/,
  /;\s*--/,
  /\bunion\s+(?:all\s+|distinct\s+)?select\b/i,
  /\b(or|and)\s+(\d+)\s*=\s*\2\b/i,
  /\b(or|and)\s+'([^']*)'\s*=\s*'\2/i,
  /'[\s)]*(or|and)[\s(]+('[^']*'|[\w.]+)\s*(=|like\b|is\b)\s*('|\d|true|null|not)/i,
  /"[\s)]*(or|and)[\s(]+"[^"]*"\s*=\s*"/i,
  /'\s*\|\|\s*'/,
  /\bxp_[a-z]{3}/i,
  /\b(pg_sleep|dbms_lock\.sleep|dbms_pipe\.receive_message)\s*\(/i,
  /\bsleep\s*\(\s*[\d.]+\s*\)/i,
  /\bbenchmark\s*\(\s*\d+\s*,/i,
  /\bwaitfor\s+(?:delay|time)\b/i,
];

/** A comment between two words of SQL is a blank to the database. */
const withoutComments = (text: string) => text.replaceAll(/\/\*[^*]*\*\//g, " ");
const isOrdinary = (text: string) => {
  const plain = withoutComments(text);
  return !forbiddenPatterns.some((pattern) => pattern.test(text) || pattern.test(plain));
};

/**
 * A search as it was typed, cleaned and trimmed. What can only be an attempt at injection is refused: that parameters carry every
 * text to the database is the first wall, this is the second.
 */
export const SearchText = cleanText(LIMITS.MAX_SEARCH_LENGTH).refine(isOrdinary, {
  error: "Invalid search query - contains forbidden patterns",
  // Said of the request as a whole: nothing else is wrong with it.
  params: { headline: true },
});
