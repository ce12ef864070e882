import { ExternalServiceError } from "#platform/errors.ts";

/** 503: refused here, before the service was asked. It says nothing about the service, and no breaker counts it. */
export class RejectedError extends ExternalServiceError {}

/** 503 `CIRCUIT_OPEN`, with the time after which asking again makes sense. */
export class CircuitOpenError extends RejectedError {
  constructor(message: string, retryAfterSeconds: number) {
    super(message, "CIRCUIT_OPEN", undefined, retryAfterSeconds);
  }
}

/** 503 `TIMEOUT`: the work was told to stop. */
export class TimeoutError extends ExternalServiceError {
  constructor(message: string) {
    super(message, "TIMEOUT");
  }
}
