// The one error that says as data whether trying again can help; thrown for "could not find out" and "could not do".

/** `soon`: a retry helps. `changed`: the world moved, look again before deciding. `never`: somebody must change something. */
export type Retry = 'soon' | 'changed' | 'never';

/** Message is verb + subject + value, without secrets and bodies. */
export class Failure extends Error {
  override readonly name = 'Failure';
  readonly retry: Retry;
  /** One CamelCase word for conditions and outcomes, such as `Forbidden`. */
  readonly reason: string;

  constructor(message: string, options: { retry: Retry; reason: string; cause?: unknown }) {
    super(message, { cause: options.cause });
    this.retry = options.retry;
    this.reason = options.reason;
  }
}

/** Returns the message of anything thrown. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
