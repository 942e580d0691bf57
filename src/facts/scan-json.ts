// What is known of a digest as bytes of the input document, made once per change of the fact. Pure.
import { createHash } from 'node:crypto';
import type { ScanContent } from './scan.ts';
import { wellFormedJson } from './well-formed-json.ts';

/** The members of a content (`"issues":[…],…`, without braces) as JSON. */
export interface ScanJson {
  /** UTF-8, in memory that a worker reads without a copy. Never written to again. */
  readonly bytes: Uint8Array<SharedArrayBuffer>;
  /** Of the bytes, in base64; it stands for them where documents are compared. */
  readonly sha256: string;
}

/** Returns the bytes of a content: `known` itself when that is of an equal content. */
export function scanJson(content: ScanContent, known?: ScanJson): ScanJson {
  return bytesJson(JSON.stringify(content).slice(1, -1), known);
}

/** Returns the bytes of a text of JSON, or of part of one: `known` itself when it has the same. */
export function bytesJson(text: string, known?: ScanJson): ScanJson {
  const encoded = Buffer.from(wellFormedJson(text));
  if (known !== undefined && encoded.equals(known.bytes)) return known;
  const bytes = new Uint8Array(new SharedArrayBuffer(encoded.length));
  bytes.set(encoded);
  return { bytes, sha256: createHash('sha256').update(encoded).digest('base64') };
}
