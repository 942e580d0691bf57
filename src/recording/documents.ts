// Reads a JSON or YAML file into its documents, with the line that each value stands on; bounded in size. Reads files.
import { readFile, stat } from 'node:fs/promises';
import { type Document, isNode, LineCounter, parseAllDocuments } from 'yaml';
import { Failure, messageOf } from '../failure.ts';

/** One document of a file, as plain values. */
export interface FileDocument {
  readonly file: string;
  readonly value: unknown;
  /** Returns `FILE` or `FILE:LINE` of the value at a path, or of what is nearest above it. Lines are known for YAML only. */
  readonly placeOf: (path: readonly (string | number)[]) => string;
}

/** A text has half a billion characters at most in Node; half of that leaves room to work. */
const maxBytes = 256 * 2 ** 20;
/** A tree of YAML has fifty times the size of its text. */
const maxYamlBytes = 32 * 2 ** 20;

/** Returns the documents of a file; empty ones are left out. Throws `Failure` naming the file and, where it is known, the line. */
export async function readDocuments(file: string): Promise<readonly FileDocument[]> {
  return parseDocuments(file, await readText(file));
}

/** Returns the documents of a text that was read from `file`. */
export function parseDocuments(file: string, text: string): readonly FileDocument[] {
  const source = text.startsWith('\u{feff}') ? text.slice(1) : text;
  const value = source.trimStart().startsWith('{') ? parseJson(source) : undefined;
  // What begins like JSON and is none may be YAML in its flow style; if not, YAML's complaint has the line.
  return value === undefined ? parseYaml(file, source) : [{ file, value, placeOf: () => file }];
}

/** Returns a failure to read, which the caller throws. */
export function unreadable(place: string, what: string, cause?: unknown): Failure {
  return new Failure(`read ${place}: ${what}`, { retry: 'never', reason: 'Unreadable', cause });
}

async function readText(file: string): Promise<string> {
  try {
    const { size } = await stat(file);
    if (size > maxBytes) throw tooLarge(file, size, maxBytes);
    return await readFile(file, 'utf8');
  } catch (thrown) {
    throw thrown instanceof Failure ? thrown : unreadable(file, messageOf(thrown), thrown);
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function parseYaml(file: string, text: string): readonly FileDocument[] {
  if (text.length > maxYamlBytes) throw tooLarge(file, text.length, maxYamlBytes, ' as YAML; as JSON it can have more');
  const lines = new LineCounter();
  const documents = parseAllDocuments(text, { lineCounter: lines, logLevel: 'silent' });
  // The library returns an object of another kind for a text without documents.
  return [...documents].flatMap((document) => {
    const [error] = document.errors;
    // The first line only: the rest shows the text around it, which may hold a secret.
    if (error !== undefined) throw unreadable(`${file}:${lines.linePos(error.pos[0]).line}`, firstLine(error.message), error);
    const value = plainValue(file, document);
    return value === null || value === undefined ? [] : [{ file, value, placeOf: (path) => placeOf(file, { document, lines, path }) }];
  });
}

function plainValue(file: string, document: Document): unknown {
  try {
    return document.toJS();
  } catch (thrown) {
    // Aliases that multiply without end, or that lead nowhere.
    throw unreadable(file, firstLine(messageOf(thrown)), thrown);
  }
}

interface Sought {
  readonly document: Document;
  readonly lines: LineCounter;
  readonly path: readonly (string | number)[];
}

function placeOf(file: string, { document, lines, path }: Sought): string {
  for (let length = path.length; length >= 0; length -= 1) {
    const node: unknown = length === 0 ? document.contents : document.getIn(path.slice(0, length), true);
    if (isNode(node) && node.range) return `${file}:${lines.linePos(node.range[0]).line}`;
  }
  return file;
}

function firstLine(message: string): string {
  return (message.split('\n')[0] ?? '').replace(/ at line \d+, column \d+:?$/, '');
}

function tooLarge(file: string, sizeBytes: number, limitBytes: number, hint = ''): Failure {
  return unreadable(file, `it has ${mebibytes(sizeBytes)}, and at most ${mebibytes(limitBytes)} can be read${hint}`);
}

function mebibytes(sizeBytes: number): string {
  return `${Math.ceil(sizeBytes / 2 ** 20)} MiB`;
}
