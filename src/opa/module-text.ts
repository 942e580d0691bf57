// The texts in the memory of a module. What comes out is measured while it is bytes.
import type { DocumentPiece } from '../evaluation/document.ts';

// V8 ends the process, not the worker, when the heap is full inside one native call, such as decoding or JSON.parse: hence the bounds.
// Two MiB of empty objects take some 100 MiB once they are read.
const maxArgumentBytes = 2 * 1024 * 1024;
// Ten thousand findings of a large image take 3 MB; what is longer nobody reads, and each workload would hold it.
const maxAnswerBytes = 8 * 1024 * 1024;
// Such findings are some 100,000 values. The main thread parses them, and eight MiB of empty lists would take 200 MB there.
const maxAnswerValues = 500_000;
const maxNamesBytes = 8 * 1024 * 1024;
// As much as anyone reads.
const maxMessageBytes = 64 * 1024;

/** A rule wanted to hand over more than a bound allows. The message is a whole sentence. */
export class LimitExceeded extends Error {
  override readonly name = 'LimitExceeded';
}

/** Addresses are those of texts that end with a NUL. */
export interface ModuleText {
  /** Reads the arguments of a builtin; `dump` writes one of them and returns where. Throws `LimitExceeded`. */
  readonly readArguments: (name: string, dumps: readonly (() => number)[]) => readonly string[];
  /** Throws `LimitExceeded`. */
  readonly readAnswer: (address: number) => string;
  /** Reads what a module lists about itself. */
  readonly readNames: (address: number) => string;
  /** Reads a message, cut where it is too long. */
  readonly readMessage: (address: number) => string;
  readonly write: (pieces: readonly DocumentPiece[], address: number) => void;
}

/** Reads and writes the texts in a memory, whose buffer is another one whenever it has grown. */
export function createModuleText(memory: WebAssembly.Memory): ModuleText {
  const decoder = new TextDecoder();
  const encoder = new TextEncoder();
  const at = (address: number, maxBytes: number): Uint8Array | undefined => boundedText(new Uint8Array(memory.buffer), address, maxBytes);
  return {
    readArguments: (name, dumps) => {
      let left = maxArgumentBytes;
      return dumps.map((dump) => {
        const bytes = at(dump(), left);
        if (bytes === undefined) throw new LimitExceeded(`the arguments of the builtin ${name} are larger than 2 MiB`);
        left -= bytes.length;
        return decoder.decode(bytes);
      });
    },
    readAnswer: (address) => {
      const bytes = at(address, maxAnswerBytes);
      if (bytes === undefined) throw new LimitExceeded('the answer of the rule is longer than 8 MiB');
      if (mayHoldMoreValues(bytes, maxAnswerValues))
        throw new LimitExceeded(`the answer of the rule holds more than ${maxAnswerValues} values`);
      return decoder.decode(bytes);
    },
    readNames: (address) => {
      const bytes = at(address, maxNamesBytes);
      if (bytes === undefined) throw new Error('the names in the module are longer than 8 MiB');
      return decoder.decode(bytes);
    },
    readMessage: (address) =>
      decoder.decode(at(address, maxMessageBytes) ?? new Uint8Array(memory.buffer).subarray(address, address + maxMessageBytes)),
    write: (pieces, address) => {
      const bytes = new Uint8Array(memory.buffer);
      let end = address;
      for (const piece of pieces) {
        if (typeof piece === 'string') end += encoder.encodeInto(piece, bytes.subarray(end)).written;
        else {
          bytes.set(piece, end);
          end += piece.length;
        }
      }
    },
  };
}

/** Returns the bytes up to the NUL, which is looked for no further than the bound; undefined when the text is longer. */
function boundedText(memory: Uint8Array, address: number, maxBytes: number): Uint8Array | undefined {
  const bytes = memory.subarray(address, address + maxBytes + 1);
  const sizeBytes = bytes.indexOf(0);
  return sizeBytes < 0 ? undefined : bytes.subarray(0, sizeBytes);
}

/** Each value of JSON stands behind one of three characters, or first; those within strings count too. */
function mayHoldMoreValues(json: Uint8Array, maxValues: number): boolean {
  if (json.length <= maxValues) return false;
  let values = 1;
  for (const byte of json) if (byte === 0x2c || byte === 0x5b || byte === 0x7b) values += 1;
  return values > maxValues;
}

/** The size in memory. */
export function byteLength(piece: DocumentPiece): number {
  return typeof piece === 'string' ? Buffer.byteLength(piece) : piece.length;
}
