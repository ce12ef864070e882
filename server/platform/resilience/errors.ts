import { ExternalServiceError } from "#platform/errors.ts";

/** 503: refused here, before the service was asked. It says nothing about the service, and no breaker counts it. */
export class RejectedError extends ExternalServiceError {}

/** 503 `CIRCUIT_OPEN`, with the time after which asking again makes sense. */
export class CircuitOpenError extends RejectedError {
  /** Without a stack: reading one costs more than all the rest of a refusal, and a service that is down is asked often. */
  static about(message: string, retryAfterSeconds: number): CircuitOpenError {
    const framesMax = Error.stackTraceLimit;
    Error.stackTraceLimit = 0;
    try {
      return new CircuitOpenError(message, "CIRCUIT_OPEN", undefined, retryAfterSeconds);
    } finally {
      Error.stackTraceLimit = framesMax;
    }
  }
}

/** 503 `TIMEOUT`: the work was told to stop. */
export class TimeoutError extends ExternalServiceError {
  constructor(message: string) {
    super(message, "TIMEOUT");
  }
}
