// Checks what people write for the stand-in against a schema, and says which field is wrong.

import { Ajv2020, type ErrorObject } from 'ajv/dist/2020.js';

const ajv = new Ajv2020({ allowUnionTypes: true, strictTypes: false });

/** Returns a check that gives the value back, or throws an error that names the place and the field. `noun` is the value as a whole. */
export function createCheck<T>(noun: string, schema: object): (value: unknown, place: string) => T {
  const isValid = ajv.compile<T>(schema);
  return (value, place) => {
    if (!isValid(value)) throw new Error(`${place}: ${describe(isValid.errors, noun)}`);
    return value;
  };
}

/** The first mistake is told; with the allowed words or the misspelt one where the validator leaves them out. */
function describe(errors: readonly ErrorObject[] | null | undefined, noun: string): string {
  const error = errors?.[0];
  if (error === undefined) return `${noun} is malformed`;
  const path =
    error.instancePath
      .slice(1)
      .replaceAll(/\/(\d+)/g, '[$1]')
      .replaceAll('/', '.') || noun;
  const { additionalProperty, allowedValues } = error.params;
  if (typeof additionalProperty === 'string') return `${path} has a field that does not exist: ${additionalProperty}`;
  if (Array.isArray(allowedValues)) return `${path} ${error.message}: ${allowedValues.join(', ')}`;
  return `${path} ${error.message}`;
}
