import { LIMITS } from "./limits.ts";
import { cleanText } from "./text.ts";

const object = "table|database|schema|materialized|view|index|user|role|function|trigger|sequence|extension";
/** A whole statement's beginning: names hold semicolons and words such as select, update or drop. */
const statement = new RegExp(
  String.raw`;\s*(?:` +
    [
      // With what it is called: a drop table is furniture.
      String.raw`(?:drop|alter|create|truncate)\s+(?:${object})\s+["\w]`,
      String.raw`delete\s+from\b`,
      String.raw`insert\s+into\b`,
      String.raw`update\s+[\w."]+\s+set\b`,
      String.raw`exec(?:ute)?\s+(?:[sx]p_|immediate\b|master\b)`,
      String.raw`(?:grant|revoke)\s+\w+\s+(?:on|to|from)\b`,
      String.raw`select\s+(?:[*'"(@]|\d+\s*(?:$|[,;#]|--|from\b|union\b|where\b)|null\b|version\b|current_|pg_|case\b|\w+\s+from\b)`,
      String.raw`shutdown\b`,
      String.raw`copy\s+\w+\s+(?:to|from)\b`,
      String.raw`waitfor\b`,
      String.raw`declare\s+@`,
    ].join("|") +
    ")",
  "i",
);

/** With what a query would ask for: a pipe union may be one to select, and a select clamp for a union. */
const selectedByUnion = new RegExp(
  String.raw`\bunion(?:\s+|\s*\(+\s*)select\s*(?:` +
    [
      String.raw`$`,
      String.raw`[*@]`,
      String.raw`\d+\s*(?:$|[,;#)]|--|from\b|union\b|where\b)`,
      String.raw`'[^']*'\s*(?:$|[,;#)]|--|from\b)`,
      String.raw`\(\s*select\b`,
      String.raw`(?:null|version|current_\w+|case\s+when)\b`,
      String.raw`(?:concat|group_concat|string_agg|char|chr|cast|load_file)\s*\(`,
      String.raw`\w+\(\s*\)`,
      String.raw`[\w.]+(?:\s*,\s*[\w.]+)*\s+from\s+\w`,
    ].join("|") +
    ")",
  "i",
);

// Families of injection, as they look when someone tries them; ordinary text with quotes, dashes and SQL words passes. A quote
// behind a digit may be feet: 6'--8' and 10'; are lengths.
// Each takes time that grows with the length of the text and no faster: no two repetitions side by side can match the same.
export const forbiddenPatterns: readonly RegExp[] = [
  statement,
  /(?<!\d)'\s*;\s*$/,
  /'\s*;\s*(?:--|(?:drop|delete|insert|update|alter|create|truncate|exec|shutdown|grant|revoke|union|select|call|copy|vacuum|begin|declare)\b)/i,
  /(?<!\d)'\s*--|'\s*--\s*$|'\s*\/\*/,
  /'\s*#\s*$/,
  /;\s*--/,
  /\bunion\s+(?:all|distinct)[\s(]+select\b/i,
  selectedByUnion,
  /\b(?:or|and)[\s(]+(0x[\da-f]+|\d+)[\s)]*=[\s(]*\1(?!\w|\.[1-9])/i,
  /\b(?:or|and)\s+'([^']*)'\s*=\s*'\1/i,
  /'[\s)]*(?:or|and)[\s(]+(?:'[^']*'|[\w.]+)\s*(?:=|like\b|is\b)\s*(?:'|\d|true|null|not)/i,
  // Boys' and girls' things have numbers, and so have lengths: what follows must be a condition, or end there.
  /(?<!\d)'[\s)]*(?:or|and)[\s(]+(?:not\s+)?(?:\d[\d\s<>!.]*|(?:true|false|null)\s*|\w+\s*[<>!][\w\s<>!.]*)(?:--|#|\/\*)/i,
  /\d'[\s)]*(?:or|and)[\s(]+(?:not\s+)?(?:\d[\d\s<>!.]*|(?:true|false|null)\s*|\w+\s*[<>!][\w\s<>!.]*)(?:--|#|\/\*)\s*$/i,
  /'[\s)]*(?:or|and)[\s(]+(?:not\s+)?(?:true|false)[\s);]*$/i,
  /'[\s)]*(?:or|and)\s+'[^'\s]*$/i,
  /'[\s)]*(?:or|and)[\s(]+(?:not\s+)?exists\s*\(/i,
  /(?<!\d)'[\s)]*(?:or|and)[\s(]+(?:\d+|'[^']*')\s+(?:not\s+)?(?:in\s*\(|between\s)/i,
  /'[\s)]*having\s+[\d'(]/i,
  /\border\s+by\s+\d+\s*(?:--|#)/i,
  /"[\s)]*(?:or|and)[\s(]+"[^"]*"\s*=\s*"/i,
  /'\s*\|\|\s*'/,
  /\bxp_[a-z]{3}/i,
  /\b(?:pg_sleep|dbms_lock\.sleep|dbms_pipe\.receive_message)\s*\(/i,
  /\bsleep\(\s*[\d.]+\s*\)/i,
  /\b(?:select|call|if\s*\()\s*sleep\s*\(\s*[\d.]+\s*\)/i,
  // Behind a value: others relax and sleep.
  /(?:^[\d.]+|['"])[\s)]*(?:or|and)[\s(]+sleep\s*\(\s*[\d.]+\s*\)/i,
  /\bbenchmark\s*\(\s*\d+\s*,/i,
  /\bwaitfor\s+(?:delay|time)\b/i,
];

/** As a database may read it: a comment is a blank to it, or what stands inside, and a wide letter is a letter. */
const readings = (text: string) => {
  const plain = text.normalize("NFKC");
  return new Set([text, plain, plain.replaceAll(/\/\*[^*]*\*\//g, " "), plain.replaceAll(/\/\*!?\d*|\*\//g, " ")]);
};
const isOrdinary = (text: string) => ![...readings(text)].some((reading) => forbiddenPatterns.some((pattern) => pattern.test(reading)));

/**
 * A search as it was typed, cleaned and trimmed. What can only be an attempt at injection is refused: that parameters carry every
 * text to the database is the first wall, this is the second.
 */
export const SearchText = cleanText(LIMITS.MAX_SEARCH_LENGTH).refine(isOrdinary, {
  error: "Invalid search query - contains forbidden patterns",
  // Said of the request as a whole: nothing else is wrong with it.
  params: { headline: true },
});
