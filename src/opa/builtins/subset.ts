// `object.subset`: whether objects, sets or arrays hold all of another one. Pure.
import { entriesOf, isArray, RegoSet, type RegoValue } from './rego-value.ts';
import { identityText } from './value-order.ts';

/** Returns undefined for two values that OPA does not compare. */
export function isSubset(whole: RegoValue | undefined, part: RegoValue | undefined): boolean | undefined {
  if (whole === undefined || part === undefined) return undefined;
  if (isArray(whole) && part instanceof RegoSet) return arrayHoldsSet(whole, part);
  return holds(whole, part);
}

function holds(whole: RegoValue, part: RegoValue): boolean | undefined {
  if (isArray(whole) && isArray(part)) return holdsRun(whole.map(identityText), part.map(identityText));
  if (whole instanceof RegoSet && part instanceof RegoSet) {
    const elements = new Set(whole.elements.map(identityText));
    return part.elements.every((element) => elements.has(identityText(element)));
  }
  const [wholeEntries, partEntries] = [entriesOf(whole), entriesOf(part)];
  if (wholeEntries === undefined || partEntries === undefined) return undefined;
  const values = new Map(wholeEntries.map(([key, value]) => [identityText(key), value]));
  return partEntries.every(([key, value]) => {
    const other = values.get(identityText(key));
    return other !== undefined && (holds(other, value) ?? identityText(other) === identityText(value));
  });
}

// As OPA counts: an element that stands in the array twice counts twice, and no array without elements holds the empty set.
function arrayHoldsSet(whole: readonly RegoValue[], part: RegoSet): boolean {
  const wanted = new Set(part.elements.map(identityText));
  const found = whole.filter((element) => wanted.has(identityText(element))).length;
  return whole.length > 0 && found >= wanted.size;
}

/** Looks for the part as a run in the whole, in linear time (Knuth, Morris, Pratt). */
function holdsRun(whole: readonly string[], part: readonly string[]): boolean {
  if (part.length === 0) return true;
  const back: number[] = [0];
  for (let at = 1, matched = 0; at < part.length; at++) {
    while (matched > 0 && part[at] !== part[matched]) matched = back[matched - 1] ?? 0;
    if (part[at] === part[matched]) matched++;
    back.push(matched);
  }
  let matched = 0;
  for (const element of whole) {
    while (matched > 0 && element !== part[matched]) matched = back[matched - 1] ?? 0;
    if (element === part[matched]) matched++;
    if (matched === part.length) return true;
  }
  return false;
}
