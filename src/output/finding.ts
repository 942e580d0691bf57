// One thing that is wrong in a file of an author, as all forms of output show it.

export interface Finding {
  /** As the caller named it; `<stdin>` for standard input. */
  readonly file: string;
  /** 1-based; columns count UTF-16 units. */
  readonly line?: number;
  readonly column?: number;
  readonly severity: 'error' | 'warning';
  /** One CamelCase word: `TypeError`, `InvalidField`, … */
  readonly reason: string;
  readonly message: string;
  /** What to do about it, where the message does not say. */
  readonly hint?: string;
  readonly policy?: string;
  readonly rule?: string;
  /** The line of the file, without its end. */
  readonly source?: string;
}
