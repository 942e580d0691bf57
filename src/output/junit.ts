// Results of cases as JUnit XML, which every CI system shows. Pure.

export interface JUnitCase {
  readonly name: string;
  /** What the case belongs to; shown as a folder. */
  readonly className: string;
  readonly timeMs?: number;
  /** Why it failed: one line, and all there is to say. Absent: it passed, or was skipped. */
  readonly failure?: { readonly message: string; readonly text: string };
  /** Why it neither passed nor failed. */
  readonly skipped?: { readonly message: string };
}

export interface JUnitSuite {
  readonly name: string;
  readonly cases: readonly JUnitCase[];
}

/** Returns the document, in the order given. */
export function junitXml(suites: readonly JUnitSuite[]): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites ${countsOf(suites.flatMap(({ cases }) => cases))}>\n${suites.map(suiteXml).join('')}</testsuites>\n`;
}

function suiteXml({ name, cases }: JUnitSuite): string {
  return `  <testsuite name="${escaped(name)}" ${countsOf(cases)}>\n${cases.map(caseXml).join('')}  </testsuite>\n`;
}

function caseXml({ name, className, timeMs, failure, skipped }: JUnitCase): string {
  const time = timeMs === undefined ? '' : ` time="${(timeMs / 1000).toFixed(3)}"`;
  const open = `    <testcase name="${escaped(name)}" classname="${escaped(className)}"${time}`;
  if (failure === undefined && skipped !== undefined)
    return `${open}>\n      <skipped message="${escaped(skipped.message)}"/>\n    </testcase>\n`;
  if (failure === undefined) return `${open}/>\n`;
  return `${open}>\n      <failure message="${escaped(failure.message)}">${escaped(failure.text)}</failure>\n    </testcase>\n`;
}

function countsOf(cases: readonly JUnitCase[]): string {
  const failures = cases.filter(({ failure }) => failure !== undefined).length;
  const skips = cases.filter(({ failure, skipped }) => failure === undefined && skipped !== undefined).length;
  return `tests="${cases.length}" failures="${failures}" skipped="${skips}"`;
}

/** XML 1.0 has no way to write most control characters, nor halves of surrogate pairs. */
function escaped(text: string): string {
  return (
    text
      .toWellFormed()
      // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
      .replace(/[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/g, '\ufffd')
      .replaceAll('&', '&amp;')
      .replaceAll('<', '&lt;')
      .replaceAll('>', '&gt;')
      .replaceAll('"', '&quot;')
      .replaceAll('\n', '&#10;')
  );
}
