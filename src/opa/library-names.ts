// What a rule takes from data.kubexray.lib that is not there: opa finds such functions, but not other names. Pure.
import type { RuleProblem } from '../evaluation/program.ts';
import { suggestion } from '../policy/closest-word.ts';
import type { RuleSyntax } from './rule-syntax.ts';

/** Returns one problem for each reference to a name that the Rego of the library does not define. */
export function unknownLibraryNames({ libraryReferences }: Pick<RuleSyntax, 'libraryReferences'>, lib: string): readonly RuleProblem[] {
  const names = new Set([...lib.matchAll(/^([A-Za-z_]\w*)(?=[ ([])/gm)].map(([, name = '']) => name));
  // What begins with _ is the library's own.
  const offered = [...names].filter((name) => !/^(_|package$|import$|default$)/.test(name)).sort();
  return libraryReferences
    .filter(({ name }) => !names.has(name))
    .map(({ name, ...place }) => {
      const hint = suggestion(name, offered, 'there is');
      const message = `data.kubexray.lib has no ${name}`;
      return { reason: 'UnknownLibraryName', message, ...(hint === undefined ? {} : { hint }), ...place };
    });
}
