/** `events.ndjson`: one event a line, appended as it happens, so any prefix of whole lines reads. */
import { closeSync, existsSync, fsyncSync, openSync, readFileSync, truncateSync } from 'node:fs';
import { writeWhole } from './atomic-file.ts';
import type { RunEvent, RunEventBody } from './events.ts';
import { describeSystemError } from './run-error.ts';

export interface EventLog {
  /** Numbers, stamps and appends an event. */
  append(body: RunEventBody): RunEvent;
  /** `seq` of the next event. */
  readonly next: number;
  /** Makes all lines durable. */
  sync(): void;
  close(): void;
}

/**
 * Opens a log for appending. What is there is kept up to the last whole line whose `seq` follows without a gap, and only below `keep` where that
 * is given: a resumed run writes the steps after its checkpoint again, the same. `check` returns the faults of an event; any is our bug
 * and thrown as such by the caller's choice.
 */
export function openEventLog(
  path: string,
  keep: number | undefined,
  now: () => number,
  check?: (event: unknown) => void,
): EventLog {
  try {
    const { events, bytes } = readWholeEvents(path, keep);
    if (existsSync(path)) truncateSync(path, bytes);
    const file = openSync(path, 'a');
    let next = events.length;
    return {
      append(body) {
        const event: RunEvent = { schema: 'clipx.event/1', seq: next, ts: now(), ...body };
        check?.(event);
        try {
          writeWhole(file, Buffer.from(`${JSON.stringify(event)}\n`, 'utf8'));
        } catch (error) {
          throw describeSystemError(error, `${path} could not be written`);
        }
        next++;
        return event;
      },
      get next() {
        return next;
      },
      sync: () => fsyncSync(file),
      close: () => closeSync(file),
    };
  } catch (error) {
    throw describeSystemError(error, `${path} could not be opened`);
  }
}

/** The events of a log: every whole line up to the first that is cut off, out of order, or no JSON. */
export function readEvents(path: string): RunEvent[] {
  return readWholeEvents(path, undefined).events;
}

function readWholeEvents(path: string, keep: number | undefined): { events: RunEvent[]; bytes: number } {
  if (!existsSync(path)) return { events: [], bytes: 0 };
  const content = readFileSync(path);
  const events: RunEvent[] = [];
  let bytes = 0;
  for (let end = content.indexOf(10); end >= 0; end = content.indexOf(10, bytes)) {
    if (keep !== undefined && events.length >= keep) break;
    const event = parseEvent(content.toString('utf8', bytes, end));
    if (event?.seq !== events.length) break;
    events.push(event);
    bytes = end + 1;
  }
  return { events, bytes };
}

function parseEvent(line: string): RunEvent | undefined {
  try {
    const value: unknown = JSON.parse(line);
    const whole = typeof value === 'object' && value !== null && 'seq' in value && 'event' in value;
    return whole ? (value as RunEvent) : undefined;
  } catch {
    return undefined;
  }
}
