// Why a file or folder that was named cannot be read, in words for who named it. Pure.
import { messageOf } from '../failure.ts';

/** Returns what is the matter, without verb and path: `there is no such file or folder`. What is not known keeps its own words. */
export function whyUnreadable(thrown: unknown): string {
  const code = thrown instanceof Error && 'code' in thrown ? String(thrown.code) : '';
  return reasons[code] ?? messageOf(thrown);
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file or folder',
  ENOTDIR: 'it is, or is below, a file, and a folder is wanted',
  EISDIR: 'it is a folder, and a file is wanted',
  EACCES: 'it may not be read by this user',
  EPERM: 'it may not be read by this user',
  ELOOP: 'its links go in a circle',
};
