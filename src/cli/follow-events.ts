import { closeSync, openSync, readSync, statSync } from 'node:fs';
import { StringDecoder } from 'node:string_decoder';
import type { RunEvent } from '../runtime/events.ts';

export interface FollowOptions {
  /** Waits for more at the end of the file, until `run.end` or `stopped`. */
  readonly wait: boolean;
  readonly sleep: (ms: number) => Promise<void>;
  readonly stopped: () => boolean;
  /** Told of a line in the middle of the file that is no event. */
  readonly onBadLine: (line: number) => void;
}

const pollEvery = 200;

/**
 * The events of a run, from the first one on. A line that is still being written is left until it is whole, so any
 * prefix of the file reads. Ends after the `run.end` that no resumption follows, and at the end of the file without `wait`.
 */
export async function* followEvents(path: string, options: FollowOptions): AsyncGenerator<RunEvent> {
  const file = openSync(path, 'r');
  const decoder = new StringDecoder('utf8');
  const chunk = Buffer.alloc(1 << 16);
  let [position, rest, line, ended] = [0, '', 0, false];
  try {
    while (!options.stopped()) {
      const count = readSync(file, chunk, 0, chunk.length, position);
      if (count === 0) {
        if (ended || !options.wait) return;
        await options.sleep(pollEvery);
        // A resumed run takes back what it said after its checkpoint, and says it again.
        const { size } = statSync(path);
        if (size < position) [position, rest, ended] = [size, '', false];
        continue;
      }
      position += count;
      const lines = (rest + decoder.write(chunk.subarray(0, count))).split('\n');
      rest = lines.pop() ?? '';
      for (const text of lines) {
        line++;
        const event = parseEvent(text);
        if (event === undefined) {
          options.onBadLine(line);
          continue;
        }
        ended = event.event === 'run.end';
        yield event;
        if (options.stopped()) return;
      }
    }
  } finally {
    closeSync(file);
  }
}

/** One line of `events.ndjson`, or nothing where it is torn or of another schema. */
function parseEvent(text: string): RunEvent | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isEvent(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isEvent(value: unknown): value is RunEvent {
  return (
    typeof value === 'object' &&
    value !== null &&
    'schema' in value &&
    value.schema === 'clipx.event/1' &&
    'event' in value &&
    typeof value.event === 'string'
  );
}
