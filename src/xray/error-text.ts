// What a server says of a call that it refuses, in one short line without secrets; pure.

import { isJsonObject } from '../facts/json.ts';

/** A reason stands in a status of a policy beside others: it is a hint, not a log. */
const maxLength = 160;

/**
 * Returns the reason in the body of an answer: of JSON `errors[].message`, else `error`, else `message`; else the first line of a text. Empty
 * when there is none, and for a page (HTML), which says nothing that a person could use here. `secrets` and whatever looks like a
 * token or an id are left out: the first must not be shown, and an id that differs each time would make each failure a new one.
 */
export function errorText(body: string, secrets: readonly string[]): string {
  const shown = secrets.filter((secret) => secret !== '').reduce((text, secret) => text.replaceAll(secret, '…'), said(body));
  const line = shown
    .toWellFormed()
    .replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\s]+/gu, ' ')
    .replaceAll(/[A-Za-z0-9_+=-]{24,}/g, '…')
    .trim();
  return line.length > maxLength ? `${line.slice(0, maxLength - 1).toWellFormed()}…` : line;
}

function said(body: string): string {
  const trimmed = body.trim();
  if (trimmed === '' || trimmed.startsWith('<')) return '';
  const parsed = parsedJson(trimmed);
  if (isJsonObject(parsed)) return ofObject(parsed);
  if (typeof parsed === 'string') return firstLine(parsed);
  // What begins like JSON and is none was cut: half a sentence in braces helps nobody.
  return /^[{[]/.test(trimmed) ? '' : firstLine(trimmed);
}

function ofObject({ errors, error, message }: { readonly errors?: unknown; readonly error?: unknown; readonly message?: unknown }): string {
  const listed = (Array.isArray(errors) ? errors : []).map((entry: unknown) => (isJsonObject(entry) ? entry.message : entry));
  const found = [...listed, error, message].find((text) => typeof text === 'string' && text.trim() !== '');
  return typeof found === 'string' ? firstLine(found) : '';
}

function firstLine(text: string): string {
  return text.trim().split(/[\r\n]/, 1)[0] ?? '';
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
