/** What an installation says while it goes: one task after the other, each from 0 to its total. */
export interface InstallProgress {
  readonly task: string;
  readonly done: number;
  readonly total: number;
  /** `step`: nothing between 0 and 1 is known. */
  readonly unit: 'bytes' | 'step';
}

export type OnInstallProgress = (progress: InstallProgress) => void;
