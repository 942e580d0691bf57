// A scan source in memory: every image is scanned and clean until a test says something else.
import { setImmediate as turn } from 'node:timers/promises';
import type { ScanAnswer, ScanSource } from '../../src/facts/scan.ts';
import { content, issue } from '../builders/fact.ts';
import { digestOf } from '../builders/objects.ts';

export class MemoryScans implements ScanSource {
  readonly batchSize = 10;
  /** Where an image lies, by digest; nowhere unless a test says so. */
  readonly paths = new Map<string, readonly string[]>();
  readonly #answers = new Map<string, ScanAnswer>();
  /** The digests of each question, in order. */
  readonly questions: (readonly string[])[] = [];
  isDown = false;

  /** Says what the scanner finds in an image from now on; without an issue it is clean. */
  set(image: string, found: 'clean' | 'unscanned' | string): void {
    const answer: ScanAnswer =
      found === 'unscanned'
        ? { kind: 'unscanned' }
        : { kind: 'scanned', content: content(found === 'clean' ? {} : { issues: [issue({ id: found })] }) };
    this.say(digestOf(image), answer);
  }

  /** What the scanner answers of a digest from now on. */
  say(digest: string, answer: ScanAnswer): void {
    this.#answers.set(digest, answer);
  }

  readonly scans: ScanSource['scans'] = async (digests) => {
    await turn();
    this.questions.push(digests);
    const clean: ScanAnswer = { kind: 'scanned', content: content() };
    const down: ScanAnswer = { kind: 'unavailable', reason: 'Xray answered 503' };
    const placed = (digest: string): ScanAnswer => {
      const answer = this.#answers.get(digest) ?? clean;
      const paths = this.paths.get(digest);
      return answer.kind === 'scanned' && paths !== undefined ? { ...answer, paths } : answer;
    };
    return new Map(digests.map((digest) => [digest, this.isDown ? down : placed(digest)]));
  };
}
