// Findings as compilers print them: place, message, the line itself with a caret, a hint. Pure.
import { styleText } from 'node:util';
import type { Finding } from './finding.ts';

export interface TextStyle {
  readonly hasColors: boolean;
}

type Format = Parameters<typeof styleText>[0];
type Paint = (format: Format, text: string) => string;

// What fits beside an indentation of two on most terminals; a minified text has no end.
const maxLineWidth = 118;

/** Returns the text of all findings in the order given, each ended by a line end. Empty without findings. */
export function findingsText(findings: readonly Finding[], { hasColors }: TextStyle): string {
  const paint: Paint = (format, text) => (hasColors ? styleText(format, text, { validateStream: false }) : text);
  return findings.map((finding) => `${findingText(finding, paint)}\n`).join('');
}

function findingText(finding: Finding, paint: Paint): string {
  const { file, line, column, severity, message, hint } = finding;
  const place = [file, ...(line === undefined ? [] : [line, ...(column === undefined ? [] : [column])])].join(':');
  const head = `${paint('bold', `${printable(place)}:`)} ${paint(severity === 'error' ? ['bold', 'red'] : ['bold', 'yellow'], `${severity}:`)} ${paint('bold', indented(message))}`;
  const hints = hint === undefined ? [] : [`${paint('cyan', 'hint:')} ${indented(hint)}`];
  return [head, ...excerpt(finding, paint), ...hints].join('\n');
}

/** The line, and below it a caret under the column. */
function excerpt({ source, column }: Finding, paint: Paint): readonly string[] {
  if (source === undefined || source.trim() === '') return [];
  const at = Math.min(Math.max((column ?? 1) - 1, 0), source.length);
  const { text, caret } = cropped(source, at);
  const line = `  ${printable(text).trimEnd()}`;
  if (column === undefined) return [line];
  // A tab stays a tab, so that it is as wide as the one above it.
  const blank = [...segments.segment(printable(text.slice(0, caret)))]
    .map(({ segment }) => (segment === '\t' ? '\t' : ' '.repeat(widthOf(segment))))
    .join('');
  return [line, `  ${blank}${paint(['bold', 'green'], '^')}`];
}

function cropped(source: string, at: number): { readonly text: string; readonly caret: number } {
  if (source.length <= maxLineWidth) return { text: source, caret: at };
  const start = Math.max(0, Math.min(at - maxLineWidth / 2, source.length - maxLineWidth));
  const end = start + maxLineWidth;
  const before = start > 0 ? '…' : '';
  return {
    text: `${before}${source.slice(start, end)}${end < source.length ? '…' : ''}`.toWellFormed(),
    caret: at - start + before.length,
  };
}

const segments = new Intl.Segmenter('en', { granularity: 'grapheme' });
// East Asian wide and fullwidth letters, and what is shown as a picture.
const wide =
  /^[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}|\ufe0f/u;

function widthOf(segment: string): number {
  return wide.test(segment) ? 2 : 1;
}

/** An author's text must not steer the terminal of who reads about it. */
function printable(text: string): string {
  return text.replace(/(?!\t)[\p{Cc}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu, '\ufffd');
}

/** Messages of the compiler have lines of their own at times. */
function indented(text: string): string {
  return text.split('\n').map(printable).join('\n  ');
}
