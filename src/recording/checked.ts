// Holds values against the schemas of recordings and says in one sentence where they break them. Pure.
import { Ajv, type ErrorObject } from 'ajv';
import { isJsonObject } from '../facts/json.ts';
import { pathOfPointer } from '../facts/json-path.ts';

/** Where a value breaks its schema, and how. */
export interface Breach {
  readonly path: readonly (string | number)[];
  readonly message: string;
  /** The fields that there are, where one was given that is not. */
  readonly known?: readonly string[];
}

// Full dates only: `2026-11-23` alone, or a time without its zone, would mean another moment on another machine.
const dateTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$/;
const settings = {
  useDefaults: true,
  allowUnionTypes: true,
  formats: { 'date-time': (value: string) => dateTime.test(value) && !Number.isNaN(Date.parse(value)) },
};
const ajv = new Ajv(settings);
// Verbose for the fields that a schema knows.
const thorough = new Ajv({ ...settings, allErrors: true, verbose: true });

/** Returns a function that fills in the schema's defaults, in place, and returns the first breach if there is one. */
export function checkerOf(schema: object): (value: unknown) => Breach | undefined {
  const validate = ajv.compile(schema);
  return (value) => {
    if (validate(value)) return undefined;
    const [error] = validate.errors ?? [];
    return error === undefined ? { path: [], message: 'is not valid' } : breachOf(error);
  };
}

/** Returns a function as `checkerOf` does, which returns every breach, in no order that means anything. */
export function thoroughCheckerOf(schema: object): (value: unknown) => readonly Breach[] {
  const validate = thorough.compile(schema);
  return (value) => (validate(value) ? [] : (validate.errors ?? []).map(breachOf));
}

function breachOf({ instancePath, keyword, params, message, parentSchema }: ErrorObject): Breach {
  const path = pathOfPointer(instancePath);
  switch (keyword) {
    case 'additionalProperties':
      return {
        path: [...path, String(params.additionalProperty)],
        message: 'is not a known field',
        ...(isJsonObject(parentSchema?.properties) ? { known: Object.keys(parentSchema.properties) } : {}),
      };
    case 'required':
      return { path: [...path, String(params.missingProperty)], message: 'is missing' };
    case 'enum':
      return { path, message: `must be one of ${[params.allowedValues].flat().join(', ')}` };
    case 'const':
      return { path, message: `must be ${String(params.allowedValue)}` };
    case 'format':
      return { path, message: 'must be a time such as 2026-11-23T10:00:00Z' };
    default:
      return { path, message: message ?? 'is not valid' };
  }
}
