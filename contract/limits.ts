/** The bounds that every input keeps to. */
export const LIMITS = {
  MAX_PAGE_SIZE: 1_000,
  DEFAULT_PAGE_SIZE: 50,
  MAX_OFFSET: 2 ** 31,
  MAX_STRING_LENGTH: 10_000,
  MAX_SEARCH_LENGTH: 200,
  MAX_CODE_LENGTH: 64,
  MAX_NAME_LENGTH: 200,
  MAX_EMAIL_LENGTH: 254,
  MIN_PASSWORD_LENGTH: 12,
  MAX_PASSWORD_LENGTH: 128,
  /** Cost of hashes that came from another system: below it a new password is asked for. */
  MIN_BCRYPT_ROUNDS: 12,
  MAX_BCRYPT_ROUNDS: 15,
  MAX_BATCH_EVENTS: 1_000,
  /** numeric(15,4): what a JSON number carries without loss. */
  MAX_QUANTITY: 99_999_999_999.9999,
} as const;
