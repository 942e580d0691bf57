// A case of a rule as data: what it is given and what it must answer. Types only.
import type { JsonObject } from '../facts/json.ts';

/** Where in a file something stands; 1-based. */
export interface Place {
  readonly file: string;
  readonly line: number;
}

/** Something that keeps a rule from being proven, at its place where it has one. */
export interface FileProblem {
  readonly file: string;
  readonly line?: number;
  readonly column?: number;
  readonly message: string;
}

/** One case of `cases/*.yaml`, where each file is a list of them. Exactly one of `input` and `recorded` is given. */
export interface RuleCase {
  readonly name: string;
  readonly note?: string;
  readonly parameters?: JsonObject;
  /** Parts of an input document. */
  readonly input?: JsonObject;
  /** A workload of a snapshot. */
  readonly recorded?: {
    /** A file, relative to that of the case. */
    readonly snapshot: string;
    /** `Kind/namespace/name`. */
    readonly workload: string;
  };
  readonly want: Wanted;
}

/** What the rule itself must answer, before the engine weighs it against what is known of the images. */
export interface Wanted {
  readonly verdict: 'passed' | 'violated' | 'undecided';
  /** When given: as many as there are, each with some of the fields of one of them. */
  readonly violations?: readonly JsonObject[];
  /** When given: as many as there are, each a part of one of them. */
  readonly undecided?: readonly string[];
}

/** A case with what is needed to say where it, or a part of it, stands. */
export interface PlacedCase {
  readonly ruleCase: RuleCase;
  readonly place: Place;
  /** Returns where a part stands (`['input', 'images', 0]`), or else the nearest part around it that is written. */
  readonly placeOf: (path: readonly (string | number)[]) => Place;
}
