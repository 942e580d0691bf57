// What is said between the runner of the corpus and its worker thread.

/** One case to evaluate; the bytes are handed over, not copied. */
export interface CaseRequest {
  readonly wasm: Uint8Array<ArrayBuffer>;
  /** Absent: the rules see no input at all. */
  readonly input: string | undefined;
  readonly data: string | undefined;
}

export type CaseAnswer =
  | { readonly kind: 'answered'; readonly json: string }
  /** The module was refused when it was loaded, for these builtins. */
  | { readonly kind: 'refused'; readonly builtins: readonly string[] }
  | { readonly kind: 'threw' | 'hung'; readonly message: string };
