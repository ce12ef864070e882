/**
 * Aborted when the last hook of a test file has run. A test that ran into its time limit goes on behind everyone's back:
 * whoever starts processes, or asks until there is an answer, stops here, or the run would never end.
 */
export const fileEnd = new AbortController();
