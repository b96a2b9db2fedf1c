import { awkwardCases } from './awkward-cases.ts';
import { conformanceCases, type ConformanceCase } from './cases.ts';

/** Every case that every engine must pass. */
export const allCases: readonly ConformanceCase[] = [...Object.values(conformanceCases).flat(), ...awkwardCases];
