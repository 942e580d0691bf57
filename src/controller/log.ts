// The port to the log.

/** The part of a logger that the stages use; fields first, then the constant message. */
export interface Log {
  readonly error: (fields: object, message: string) => void;
  readonly info: (fields: object, message: string) => void;
  readonly debug: (fields: object, message: string) => void;
}
