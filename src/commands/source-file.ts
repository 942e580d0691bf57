// A file that an author wrote, and what is wrong at a place in it.
import type { Place } from './place.ts';

export interface SourceFile {
  /** As the caller named it; `<stdin>` for standard input. */
  readonly file: string;
  readonly text: string;
}

/** Something wrong at a place; an error where no severity is given. */
export interface SourceProblem extends Place {
  readonly source: SourceFile;
  readonly severity?: 'warning';
  readonly reason: string;
  readonly message: string;
  readonly hint?: string;
}
