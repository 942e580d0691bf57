// How much a builtin may answer with, asked while the answer is made: a heap that fills up can take the whole process with it. Pure.

// The memory of an instance is 64 MiB, and an answer is in it as text and as a value of several times that size.
const maxAnswerLength = 4 * 1024 * 1024;
// An element takes some hundred bytes on its way: as a value here, as text, and in the memory of the instance.
const maxElements = 100_000;

/** What a builtin throws when its answer would not fit into the memory of an instance. */
export function tooLarge(): Error {
  return new Error('the answer of a builtin would not fit into memory');
}

/** Throws when so many characters cannot be an answer: to be asked before they are made. */
export function assertFits(length: number): void {
  if (length > maxAnswerLength) throw tooLarge();
}

/** Throws when an answer cannot have so many elements: to be asked before they are made. */
export function assertFew(count: number): void {
  if (count > maxElements) throw tooLarge();
}

/** Collects the elements of an answer. Throws at the first one too many, and ends whatever makes them. */
export function fewOf<Element>(elements: Iterable<Element>): readonly Element[] {
  const few: Element[] = [];
  for (const element of elements) {
    assertFew(few.length + 1);
    few.push(element);
  }
  return few;
}

// Pieces of one character each would take ten times the memory of the text.
const piecesPerChunk = 4096;

/** A text that is made of many pieces, and is never longer than an answer. */
export class BoundedText {
  #length = 0;
  #pieces: string[] = [];
  readonly #chunks: string[] = [];

  /** Throws when the text would be too long with the piece. */
  add(piece: string): void {
    this.#length += piece.length;
    assertFits(this.#length);
    this.#pieces.push(piece);
    if (this.#pieces.length < piecesPerChunk) return;
    this.#chunks.push(this.#pieces.join(''));
    this.#pieces = [];
  }

  text(): string {
    return this.#chunks.join('') + this.#pieces.join('');
  }
}
